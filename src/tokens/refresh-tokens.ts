/**
 * Refresh tokens, rotated at each use (RFC 9700 4.14.2). Using one is a single statement: it marks the row used, ends
 * the access token issued beside it, and inserts the next pair; whoever comes second finds the row used.
 */
import type { Database, Db, Statement } from '../database/database.js';
import { anyOf, gathered } from '../database/gather.js';
import { insertIntoBuckets } from './buckets.js';
import { ASKED_HASHES, type Exchange, exchangeAll, exchangeStatement } from './exchange.js';
import {
  byHash,
  FOUND_COLUMNS,
  type FoundRow,
  type FoundToken,
  insertRows,
  JOIN_GRANT_AND_HOLDER,
  type TokenRecord,
  toFoundToken,
  tokenRows,
} from './records.js';

export interface FoundRefreshToken extends FoundToken {
  consumedAt: Date | null;
  /** The token that took this one's place. */
  successorHash: Buffer | null;
  /** The answer given when this one was used, encrypted under the token itself (replay.ts). */
  replay: Buffer | null;
  accessTokenHash: Buffer | null;
}

const FIND: Statement = {
  name: 'refresh-token-find',
  text: `SELECT ${FOUND_COLUMNS}, t.consumed_at, t.replay, t.successor_hash, t.access_token_hash
    FROM refresh_tokens t ${JOIN_GRANT_AND_HOLDER}
    WHERE t.token_hash = ${anyOf('$1::bytea[]')}`,
};

interface RefreshRow extends FoundRow {
  consumed_at: Date | null;
  replay: Buffer | null;
  access_token_hash: Buffer | null;
  successor_hash: Buffer | null;
}

const find = gathered(async (database, hashes: readonly Buffer[]) => {
  const rowOf = byHash(await database.query<RefreshRow>(FIND, [hashes]));
  return hashes.map(rowOf);
});

/** The refresh token of this hash, whether it is live, used or expired. */
export async function findRefreshToken(
  database: Database,
  hash: Buffer,
): Promise<FoundRefreshToken | undefined> {
  const row = await find(database, hash);
  if (!row) return undefined;
  const found = toFoundToken(row);
  return {
    hash: found.hash,
    bucket: found.bucket,
    clientId: found.clientId,
    accountId: found.accountId,
    grantId: found.grantId,
    issuedAt: found.issuedAt,
    expiresAt: found.expiresAt,
    scope: found.scope,
    details: found.details,
    grant: found.grant,
    holder: found.holder,
    consumedAt: row.consumed_at,
    replay: row.replay,
    accessTokenHash: row.access_token_hash,
    successorHash: row.successor_hash,
  };
}

const FIND_UNUSED: Statement = {
  name: 'refresh-token-find-unused',
  text: 'SELECT 1 FROM refresh_tokens WHERE token_hash = $1 AND consumed_at IS NULL',
};

/** Whether the token of this hash is there and has not been used. */
export async function isUnused(database: Database, hash: Buffer): Promise<boolean> {
  return (await database.query(FIND_UNUSED, [hash])).length === 1;
}

const ROTATE = exchangeStatement(
  'refresh-token-rotate',
  `UPDATE refresh_tokens t
    SET consumed_at = asked.at, replay = asked.replay, successor_hash = asked.successor_hash FROM asked
    WHERE t.token_hash = ${ASKED_HASHES} AND t.token_hash = asked.token_hash
      AND t.consumed_at IS NULL AND t.expires_at > asked.at
    RETURNING asked.issued_hash, t.access_token_hash`,
  `old_access AS (
    DELETE FROM access_tokens WHERE token_hash = ANY(ARRAY(SELECT access_token_hash FROM spent))
  ),`,
);

/**
 * Spends the refresh token and stores its successors.
 * @returns false when it was spent since it was read; nothing is stored then
 */
export const rotateRefreshToken = gathered((database, exchanges: readonly Exchange[]) =>
  exchangeAll(database, ROTATE, exchanges),
);

const INSERT: Statement = { name: 'refresh-token-insert', text: insertRows('refresh_tokens', '$1') };

export async function insertRefreshToken(database: Database, token: TokenRecord): Promise<void> {
  await insertIntoBuckets(database, INSERT, [tokenRows([token])]);
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
