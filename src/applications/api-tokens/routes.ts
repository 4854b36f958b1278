/**
 * API tokens, with which scripts use the applications API (src/applications-api).
 *
 *   /applications/tokens               GET, the list and the form; POST makes one and shows it, once
 *   /applications/tokens/<id>/revoke   POST
 *
 * The same under /o. To make one asks for a recent sign-in, as a personal access token does. Table: application_tokens.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Account } from '../../accounts/account.js';
import { requireRecentSignIn } from '../../accounts/require-recent-sign-in.js';
import { type FieldErrors, notFound } from '../../http/errors.js';
import { line, parseForm, typedValues } from '../../http/form-input.js';
import { getId } from '../../http/row-id.js';
import { seeOther } from '../../http/see-other.js';
import { text } from '../../languages/texts.js';
import { DEFAULT_TOKEN_LIFETIME, daysField, expiryAfter, TOKEN_LIFETIMES } from '../../secrets/lifetimes.js';
import { type ApplicationDeps, bodyOf, changeBy, pathsOf, whenSignedIn } from '../application-pages.js';
import { getApplicationFor } from '../find-application.js';
import { listApplications } from '../list-applications.js';
import { listApiTokens, makeApiToken, PERMISSIONS, revokeApiToken } from './api-tokens.js';

const FIELDS = ['name', 'permission', 'application', 'days'] as const;

const tokenForm = z.object({
  name: line({ label: text('accounts.fields.name'), max: 100, required: true }),
  permission: z.enum(PERMISSIONS).default('manage'),
  /** '' is all of them. */
  application: z.string().default(''),
  days: daysField(TOKEN_LIFETIMES, DEFAULT_TOKEN_LIFETIME),
});

export function apiTokenRoutes(deps: ApplicationDeps): Router {
  return new Router()
    .get(
      pathsOf('/tokens'),
      whenSignedIn((ctx, account) => showTokens(deps, ctx, account)),
    )
    .post(
      pathsOf('/tokens'),
      whenSignedIn((ctx, account) => make(deps, ctx, account)),
    )
    .post(
      pathsOf('/tokens/:id/revoke'),
      whenSignedIn((ctx, account) => revoke(deps, ctx, account)),
    );
}

interface Shown {
  values?: Record<string, string>;
  errors?: FieldErrors;
  /** The one that was made just now. */
  made?: { name: string; value: string };
}

async function showTokens(
  { config, database, pages }: ApplicationDeps,
  ctx: Context,
  account: Account,
  {
    values = {
      permission: 'manage',
      days: DEFAULT_TOKEN_LIFETIME,
      application: String(ctx.query.application ?? ''),
    },
    errors = {},
    made,
  }: Shown = {},
): Promise<void> {
  const { knex } = database;
  const [tokens, { applications }] = await Promise.all([
    listApiTokens(knex, account.id, new Date()),
    listApplications(knex, { memberId: account.id }),
  ]);
  const shown = {
    tokens,
    applications,
    values,
    errors,
    made,
    lifetimes: TOKEN_LIFETIMES,
    api: new URL(config.issuer).origin,
  };
  pages.render(ctx, 'applications/api-tokens/list', shown, {
    status: Object.keys(errors).length ? 422 : 200,
  });
}

async function make(deps: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  requireRecentSignIn(ctx, '/applications/tokens');
  const form = parseForm(tokenForm, bodyOf(ctx));
  const values = typedValues(bodyOf(ctx), FIELDS);
  if (!form.ok) return showTokens(deps, ctx, account, { values, errors: form.errors });
  const { name, permission, application, days } = form.value;
  const only = application === '' ? null : await getApplicationFor(deps.database.knex, account, application);
  const change = changeBy(ctx, account);
  const expiresAt = expiryAfter(days, change.at);
  const wish = { name, permission, applicationId: only?.id ?? null, expiresAt };
  const value = await makeApiToken(deps, account.id, wish, change);
  await showTokens(deps, ctx, account, { made: { name, value } });
}

async function revoke({ database }: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  if (!(await revokeApiToken(database.knex, account.id, getId(ctx.params.id), changeBy(ctx, account))))
    throw notFound();
  seeOther(ctx, '/applications/tokens');
}
