/**
 * Who is signed in at this browser. There is one session, the engine's, for the OAuth pages and the account pages
 * alike (DESIGN 8).
 */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { Account } from '../accounts/account.js';
import { findAccountById } from '../accounts/store.js';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import { engineCookies } from './cookies.js';
import { deleteOtherSessions, deleteSession } from './storage/sessions-store.js';
import { PASSWORD_ACR } from './engine.js';

export interface BrowserSessions {
  /** The signed-in account, unless it is disabled. */
  findAccount(ctx: Context): Promise<Account | undefined>;
  /** Signs the browser in under a new session id, so that one known before is worth nothing. */
  start(ctx: Context, accountId: number): Promise<void>;
  end(ctx: Context): Promise<void>;
  /** Ends every other session of the account, on every device. */
  endOthers(ctx: Context, accountId: number): Promise<void>;
}

interface BrowserSessionsDeps {
  engine: Provider;
  database: Database;
  config: Config;
  secretKey: string;
}

export function createBrowserSessions({ engine, database, config, secretKey }: BrowserSessionsDeps): BrowserSessions {
  const cookieName = engine.cookieName('session');
  const cookieOptions = engineCookies(config, secretKey)?.long ?? {};

  return {
    async findAccount(ctx) {
      const { accountId } = await engine.Session.get(ctx);
      if (!accountId) return undefined;
      const account = await findAccountById(database.knex, Number(accountId));
      return account?.disabledAt === null ? account : undefined;
    },

    async start(ctx, accountId) {
      const session = await engine.Session.get(ctx);
      // What another person agreed to and signed in to in this browser ends with their session.
      if (session.accountId && session.accountId !== String(accountId)) session.authorizations = undefined;
      session.loginAccount({ accountId: String(accountId), amr: ['pwd'], acr: PASSWORD_ACR });
      session.resetIdentifier();
      await session.save(config.lifetimes.session);
      const expires = new Date(Date.now() + config.lifetimes.session * 1000);
      ctx.cookies.set(cookieName, session.jti, { ...cookieOptions, expires });
    },

    async end(ctx) {
      const session = await engine.Session.get(ctx);
      await deleteSession(database, session.jti);
      ctx.cookies.set(cookieName, null, cookieOptions);
    },

    async endOthers(ctx, accountId) {
      const session = await engine.Session.get(ctx);
      await deleteOtherSessions(database, accountId, session.uid);
    },
  };
}
