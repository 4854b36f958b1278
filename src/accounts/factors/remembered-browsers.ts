/**
 * Browsers that somebody has asked to remember (table remembered_browsers): for 30 days the password is enough there.
 * The browser has one random token, whoever is remembered in it, and each time somebody is it gets a new one, so that a
 * token planted in it beforehand is worth nothing.
 */
import type { Db } from '../../database/database.js';
import { hashToken, newToken } from '../../secrets/token-hash.js';

export interface RememberedBrowser {
  id: number;
  userAgent: string;
  network: string;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
}

export const REMEMBERED_FOR = 30 * 24 * 60 * 60 * 1000;
const LONGEST_USER_AGENT = 300;

export interface BrowserToRemember {
  accountId: number;
  /** The token the browser has from before. */
  known: string | undefined;
  userAgent: string;
  network: string;
  at: Date;
}

/** @returns the new token of the browser */
export async function rememberBrowser(transaction: Db, browser: BrowserToRemember): Promise<string> {
  const { accountId, known, userAgent, network, at } = browser;
  const token = newToken();
  const others = transaction('remembered_browsers').where({ token_hash: hashToken(known ?? '') });
  await others.clone().where({ account_id: accountId }).delete();
  await others.clone().update({ token_hash: hashToken(token) });
  await transaction('remembered_browsers').insert({
    token_hash: hashToken(token),
    account_id: accountId,
    user_agent: userAgent.slice(0, LONGEST_USER_AGENT),
    network,
    created_at: at,
    last_used_at: at,
    expires_at: new Date(at.getTime() + REMEMBERED_FOR),
  });
  return token;
}

/** Whether this browser is remembered for the account; notes that it was used. */
export async function useRememberedBrowser(
  db: Db,
  { token, accountId, network, at }: { token: string; accountId: number; network: string; at: Date },
): Promise<boolean> {
  const used = await db('remembered_browsers')
    .where({ token_hash: hashToken(token), account_id: accountId })
    .where('expires_at', '>', at)
    .update({ last_used_at: at, network });
  return used === 1;
}

export async function listRememberedBrowsers(
  db: Db,
  accountId: number,
  at: Date,
): Promise<RememberedBrowser[]> {
  return db('remembered_browsers')
    .where({ account_id: accountId })
    .where('expires_at', '>', at)
    .orderBy('last_used_at', 'desc')
    .select({
      id: 'id',
      userAgent: 'user_agent',
      network: 'network',
      createdAt: 'created_at',
      lastUsedAt: 'last_used_at',
      expiresAt: 'expires_at',
    });
}

/** @param id of one of them; all when left out. @returns how many are gone */
export async function deleteRememberedBrowsers(db: Db, accountId: number, id?: number): Promise<number> {
  const which = id === undefined ? { account_id: accountId } : { account_id: accountId, id };
  return db('remembered_browsers').where(which).delete();
}
