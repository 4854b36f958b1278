/** Access tokens, those of people and those of client credentials alike (without grant and account). */
import type { Database, Db, Statement } from '../database/database.js';
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

const FIND: Statement = {
  name: 'access-token-find',
  text: `SELECT ${FOUND_COLUMNS}
    FROM access_tokens t
    JOIN applications p ON p.client_id = t.client_id AND p.disabled_at IS NULL
    ${JOIN_GRANT_AND_HOLDER}
    WHERE t.token_hash = $1 AND t.expires_at > $2`,
};

/**
 * The live token of this hash: not expired, its application enabled, and, where a person stands behind it, the
 * account enabled and the grant neither revoked nor expired.
 */
export async function findAccessToken(
  database: Database,
  hash: Buffer,
  at: Date,
): Promise<FoundToken | undefined> {
  const [row] = await database.query<FoundRow>(FIND, [hash, at]);
  if (!row) return undefined;
  const found = toFoundToken(row);
  if (found.accountId !== null && !found.holder) return undefined;
  if (found.grantId !== null && !(found.grant && found.grant.expiresAt > at)) return undefined;
  return found;
}

const INSERT: Statement = {
  name: 'access-token-insert',
  text: `INSERT INTO access_tokens (${TOKEN_COLUMNS}) VALUES (${tokenPlaceholders(1)})`,
};

export async function insertAccessToken(database: Database, token: TokenRecord): Promise<void> {
  await insertIntoBuckets(database, INSERT, tokenValues(token));
}

const INSERT_WITH_GRANT: Statement = {
  name: 'access-token-insert-with-grant',
  text: `WITH new_grant AS (
      INSERT INTO grants (${GRANT_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)
    ), refresh AS (
      INSERT INTO refresh_tokens (${REFRESH_COLUMNS})
      SELECT ${refreshPlaceholders(16)} WHERE $16::bytea IS NOT NULL
    )
    INSERT INTO access_tokens (${TOKEN_COLUMNS}) VALUES (${tokenPlaceholders(7)})`,
};

/** A grant with its first tokens in one statement, for a grant that has no code (the password grant). */
export async function insertGrantWithTokens(
  database: Database,
  grant: GrantRecord,
  accessToken: TokenRecord,
  refreshToken: TokenRecord | undefined,
): Promise<void> {
  await insertIntoBuckets(database, INSERT_WITH_GRANT, [
    ...grantValues(grant),
    ...tokenValues(accessToken),
    ...refreshValues(refreshToken, accessToken),
  ]);
}

/** Revokes this one token; its refresh token lives on (RFC 7009 2.1 leaves the choice). */
export async function deleteAccessToken(db: Db, hash: Buffer): Promise<void> {
  await db('access_tokens').where({ token_hash: hash }).delete();
}
