/**
 * Authorization codes. A code is consumed and its tokens are inserted by one statement: whoever updates the row first
 * has the tokens, everybody else gets none, and no crash can fall between (RFC 6749 4.1.2, RFC 9700 2.1.1).
 */
import type { Database, Statement } from '../database/database.js';
import { insertIntoBuckets } from './buckets.js';
import { GRANT_COLUMNS, type GrantRecord, grantValues } from './grants.js';
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
import { REFRESH_COLUMNS, refreshPlaceholders, refreshValues } from './refresh-tokens.js';

export interface FoundCode extends FoundToken {
  consumedAt: Date | null;
}

const FIND: Statement = {
  name: 'code-find',
  text: `SELECT ${FOUND_COLUMNS}, t.consumed_at FROM authorization_codes t ${JOIN_GRANT_AND_HOLDER}
    WHERE t.token_hash = $1`,
};

/** The code of this hash, whether it is live, used or expired. */
export async function findCode(database: Database, hash: Buffer): Promise<FoundCode | undefined> {
  const [row] = await database.query<FoundRow & { consumed_at: Date | null }>(FIND, [hash]);
  return row && { ...toFoundToken(row), consumedAt: row.consumed_at };
}

const INSERT: Statement = {
  name: 'code-insert',
  text: `INSERT INTO authorization_codes (${TOKEN_COLUMNS}) VALUES (${tokenPlaceholders(1)})`,
};

const INSERT_WITH_GRANT: Statement = {
  name: 'code-insert-with-grant',
  text: `WITH new_grant AS (
      INSERT INTO grants (${GRANT_COLUMNS}) VALUES ($10, $11, $12, $13, $14, $15)
    )
    ${INSERT.text}`,
};

/** Stores the code, and in the same statement the grant it belongs to when that is new. */
export async function insertCode(
  database: Database,
  newGrant: GrantRecord | undefined,
  code: TokenRecord,
): Promise<void> {
  if (!newGrant) await insertIntoBuckets(database, INSERT, tokenValues(code));
  else await insertIntoBuckets(database, INSERT_WITH_GRANT, [...tokenValues(code), ...grantValues(newGrant)]);
}

const EXCHANGE: Statement = {
  name: 'code-exchange',
  text: `WITH spent AS (
      UPDATE authorization_codes SET consumed_at = $3
      WHERE token_hash = $1 AND bucket = $2 AND consumed_at IS NULL AND expires_at > $3
      RETURNING 1
    ), access AS (
      INSERT INTO access_tokens (${TOKEN_COLUMNS}) SELECT ${tokenPlaceholders(4)} FROM spent
    ), refresh AS (
      INSERT INTO refresh_tokens (${REFRESH_COLUMNS})
      SELECT ${refreshPlaceholders(13)} FROM spent WHERE $13::bytea IS NOT NULL
    )
    SELECT 1 FROM spent`,
};

/**
 * Spends the code and stores what it bought.
 * @returns false when somebody else has spent the code since it was read; nothing is stored then
 */
export async function exchangeCode(
  database: Database,
  code: Pick<FoundCode, 'hash' | 'bucket'>,
  issued: { accessToken: TokenRecord; refreshToken: TokenRecord | undefined },
  at: Date,
): Promise<boolean> {
  const rows = await insertIntoBuckets(database, EXCHANGE, [
    code.hash,
    code.bucket,
    at,
    ...tokenValues(issued.accessToken),
    ...refreshValues(issued.refreshToken, issued.accessToken),
  ]);
  return rows.length === 1;
}

const CONSUME: Statement = {
  name: 'code-consume',
  text: `UPDATE authorization_codes SET consumed_at = $2
    WHERE token_hash = $1 AND consumed_at IS NULL AND expires_at > $2 RETURNING 1`,
};

/** @returns false when the code was spent or expired before */
export async function consumeCode(database: Database, hash: Buffer, at: Date): Promise<boolean> {
  return (await database.query(CONSUME, [hash, at])).length === 1;
}

// RFC 7636 leaves the number open. Three leaves room for a client that retries a mistake, and none for guessing.
const WRONG_VERIFIERS_ALLOWED = 3;

const COUNT_WRONG_VERIFIER: Statement = {
  name: 'code-wrong-verifier',
  text: `UPDATE authorization_codes SET failed_attempts = failed_attempts + 1,
      expires_at = CASE WHEN failed_attempts + 1 >= ${WRONG_VERIFIERS_ALLOWED} THEN $3 ELSE expires_at END
    WHERE token_hash = $1 AND bucket = $2`,
};

/** Notes a wrong PKCE verifier; with the third the code expires at once. */
export async function countWrongVerifier(
  database: Database,
  code: Pick<FoundCode, 'hash' | 'bucket'>,
  at: Date,
): Promise<void> {
  await database.query(COUNT_WRONG_VERIFIER, [code.hash, code.bucket, at]);
}
