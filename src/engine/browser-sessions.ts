/**
 * Who is signed in at this browser. There is one session, the engine's, for the OAuth pages and the account pages
 * alike (DESIGN 8).
 */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { Account } from '../accounts/account.js';
import { findEnabledAccount } from '../accounts/find-account.js';
import type { Config } from '../config/config.js';
import type { Database, Db } from '../database/database.js';
import { engineCookies } from './cookies.js';
import { PASSWORD_ACR } from './engine.js';
import type { SessionUses } from './session-uses.js';
import { signOut } from './sign-out.js';
import { deleteSessionByUid, endOtherSessionsOf } from './storage/sessions-store.js';

export interface BrowserSessions {
  /** The signed-in account, unless it is disabled. */
  findAccount(ctx: Context): Promise<Account | undefined>;
  /** Signs the browser in under a new session id, so that one known before is worth nothing. */
  start(ctx: Context, accountId: number): Promise<void>;
  end(ctx: Context): Promise<void>;
  /** What the session of this browser is known by in lists; no credential. */
  getUid(ctx: Context): Promise<string>;
  /** Ends every other session of the account, on every device, within the transaction given. */
  endOthers(db: Db, ctx: Context, accountId: number): Promise<void>;
}

interface BrowserSessionsDeps {
  engine: Provider;
  database: Database;
  config: Config;
  secretKey: string;
  uses: SessionUses;
}

export function createBrowserSessions({
  engine,
  database,
  config,
  secretKey,
  uses,
}: BrowserSessionsDeps): BrowserSessions {
  const cookieName = engine.cookieName('session');
  const cookieOptions = engineCookies(config, secretKey)?.long ?? {};

  return {
    async findAccount(ctx) {
      const { accountId, uid } = await engine.Session.get(ctx);
      if (accountId) uses.note(ctx, uid);
      return accountId ? findEnabledAccount(database.knex, Number(accountId)) : undefined;
    },

    async start(ctx, accountId) {
      const before = await engine.Session.get(ctx);
      const session = new engine.Session();
      session.loginAccount({ accountId: String(accountId), amr: ['pwd'], acr: PASSWORD_ACR });
      await session.save(config.lifetimes.session);
      await deleteSessionByUid(database.knex, before.uid);
      uses.note(ctx, session.uid);
      const expires = new Date(Date.now() + config.lifetimes.session * 1000);
      ctx.cookies.set(cookieName, session.jti, { ...cookieOptions, expires });
    },

    async end(ctx) {
      const { uid, accountId } = await engine.Session.get(ctx);
      const { network, requestId } = ctx.state;
      await signOut(database, { uid, accountId: Number(accountId) || undefined, network, requestId });
      ctx.cookies.set(cookieName, null, cookieOptions);
    },

    async getUid(ctx) {
      return (await engine.Session.get(ctx)).uid;
    },

    async endOthers(db, ctx, accountId) {
      const session = await engine.Session.get(ctx);
      await endOtherSessionsOf(db, accountId, session.uid);
    },
  };
}
