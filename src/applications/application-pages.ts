/** What every page of the portal begins with: its two addresses, who is signed in, and the application it is about. */
import type { RouterMiddleware } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import type { Passwords } from '../accounts/passwords.js';
import { requireAccount } from '../accounts/require-account.js';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { Pages } from '../http/pages.js';
import type { Mails } from '../mail/mails.js';
import type { Application } from './application.js';
import { getApplicationFor } from './find-application.js';
import type { Change } from './record-change.js';

export interface ApplicationDeps {
  config: Config;
  database: Database;
  pages: Pages;
  passwords: Passwords;
  mails: Mails;
}

/** @param path below the portal: '/:id/connect' */
export function pathsOf(path: string): string[] {
  return [`/applications${path}`, `/o/applications${path}`];
}

export function whenSignedIn(handle: (ctx: Context, account: Account) => Promise<void>): RouterMiddleware {
  return (ctx) => handle(ctx, requireAccount(ctx));
}

/** The application the path names as `:id`. @throws AppError 404, also for somebody else's */
export function getNamedApplication(
  { database }: Pick<ApplicationDeps, 'database'>,
  ctx: Context,
  account: Account,
): Promise<Application> {
  return getApplicationFor(database.knex, account, ctx.params.id);
}

/** For the pages about one application: its handler gets it, and who asks. */
export function withApplication(
  deps: Pick<ApplicationDeps, 'database'>,
  handle: (ctx: Context, application: Application, account: Account) => Promise<void> | void,
): RouterMiddleware {
  return whenSignedIn(async (ctx, account) =>
    handle(ctx, await getNamedApplication(deps, ctx, account), account),
  );
}

export function changeBy(ctx: Context, account: Account): Change {
  const by = { accountId: account.id, network: ctx.state.network, requestId: ctx.state.requestId };
  return { by, at: new Date() };
}

export function bodyOf(ctx: Context): Record<string, unknown> {
  return (ctx.request.body ?? {}) as Record<string, unknown>;
}
