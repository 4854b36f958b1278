/** Who asks: a script with an API token, in the name of the person who made it. */
import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import { emailNotVerified, mayGoOn } from '../accounts/email-addresses/require-verified-email.js';
import { findEnabledAccount } from '../accounts/find-account.js';
import { type FoundApiToken, findApiToken } from '../applications/api-tokens/api-tokens.js';
import type { Application } from '../applications/application.js';
import { isClientId } from '../applications/clients/load-client.js';
import { findApplicationByClientId, mayChange } from '../applications/find-application.js';
import type { Change } from '../applications/record-change.js';
import type { Database } from '../database/database.js';
import { AppError, notFound } from '../http/errors.js';
import type { ApplicationsApiDeps } from './deps.js';

declare module 'koa' {
  interface DefaultState {
    /** The API token of this request; set by applicationsApiRoutes. */
    apiToken?: FoundApiToken | undefined;
  }
}

const BEARER = /^bearer +(\S+) *$/i;

function tokenRefused(): AppError {
  return new AppError(401, 'api_token_required', 'No live API token was sent.', {
    hint: 'Make one at /applications/tokens and send it as Authorization: Bearer lka_...',
    headers: { 'WWW-Authenticate': 'Bearer realm="applications", error="invalid_token"' },
  });
}

/**
 * Sets ctx.state.apiToken and ctx.state.account, of somebody who is no superuser here: a token for one's own applications
 * must not become one for everybody's when its maker is given more.
 * @throws AppError 401; 403 email_not_verified, as on the pages
 */
export async function readApiToken({ config, database }: ApplicationsApiDeps, ctx: Context): Promise<void> {
  const value = BEARER.exec(ctx.get('Authorization'))?.[1] ?? '';
  const token = await findApiToken(database, value, { network: ctx.state.network, at: new Date() });
  const account = token && (await findEnabledAccount(database.knex, token.accountId));
  if (!token || !account) throw tokenRefused();
  ctx.state.apiToken = token;
  if (!mayGoOn(config, account)) throw emailNotVerified();
  ctx.state.account = { ...account, isSuperuser: false };
}

function tokenOf(ctx: Context): FoundApiToken {
  if (!ctx.state.apiToken) throw tokenRefused();
  return ctx.state.apiToken;
}

/** @throws AppError 403 for a token that is for previews alone */
export function requireManaging(ctx: Context): void {
  if (tokenOf(ctx).permission === 'manage') return;
  throw new AppError(
    403,
    'api_token_not_enough',
    'This API token may add and remove preview redirect URIs, and nothing else.',
    {
      hint: 'Make one that may manage applications.',
    },
  );
}

/** @throws AppError 403 for a token of one application */
export function requireEveryApplication(ctx: Context): void {
  requireManaging(ctx);
  if (tokenOf(ctx).applicationId === null) return;
  throw new AppError(403, 'api_token_not_enough', 'This API token is for one application alone.', {
    hint: 'Make one for all of your applications.',
  });
}

/** The application that the path names as {client_id}. @throws AppError 404, also for one that the token is not for */
export async function getTokensApplication(
  database: Database,
  ctx: Context,
  account: Account,
): Promise<Application> {
  const { client_id: clientId } = ctx.params;
  const named = isClientId(clientId) && (await findApplicationByClientId(database.knex, clientId));
  const { applicationId } = tokenOf(ctx);
  if (!named || (applicationId !== null && applicationId !== named.id)) throw notFound();
  if (!(await mayChange(database.knex, account, named))) throw notFound();
  return named;
}

export function changeByToken(ctx: Context, account: Account): Change {
  const { network, requestId } = ctx.state;
  return {
    by: { accountId: account.id, network, requestId, via: `API token ${tokenOf(ctx).name}` },
    at: new Date(),
  };
}
