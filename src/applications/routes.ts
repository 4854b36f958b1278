/**
 * The developer portal: register an application, see, change and delete it.
 *
 * URLs: /applications and /o/applications with register, check-redirect-uris, <id>, <id>/update, <id>/delete,
 * and what is in the folders beside: secrets, teams, standing, connect and others. Table: applications.
 * Everybody sees their own applications, superusers all; any other id answers as one that does not exist. A secret
 * is in the answer to the POST that made it and nowhere else. What a setting means to a token is the engine's
 * business, CSRF tokens and the signed-in account come from the middlewares before.
 */

import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import { seeOther } from '../http/see-other.js';
import type { Application } from './application.js';
import {
  type ApplicationDeps,
  changeBy,
  pathsOf,
  whenSignedIn,
  withApplication,
} from './application-pages.js';
import { curlLines } from './connect/curl-lines.js';
import { deleteApplication } from './delete-application.js';
import { endpointsOf } from './endpoints.js';
import { listApplications } from './list-applications.js';
import { listSecrets } from './secrets/list-secrets.js';
import { describeSettings } from './settings/describe-settings.js';
import { KINDS } from './settings/kinds.js';
import {
  adviceOn,
  checkTypedRedirectUris,
  register,
  showRegistration,
  showSettings,
  update,
} from './settings/settings-pages.js';
import { findRegistrationRight } from './standing/may-register.js';
import { findStanding, STANDING_LABELS } from './standing/standing.js';
import { findTeamOfApplication } from './teams/store.js';

type SignedIn = (ctx: Context, account: Account) => Promise<void>;
type OfOne = Parameters<typeof withApplication>[1];

export function applicationRoutes(deps: ApplicationDeps): Router {
  const router = new Router();
  const get = (path: string, handle: SignedIn) => router.get(pathsOf(path), whenSignedIn(handle));
  const post = (path: string, handle: SignedIn) => router.post(pathsOf(path), whenSignedIn(handle));

  get('', (ctx, account) => showList(deps, ctx, account));
  get('/register', (ctx, account) => showRegistration(deps, ctx, account));
  post('/register', (ctx, account) => register(deps, ctx, account));
  post('/check-redirect-uris', async (ctx) => checkTypedRedirectUris(deps, ctx));

  const getOne = (path: string, handle: OfOne) => router.get(pathsOf(path), withApplication(deps, handle));
  const postOne = (path: string, handle: OfOne) => router.post(pathsOf(path), withApplication(deps, handle));

  getOne('/:id', (ctx, application, account) => showApplication(deps, ctx, application, account));
  getOne('/:id/update', (ctx, application, account) => showSettings(deps, ctx, application, account));
  postOne('/:id/update', (ctx, application, account) => update(deps, ctx, application, account));
  getOne('/:id/delete', (ctx, application) => deps.pages.render(ctx, 'applications/delete', { application }));
  postOne('/:id/delete', async (ctx, { id }, account) => {
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
  const kindLabels = Object.fromEntries(Object.entries(KINDS).map(([name, { label }]) => [name, label]));
  const right = await findRegistrationRight(database.knex, config, account);
  pages.render(ctx, 'applications/index', {
    list,
    search,
    kindLabels,
    standingLabels: STANDING_LABELS,
    issuer: config.issuer,
    mayRegister: right !== 'no',
  });
}

async function showApplication(
  deps: ApplicationDeps,
  ctx: Context,
  application: Application,
  account: Account,
): Promise<void> {
  const { config, database, pages } = deps;
  const endpoints = endpointsOf(config.issuer);
  pages.render(ctx, 'applications/show', {
    application,
    kind: KINDS[application.kind].label,
    advice: adviceOn(deps, application),
    settings: describeSettings(application, config),
    secrets: await listSecrets(database.knex, application.id, new Date()),
    endpoints,
    lines: curlLines(application, endpoints),
    standing: await findStanding(database.knex, application),
    standingLabels: STANDING_LABELS,
    team: await findTeamOfApplication(database.knex, application.id),
    mayDecide: account.isSuperuser,
  });
}
