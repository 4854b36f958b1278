/**
 * The developer portal: register an application, see, change and delete it.
 *
 * URLs: /applications and /o/applications with register, <id>, <id>/update, <id>/delete,
 * and what is in the folders beside: secrets, teams, approval, connect. Table: applications.
 * Everybody sees their own applications, superusers all; any other id answers as one that does not exist. A secret
 * is in the answer to the POST that made it and nowhere else. What a setting means to a token is the engine's
 * business, CSRF tokens and the signed-in account come from the middlewares before.
 */

import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import { AppError, type FieldErrors } from '../http/errors.js';
import { textOf } from '../http/form-input.js';
import { seeOther } from '../http/see-other.js';
import type { Application } from './application.js';
import {
  type ApplicationDeps,
  bodyOf,
  changeBy,
  namedApplication,
  pathsOf,
  whenSignedIn,
} from './application-pages.js';
import { findRegistrationRight, requireRegistrationRight } from './approval/may-register.js';
import { findStanding } from './approval/standing.js';
import { curlLines } from './curl-lines.js';
import { deleteApplication } from './delete-application.js';
import { endpointsOf } from './endpoints.js';
import { EMPTY_FORM, fillForm, readForm } from './form.js';
import { GRANT_LABELS } from './grant-labels.js';
import { listApplications } from './list-applications.js';
import { registerApplication } from './register-application.js';
import { type ApplicationInput, checkSettings, rulesFor } from './rules.js';
import { listSecrets } from './secrets/list-secrets.js';
import { ownerOptions, readOwner } from './teams/owner-choice.js';
import { findTeamOfApplication, selectTeamsOf } from './teams/store.js';
import { updateApplication } from './update-application.js';

type SignedIn = (ctx: Context, account: Account) => Promise<void>;

export function applicationRoutes(deps: ApplicationDeps): Router {
  const router = new Router();
  const get = (path: string, handle: SignedIn) => router.get(pathsOf(path), whenSignedIn(handle));
  const post = (path: string, handle: SignedIn) => router.post(pathsOf(path), whenSignedIn(handle));

  get('', (ctx, account) => showList(deps, ctx, account));
  get('/register', async (ctx, account) => {
    await requireRegistrationRight(deps.database.knex, deps.config, account);
    await showForm(deps, ctx, account, { values: EMPTY_FORM });
  });
  post('/register', (ctx, account) => register(deps, ctx, account));
  get('/:id', async (ctx, account) =>
    showApplication(deps, ctx, account, await namedApplication(deps, ctx, account)),
  );
  get('/:id/update', async (ctx, account) => {
    const application = await namedApplication(deps, ctx, account);
    await showForm(deps, ctx, account, { application, values: fillForm(application) });
  });
  post('/:id/update', (ctx, account) => update(deps, ctx, account));
  get('/:id/delete', async (ctx, account) => {
    deps.pages.render(ctx, 'applications/delete', {
      application: await namedApplication(deps, ctx, account),
    });
  });
  post('/:id/delete', async (ctx, account) => {
    const { id } = await namedApplication(deps, ctx, account);
    await deleteApplication(deps.database.knex, id, changeBy(ctx, account));
    seeOther(ctx, '/applications');
  });
  return router;
}

async function showList(
  { config, database, pages }: ApplicationDeps,
  ctx: Context,
  account: Account,
): Promise<void> {
  const search = typeof ctx.query.q === 'string' ? ctx.query.q : '';
  const list = await listApplications(database.knex, {
    memberId: account.isSuperuser ? undefined : account.id,
    search,
    page: Number(ctx.query.page),
  });
  const right = await findRegistrationRight(database.knex, config, account);
  const locals = { list, search, issuer: config.issuer, mayRegister: right !== 'no' };
  pages.render(ctx, 'applications/index', locals);
}

interface Form {
  /** undefined: a new one. */
  application?: Application;
  values: ApplicationInput;
  errors?: FieldErrors;
}

async function showForm(
  { config, database, pages }: ApplicationDeps,
  ctx: Context,
  account: Account,
  form: Form,
): Promise<void> {
  const { application, values, errors = {} } = form;
  const teams = application ? [] : await selectTeamsOf(database.knex, account.id);
  const rules = rulesFor(config, account.isSuperuser);
  const grants = Object.entries(GRANT_LABELS).map(([value, { label, sentence }]) => ({
    value,
    label,
    sentence,
  }));
  pages.render(
    ctx,
    'applications/form',
    {
      application,
      values,
      errors,
      rules,
      grants: grants.filter(
        ({ value }) => value !== 'password' || rules.passwordGrant || values.grantTypes?.includes(value),
      ),
      sentences: config.scopes.sentences,
      lifetimes: config.lifetimes,
      owners: ownerOptions(teams),
      owner: textOf(bodyOf(ctx).owned_by),
    },
    { status: Object.keys(errors).length ? 422 : 200 },
  );
}

async function register(deps: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const { config, database, mails } = deps;
  const right = await requireRegistrationRight(database.knex, config, account);
  const values = readForm(bodyOf(ctx));
  const { settings, errors } = checkSettings(values, rulesFor(config, account.isSuperuser));
  const owner = await readOwner(database.knex, account, bodyOf(ctx).owned_by);
  if (errors || !owner) {
    const wrongOwner: FieldErrors = owner ? {} : { owned_by: 'Choose yourself, or a team that you are in.' };
    return showForm(deps, ctx, account, { values, errors: { ...errors, ...wrongOwner } });
  }
  const { application, secret } = await registerApplication(database.knex, {
    settings,
    ownerId: 'accountId' in owner ? owner.accountId : null,
    teamId: 'teamId' in owner ? owner.teamId : undefined,
    quota: !account.isSuperuser && { accountId: account.id, most: config.applicationsPerPerson },
    approval: right === 'approval' ? mails : undefined,
    ...changeBy(ctx, account),
  });
  const endpoints = endpointsOf(config.issuer);
  const lines = curlLines(application, endpoints, secret);
  const standing = await findStanding(database.knex, application);
  deps.pages.render(ctx, 'applications/registered', { application, secret, endpoints, lines, standing });
}

async function update(deps: ApplicationDeps, ctx: Context, account: Account): Promise<void> {
  const application = await namedApplication(deps, ctx, account);
  const values = readForm(bodyOf(ctx));
  const rules = rulesFor(deps.config, account.isSuperuser);
  const { errors } = checkSettings(values, rules, application);
  if (errors) return await showForm(deps, ctx, account, { application, values, errors });
  const decide = (current: Application) => {
    const { settings } = checkSettings(values, rules, current);
    if (settings) return settings;
    throw new AppError(
      409,
      'changed_meanwhile',
      'The application was changed by somebody else at the same moment.',
      {
        hint: 'Nothing was saved. Go back, reload the page and make your changes again.',
      },
    );
  };
  await updateApplication(deps.database.knex, application.id, { decide, ...changeBy(ctx, account) });
  seeOther(ctx, `/applications/${application.id}`);
}

async function showApplication(
  { config, database, pages }: ApplicationDeps,
  ctx: Context,
  account: Account,
  application: Application,
): Promise<void> {
  const endpoints = endpointsOf(config.issuer);
  pages.render(ctx, 'applications/show', {
    application,
    secrets: await listSecrets(database.knex, application.id, new Date()),
    endpoints,
    lines: curlLines(application, endpoints),
    grantLabels: application.grantTypes.map((grantType) => GRANT_LABELS[grantType].label),
    lifetimes: config.lifetimes,
    standing: await findStanding(database.knex, application),
    team: await findTeamOfApplication(database.knex, application.id),
    mayDecide: account.isSuperuser,
  });
}
