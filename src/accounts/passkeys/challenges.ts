/**
 * What an authenticator is asked to sign: 32 random bytes, good for one answer within five minutes, from the browser
 * they were given to and for what they were given. Table: passkey_challenges.
 */
import type { Db } from '../../database/database.js';
import { hashToken, newToken } from '../../secrets/token-hash.js';

const LIFETIME = 5 * 60 * 1000;

export interface ChallengeUse {
  purpose: 'registration' | 'sign-in' | 'second-step';
  /** Whose passkey is asked for; undefined when the passkey is to say so. */
  accountId?: number | undefined;
  /** What only this browser knows: the token of its forms. */
  browser: string;
}

function columnsOf({ purpose, accountId, browser }: ChallengeUse) {
  return { purpose, account_id: accountId ?? null, browser_hash: hashToken(browser) };
}

/** @returns 32 bytes in base64url */
export async function makeChallenge(db: Db, use: ChallengeUse, at: Date): Promise<string> {
  const challenge = newToken();
  await db('passkey_challenges').insert({
    challenge_hash: hashToken(challenge),
    ...columnsOf(use),
    expires_at: new Date(at.getTime() + LIFETIME),
  });
  return challenge;
}

/** Uses the challenge up, in one statement. @returns false when it is none, not for this use, used up or expired */
export async function takeChallenge(
  db: Db,
  challenge: string,
  use: ChallengeUse,
  at: Date,
): Promise<boolean> {
  const taken = await db('passkey_challenges')
    .where({ challenge_hash: hashToken(challenge), ...columnsOf(use) })
    .where('expires_at', '>', at)
    .delete();
  return taken === 1;
}
