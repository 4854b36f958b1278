/**
 * Who is signed in at this browser. There is one session, the engine's, for the OAuth pages and the account pages
 * alike.
 */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import { AccessEnded, type SigningIn } from '../accounts/access-epoch.js';
import type { Account } from '../accounts/account.js';
import { acrOf, type Method, type SignIn } from '../accounts/authentication.js';
import { findEnabledAccountWithFactor } from '../accounts/find-account.js';
import type { Config } from '../config/config.js';
import type { Database, Db } from '../database/database.js';
import { engineCookies } from './cookies.js';
import { actorIn, type SessionActor } from './session-actors.js';
import type { SessionUses } from './session-uses.js';
import { endSessionBefore, signOut } from './sign-out.js';
import type { NewSession } from './storage/impersonations.js';
import { deleteSessionByUid, endSessionsOf } from './storage/sessions-store.js';

export interface SignedIn {
  account: Account;
  signIn: SignIn;
  /** Who acts here, when it is not the person of the account. */
  actor: SessionActor | undefined;
}

export interface BrowserSessions {
  /** The signed-in account, unless it is disabled, and its sign-in. */
  find(ctx: Context): Promise<SignedIn | undefined>;
  /**
   * Signs the browser in under a new session id, so that one known before is worth nothing.
   * @throws AccessEnded when the access of the account was ended since the sign-in began
   */
  start(ctx: Context, account: SigningIn, methods: Method[]): Promise<void>;
  /**
   * As start(), for somebody who is signed in and has proved it again; the methods add up.
   * @returns false when the session was ended in the meantime: it is not brought back
   */
  renew(ctx: Context, accountId: number, methods: Method[]): Promise<boolean>;
  end(ctx: Context): Promise<void>;
  /** Gives the browser a session that is stored already, or takes away the one it has. */
  hand(ctx: Context, session: NewSession | undefined): void;
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

  async function signIn(ctx: Context, { id, accessEpoch }: SigningIn, methods: Method[]): Promise<void> {
    const session = new engine.Session();
    Object.assign(session, { accessEpoch });
    session.loginAccount({ accountId: String(id), amr: methods, acr: acrOf(methods) });
    await session.save(config.lifetimes.session);
    uses.note(ctx, session.uid);
    const expires = new Date(Date.now() + config.lifetimes.session * 1000);
    ctx.cookies.set(cookieName, session.jti, { ...cookieOptions, expires });
  }

  /** Of the account, as it was when this session was read. */
  const epochOf = (session: object) => (session as { accessEpoch: number }).accessEpoch;

  function endedSession(ctx: Context, session: InstanceType<typeof engine.Session>) {
    const { network, requestId } = ctx.state;
    const accountId = Number(session.accountId) || undefined;
    return { uid: session.uid, accountId, actor: actorIn(session), network, requestId };
  }

  return {
    async find(ctx) {
      const session = await engine.Session.get(ctx);
      const { accountId, uid, loginTs = 0, amr } = session;
      if (accountId) uses.note(ctx, uid);
      const found = accountId
        ? await findEnabledAccountWithFactor(database.knex, Number(accountId))
        : undefined;
      if (!found) return undefined;
      const { account, hasFactor } = found;
      // Sessions of ours hold what signIn() above and the pages of the authorization flow have put there.
      const methods = (amr ?? []) as Method[];
      const lacksFactor = hasFactor && !methods.includes('mfa');
      const signIn = { at: new Date(loginTs * 1000), methods, lacksFactor };
      // By the session and not by the account, which was read a moment later.
      const asRead = { ...account, accessEpoch: epochOf(session) };
      return { account: asRead, signIn, actor: actorIn(session) };
    },

    async start(ctx, account, methods) {
      const before = await engine.Session.get(ctx);
      await signIn(ctx, account, methods);
      await endSessionBefore(database, endedSession(ctx, before));
    },

    async renew(ctx, accountId, methods) {
      const before = await engine.Session.get(ctx);
      if (!(await deleteSessionByUid(database.knex, before.uid))) return false;
      const known = (before.amr ?? []) as Method[];
      const account = { id: accountId, accessEpoch: epochOf(before) };
      try {
        await signIn(ctx, account, [...new Set([...known, ...methods])]);
      } catch (error) {
        if (error instanceof AccessEnded) return false;
        throw error;
      }
      return true;
    },

    async end(ctx) {
      const session = await engine.Session.get(ctx);
      await signOut(database, endedSession(ctx, session));
      ctx.cookies.set(cookieName, null, cookieOptions);
    },

    hand(ctx, session) {
      const options = session ? { ...cookieOptions, expires: session.expiresAt } : cookieOptions;
      ctx.cookies.set(cookieName, session?.id ?? null, options);
    },

    async getUid(ctx) {
      return (await engine.Session.get(ctx)).uid;
    },

    async endOthers(db, ctx, accountId) {
      const session = await engine.Session.get(ctx);
      await endSessionsOf(db, accountId, session.uid);
    },
  };
}
