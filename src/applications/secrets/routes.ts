/**
 * The secrets of an application: replacing one without an interruption, step by step, and finding out about one.
 *
 *   /applications/<id>/secrets                      GET, the steps and the secrets; POST makes one and shows it, once
 *   /applications/<id>/secrets/<secret id>/retire   GET asks, POST does, at once or in a day
 *   /applications/<id>/secrets/test                 POST, what a pasted secret is
 *
 * The same under /o. A secret is in the answer to the POST that made it and nowhere else; one that is pasted is in no
 * answer. Tables: client_secrets, retired_secrets.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../../accounts/account.js';
import { requireRecentSignIn } from '../../accounts/require-recent-sign-in.js';
import { type FieldErrors, notFound } from '../../http/errors.js';
import { parseForm, textOf, typedValues } from '../../http/form-input.js';
import { getId } from '../../http/row-id.js';
import { seeOther } from '../../http/see-other.js';
import { expiryAfter } from '../../secrets/lifetimes.js';
import type { Application, ClientSecret } from '../application.js';
import { type ApplicationDeps, bodyOf, changeBy, pathsOf, withApplication } from '../application-pages.js';
import { addSecret, MAX_LIVE_SECRETS } from './add-secret.js';
import { describeUse, type SecretUsage } from './describe-use.js';
import { describeVerdict } from './describe-verdict.js';
import { listSecrets } from './list-secrets.js';
import { enforceTriedSecretQuota } from './quotas.js';
import { recogniseSecret } from './recognise-secret.js';
import { retireSecret } from './retire-secret.js';
import { GRACE, LIFETIMES, newSecretForm, retireForm } from './secret-form.js';

export function secretRoutes(deps: ApplicationDeps): Router {
  return new Router()
    .get(
      pathsOf('/:id/secrets'),
      withApplication(deps, (ctx, application) => showSecrets(deps, ctx, application)),
    )
    .post(
      pathsOf('/:id/secrets'),
      withApplication(deps, (ctx, application, account) => add(deps, ctx, application, account)),
    )
    .post(
      pathsOf('/:id/secrets/test'),
      withApplication(deps, (ctx, application, account) => test(deps, ctx, application, account)),
    )
    .get(
      pathsOf('/:id/secrets/:secretId/retire'),
      withApplication(deps, async (ctx, application) =>
        askToRetire(deps, ctx, await getNamedSecret(deps, ctx, application)),
      ),
    )
    .post(
      pathsOf('/:id/secrets/:secretId/retire'),
      withApplication(deps, (ctx, application, account) => retire(deps, ctx, application, account)),
    );
}

interface Shown {
  /** The one that was made just now. */
  newSecret?: string;
  /** What the one that was pasted is. */
  tested?: ReturnType<typeof describeVerdict>;
  values?: Record<string, string>;
  errors?: FieldErrors;
}

async function showSecrets(
  { database, pages }: ApplicationDeps,
  ctx: Context,
  application: Application,
  { newSecret, tested, values = {}, errors = {} }: Shown = {},
): Promise<void> {
  const at = new Date();
  const secrets = (await listSecrets(database.knex, application.id, at)).map((secret) => ({
    ...secret,
    use: describeUse(secret, at),
  }));
  pages.render(
    ctx,
    'applications/secrets/list',
    {
      application,
      secrets,
      step: newSecret === undefined ? findStep(secrets) : 2,
      isFull: secrets.length >= MAX_LIVE_SECRETS,
      isRetired: ctx.query.retired === 'yes',
      lifetimes: LIFETIMES,
      newSecret,
      tested,
      values,
      errors,
    },
    { status: Object.keys(errors).length ? 422 : 200 },
  );
}

/** Where somebody is on the way from one secret to the next: the newest in the list takes the place of the others. */
function findStep(secrets: { lastUsedAt: Date | null; use: SecretUsage }[]): 1 | 2 | 3 | 4 {
  const older = secrets.slice(0, -1);
  if (!older.length) return 1;
  if (!secrets.at(-1)?.lastUsedAt) return 2;
  return older.some(({ use }) => use.isInUse) ? 3 : 4;
}

async function add(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  requireRecentSignIn(ctx, `/applications/${application.id}/secrets`);
  const form = parseForm(newSecretForm, bodyOf(ctx));
  if (!form.ok) {
    const values = typedValues(bodyOf(ctx), ['name', 'days']);
    return showSecrets(deps, ctx, application, { values, errors: form.errors });
  }
  const { name, days } = form.value;
  const change = changeBy(ctx, account);
  const newSecret = await addSecret(deps.database.knex, application.id, {
    name,
    expiresAt: expiryAfter(days, change.at),
    ...change,
  });
  await showSecrets(deps, ctx, application, { newSecret });
}

async function test(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  const at = new Date();
  await enforceTriedSecretQuota(deps.database.knex, account.id, at);
  const recognised = await recogniseSecret(deps, textOf(bodyOf(ctx).secret), {
    application,
    accountId: account.isSuperuser ? undefined : account.id,
    network: ctx.state.network,
    at,
  });
  await showSecrets(deps, ctx, application, { tested: describeVerdict(recognised) });
}

interface Named {
  application: Application;
  secret: ClientSecret;
  /** Whether the application has others. */
  hasOthers: boolean;
}

/** The secret the path names as `:secretId`. @throws AppError 404, also for one of another application */
async function getNamedSecret(
  { database }: ApplicationDeps,
  ctx: Context,
  application: Application,
): Promise<Named> {
  const secretId = getId(ctx.params.secretId);
  const secrets = await listSecrets(database.knex, application.id, new Date());
  const secret = secrets.find(({ id }) => id === secretId);
  if (!secret) throw notFound();
  return { application, secret, hasOthers: secrets.length > 1 };
}

function askToRetire(
  { pages }: ApplicationDeps,
  ctx: Context,
  { application, secret, hasOthers }: Named,
  { values = {}, errors = {} }: Pick<Shown, 'values' | 'errors'> = {},
): void {
  const use = describeUse(secret, new Date());
  pages.render(
    ctx,
    'applications/secrets/retire',
    { application, secret, use, hasOthers, values, errors },
    { status: Object.keys(errors).length ? 422 : 200 },
  );
}

async function retire(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  const named = await getNamedSecret(deps, ctx, application);
  const form = parseForm(retireForm, bodyOf(ctx));
  const values = typedValues(bodyOf(ctx), ['when']);
  if (!form.ok) return askToRetire(deps, ctx, named, { values, errors: form.errors });
  const { secret, hasOthers } = named;
  const change = changeBy(ctx, account);
  const { isInUse, sentence } = describeUse(secret, change.at);
  if (isInUse && hasOthers && !form.value.confirmed) {
    const errors = { confirmed: `${sentence}. Tick this to retire it nevertheless.` };
    return askToRetire(deps, ctx, named, { values, errors });
  }
  const grace = form.value.when === 'later' ? GRACE : 0;
  await retireSecret(deps.database.knex, application.id, secret.id, { grace, ...change });
  seeOther(ctx, `/applications/${application.id}/secrets?retired=yes`);
}
