/**
 * Refresh tokens, rotated at each use (RFC 9700 4.14.2). Using one is a single statement: it marks the row used, ends
 * the access token issued beside it, and inserts the next pair; whoever comes second finds the row used.
 */
import type { Database, Db, Statement } from '../database/database.js';
import { insertIntoBuckets } from './buckets.js';
import {
  FOUND_COLUMNS,
  type FoundRow,
  type FoundToken,
  JOIN_GRANT_AND_HOLDER,
  TOKEN_COLUMNS,
  type TokenRecord,
  toFoundToken,
  tokenPlaceholders,
  tokenValues,
} from './records.js';

export interface FoundRefreshToken extends FoundToken {
  consumedAt: Date | null;
  /** The token that took this one's place. */
  successorHash: Buffer | null;
  /** The answer given when this one was used, encrypted under the token itself (replay.ts). */
  replay: Buffer | null;
  accessTokenHash: Buffer | null;
  accessTokenBucket: number | null;
}

export const REFRESH_COLUMNS = `${TOKEN_COLUMNS}, access_token_hash, access_token_bucket`;
const TOKEN_COLUMN_COUNT = TOKEN_COLUMNS.split(',').length;

export function refreshPlaceholders(first: number): string {
  const next = first + TOKEN_COLUMN_COUNT;
  return `${tokenPlaceholders(first)}, $${next}::bytea, $${next + 1}::integer`;
}

/** The values of one row in the order of REFRESH_COLUMNS; all NULL when there is none to store. */
export function refreshValues(refreshToken: TokenRecord | undefined, accessToken: TokenRecord): unknown[] {
  if (!refreshToken) return Array(TOKEN_COLUMN_COUNT + 2).fill(null);
  return [...tokenValues(refreshToken), accessToken.hash, accessToken.bucket];
}

const FIND: Statement = {
  name: 'refresh-token-find',
  text: `SELECT ${FOUND_COLUMNS}, t.consumed_at, t.replay, t.successor_hash, t.access_token_hash, t.access_token_bucket
    FROM refresh_tokens t ${JOIN_GRANT_AND_HOLDER}
    WHERE t.token_hash = $1`,
};

interface RefreshRow extends FoundRow {
  consumed_at: Date | null;
  replay: Buffer | null;
  access_token_hash: Buffer | null;
  access_token_bucket: number | null;
  successor_hash: Buffer | null;
}

/** The refresh token of this hash, whether it is live, used or expired. */
export async function findRefreshToken(
  database: Database,
  hash: Buffer,
): Promise<FoundRefreshToken | undefined> {
  const [row] = await database.query<RefreshRow>(FIND, [hash]);
  return (
    row && {
      ...toFoundToken(row),
      consumedAt: row.consumed_at,
      replay: row.replay,
      accessTokenHash: row.access_token_hash,
      accessTokenBucket: row.access_token_bucket,
      successorHash: row.successor_hash,
    }
  );
}

const FIND_UNUSED: Statement = {
  name: 'refresh-token-find-unused',
  text: 'SELECT 1 FROM refresh_tokens WHERE token_hash = $1 AND consumed_at IS NULL',
};

/** Whether the token of this hash is there and has not been used. */
export async function isUnused(database: Database, hash: Buffer): Promise<boolean> {
  return (await database.query(FIND_UNUSED, [hash])).length === 1;
}

const ROTATE: Statement = {
  name: 'refresh-token-rotate',
  text: `WITH spent AS (
      UPDATE refresh_tokens SET consumed_at = $3, replay = $4, successor_hash = $16
      WHERE token_hash = $1 AND bucket = $2 AND consumed_at IS NULL AND expires_at > $3
      RETURNING 1
    ), old_access AS (
      DELETE FROM access_tokens WHERE token_hash = $5 AND bucket = $6 AND EXISTS (SELECT 1 FROM spent)
    ), access AS (
      INSERT INTO access_tokens (${TOKEN_COLUMNS}) SELECT ${tokenPlaceholders(7)} FROM spent
    ), refresh AS (
      INSERT INTO refresh_tokens (${REFRESH_COLUMNS}) SELECT ${refreshPlaceholders(16)} FROM spent
    )
    SELECT 1 FROM spent`,
};

interface Rotation {
  accessToken: TokenRecord;
  refreshToken: TokenRecord;
  replay: Buffer;
}

/**
 * Spends the refresh token and stores its successors.
 * @returns false when it was spent since it was read; nothing is stored then
 */
export async function rotateRefreshToken(
  database: Database,
  presented: FoundRefreshToken,
  { accessToken, refreshToken, replay }: Rotation,
  at: Date,
): Promise<boolean> {
  const rows = await insertIntoBuckets(database, ROTATE, [
    presented.hash,
    presented.bucket,
    at,
    replay,
    presented.accessTokenHash,
    presented.accessTokenBucket,
    ...tokenValues(accessToken),
    ...refreshValues(refreshToken, accessToken),
  ]);
  return rows.length === 1;
}

const INSERT: Statement = {
  name: 'refresh-token-insert',
  text: `INSERT INTO refresh_tokens (${TOKEN_COLUMNS}) VALUES (${tokenPlaceholders(1)})`,
};

export async function insertRefreshToken(database: Database, token: TokenRecord): Promise<void> {
  await insertIntoBuckets(database, INSERT, tokenValues(token));
}

const CONSUME: Statement = {
  name: 'refresh-token-consume',
  text: `UPDATE refresh_tokens SET consumed_at = $2
    WHERE token_hash = $1 AND consumed_at IS NULL AND expires_at > $2 RETURNING 1`,
};

/** @returns false when the token was spent or expired before */
export async function consumeRefreshToken(database: Database, hash: Buffer, at: Date): Promise<boolean> {
  return (await database.query(CONSUME, [hash, at])).length === 1;
}

export async function deleteRefreshToken(db: Db, hash: Buffer): Promise<void> {
  await db('refresh_tokens').where({ token_hash: hash }).delete();
}
