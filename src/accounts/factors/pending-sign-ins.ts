/**
 * A sign-in between the password and the second step (table pending_sign_ins): ten minutes and five attempts, known to
 * one browser by a random token, of which only the hash is stored.
 */
import type { Db } from '../../database/database.js';
import { hashToken, newToken } from '../../secrets/token-hash.js';
import { isEpochOf } from '../access-epoch.js';
import type { Method } from '../authentication.js';

export interface PendingSignIn {
  accountId: number;
  /** That of the account when the password was checked; null in one that a node of the version before has begun. */
  accessEpoch: number | null;
  /** What was right so far. */
  methods: Method[];
}

export const PENDING_LIFETIME = 10 * 60 * 1000;
const ATTEMPTS = 5;
const COLUMNS = ['account_id as accountId', 'access_epoch as accessEpoch', 'methods'];

/** @returns the token for the browser; undefined when access has been ended since the password was read */
export async function insertPendingSignIn(
  db: Db,
  { accountId, accessEpoch, methods }: PendingSignIn,
  at: Date,
): Promise<string | undefined> {
  const token = newToken();
  const expiresAt = new Date(at.getTime() + PENDING_LIFETIME);
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `INSERT INTO pending_sign_ins (token_hash, account_id, access_epoch, methods, expires_at)
      SELECT :hash::bytea, :accountId::bigint, :accessEpoch::integer, :methods::text[], :expiresAt::timestamptz
      WHERE ${isEpochOf(':accountId::bigint', ':accessEpoch::integer')}
      RETURNING 1`,
    { hash: hashToken(token), accountId, accessEpoch, methods, expiresAt },
  );
  return rows.length ? token : undefined;
}

const alive = (db: Db, token: string, at: Date) =>
  db('pending_sign_ins')
    .where({ token_hash: hashToken(token) })
    .where('expires_at', '>', at)
    .where('attempts', '<', ATTEMPTS);

export async function findPendingSignIn(db: Db, token: string, at: Date): Promise<PendingSignIn | undefined> {
  return alive(db, token, at).first<PendingSignIn | undefined>(COLUMNS);
}

/** Counted before it is made, so that many at the same moment are no more than the limit. */
export async function takeAttempt(db: Db, token: string, at: Date): Promise<PendingSignIn | undefined> {
  const rows: PendingSignIn[] = await alive(db, token, at).increment('attempts', 1).returning(COLUMNS);
  return rows[0];
}

/** Ends it for good. @returns false when it was ended before */
export async function deletePendingSignIn(db: Db, token: string): Promise<boolean> {
  return (
    (await db('pending_sign_ins')
      .where({ token_hash: hashToken(token) })
      .delete()) === 1
  );
}

/** When the password they began with is no longer good. */
export async function deletePendingSignInsOf(db: Db, accountId: number): Promise<void> {
  await db('pending_sign_ins').where({ account_id: accountId }).delete();
}
