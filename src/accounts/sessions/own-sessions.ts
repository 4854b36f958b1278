import type { Context } from 'koa';
import type { Database } from '../../database/database.js';
import type { BrowserSessions } from '../../engine/browser-sessions.js';
import { listSessionsOf } from '../../engine/storage/account-sessions.js';
import { type Sentence, text } from '../../languages/texts.js';
import { shortAddress } from '../short-address.js';
import { describeDevice } from './device.js';

/** The browser that asks. */
export interface ThisBrowser {
  /** Of its session. */
  uid: string;
  network: string;
  userAgent: string;
}

export async function thisBrowser(sessions: BrowserSessions, ctx: Context): Promise<ThisBrowser> {
  return {
    uid: await sessions.getUid(ctx),
    network: ctx.state.network,
    userAgent: ctx.get('user-agent'),
  };
}

export interface OwnSession {
  /** What the session is known by; no credential. */
  uid: string;
  isThis: boolean;
  device: Sentence;
  network: string;
  /** null in a session that began before these were kept. */
  createdAt: Date | null;
  lastUsedAt: Date | null;
}

/** Where somebody is signed in: this browser first, then the latest used. */
export async function listOwnSessions(
  database: Database,
  accountId: number,
  here: ThisBrowser,
): Promise<OwnSession[]> {
  const found = await listSessionsOf(database.knex, accountId, new Date());
  const sessions = found.map(({ uid, network, userAgent, createdAt, lastUsedAt, isImpersonation }) => {
    const isThis = uid === here.uid;
    return {
      uid,
      isThis,
      device: isImpersonation
        ? text('accounts.activity.byOperators')
        : // What of this browser was written down may be some minutes old.
          describeDevice(isThis ? here.userAgent : userAgent),
      network: shortAddress(isThis ? here.network : network),
      createdAt,
      lastUsedAt,
    };
  });
  return [...sessions.filter(({ isThis }) => isThis), ...sessions.filter(({ isThis }) => !isThis)];
}
