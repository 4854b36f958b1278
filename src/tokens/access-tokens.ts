/** Access tokens, those of people and those of client credentials alike (without grant and account). */
import type { Database, Db, Statement } from '../database/database.js';
import { anyOf, gathered } from '../database/gather.js';
import { insertIntoBuckets } from './buckets.js';
import { grantRows, INSERT_NEW_GRANTS, type NewGrant } from './grants.js';
import {
  byHash,
  FOUND_COLUMNS,
  type FoundRow,
  type FoundToken,
  type Issued,
  insertRows,
  JOIN_GRANT_AND_HOLDER,
  refreshRows,
  type TokenRecord,
  toFoundToken,
  tokenRows,
} from './records.js';

const FIND: Statement = {
  name: 'access-token-find',
  text: `SELECT ${FOUND_COLUMNS}
    FROM access_tokens t
    JOIN LATERAL (SELECT FROM applications WHERE client_id = t.client_id AND disabled_at IS NULL LIMIT 1) p ON true
    ${JOIN_GRANT_AND_HOLDER}
    WHERE t.token_hash = ${anyOf('$1::bytea[]')}`,
};

const find = gathered(async (database, hashes: readonly Buffer[]) => {
  const rowOf = byHash(await database.query<FoundRow>(FIND, [hashes]));
  return hashes.map(rowOf);
});

/**
 * The live token of this hash: not expired, its application enabled, and, where a person stands behind it, the
 * account enabled and the grant neither revoked nor expired.
 */
export async function findAccessToken(
  database: Database,
  hash: Buffer,
  at: Date,
): Promise<FoundToken | undefined> {
  const row = await find(database, hash);
  if (!row || row.expires_at <= at) return undefined;
  const found = toFoundToken(row);
  if (found.accountId !== null && !found.holder) return undefined;
  if (found.grantId !== null && !(found.grant && found.grant.expiresAt > at)) return undefined;
  return found;
}

const FIND_STORED: Statement = {
  name: 'access-token-find-stored',
  text: `SELECT ${FOUND_COLUMNS} FROM access_tokens t ${JOIN_GRANT_AND_HOLDER} WHERE t.token_hash = $1`,
};

/** The token of this hash, live or over, as long as its row is there: to explain why it was refused. */
export async function findStoredAccessToken(
  database: Database,
  hash: Buffer,
): Promise<FoundToken | undefined> {
  const [row] = await database.query<FoundRow>(FIND_STORED, [hash]);
  return row && toFoundToken(row);
}

const INSERT: Statement = { name: 'access-token-insert', text: insertRows('access_tokens', '$1') };

/** Returns once the token is stored for good. */
export const insertAccessToken = gathered(async (database, tokens: readonly TokenRecord[]) => {
  await insertIntoBuckets(database, INSERT, [tokenRows(tokens)]);
  return tokens.map(() => undefined);
});

const INSERT_WITH_GRANT: Statement = {
  name: 'access-token-insert-with-grant',
  text: `WITH new_grant AS (${INSERT_NEW_GRANTS} RETURNING id), refresh AS (
      ${insertRows('refresh_tokens', '$3')} WHERE grant_id IN (SELECT id FROM new_grant)
    )
    ${insertRows('access_tokens', '$2')} WHERE grant_id IN (SELECT id FROM new_grant) RETURNING 1`,
};

/**
 * A grant with its first tokens in one statement, for a grant that has no code (the password grant).
 * @returns false when what the grant rests on has gone: nothing is stored
 */
export async function insertGrantWithTokens(
  database: Database,
  grant: NewGrant,
  issued: Issued,
): Promise<boolean> {
  const rows = await insertIntoBuckets(database, INSERT_WITH_GRANT, [
    grantRows([grant]),
    tokenRows([issued.accessToken]),
    refreshRows([issued]),
  ]);
  return rows.length === 1;
}

/** Revokes this one token; its refresh token lives on (RFC 7009 2.1 leaves the choice). */
export async function deleteAccessToken(db: Db, hash: Buffer): Promise<void> {
  await db('access_tokens').where({ token_hash: hash }).delete();
}
