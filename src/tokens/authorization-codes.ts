/**
 * Authorization codes. A code is consumed and its tokens are inserted by one statement: whoever updates the row first
 * has the tokens, everybody else gets none, and no crash can fall between (RFC 6749 4.1.2, RFC 9700 2.1.1).
 */
import type { Database, Statement } from '../database/database.js';
import { anyOf, gathered } from '../database/gather.js';
import { insertIntoBuckets } from './buckets.js';
import { ASKED_HASHES, type Exchange, exchangeAll, exchangeStatement } from './exchange.js';
import { grantRows, INSERT_NEW_GRANTS, type NewGrant } from './grants.js';
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

export interface FoundCode extends FoundToken {
  consumedAt: Date | null;
}

const FIND: Statement = {
  name: 'code-find',
  text: `SELECT ${FOUND_COLUMNS}, t.consumed_at FROM authorization_codes t ${JOIN_GRANT_AND_HOLDER}
    WHERE t.token_hash = ${anyOf('$1::bytea[]')}`,
};

const find = gathered(async (database, hashes: readonly Buffer[]) => {
  const rowOf = byHash(await database.query<FoundRow & { consumed_at: Date | null }>(FIND, [hashes]));
  return hashes.map(rowOf);
});

/** The code of this hash, whether it is live, used or expired. */
export async function findCode(database: Database, hash: Buffer): Promise<FoundCode | undefined> {
  const row = await find(database, hash);
  return row && Object.assign(toFoundToken(row), { consumedAt: row.consumed_at });
}

const INSERT: Statement = {
  name: 'code-insert',
  text: `WITH new_grant AS (${INSERT_NEW_GRANTS} RETURNING id)
    ${insertRows('authorization_codes', '$2')}
    WHERE grant_id IN (SELECT id FROM new_grant) OR NOT grant_id = ANY($3::text[])
    RETURNING token_hash`,
};

/**
 * Stores the code, and in the same statement the grant it belongs to when that is new.
 * @returns false when what the grant rests on has gone: nothing is stored
 */
export const insertCode = gathered(
  async (database, codes: readonly { code: TokenRecord; newGrant: NewGrant | undefined }[]) => {
    const newGrants = codes.flatMap(({ newGrant }) => newGrant ?? []);
    const rows = await insertIntoBuckets<{ token_hash: Buffer }>(database, INSERT, [
      grantRows(newGrants),
      tokenRows(codes.map(({ code }) => code)),
      newGrants.map(({ id }) => id),
    ]);
    const stored = byHash(rows);
    return codes.map(({ code }) => stored(code.hash) !== undefined);
  },
);

const EXCHANGE = exchangeStatement(
  'code-exchange',
  `UPDATE authorization_codes t SET consumed_at = asked.at FROM asked
    WHERE t.token_hash = ${ASKED_HASHES} AND t.token_hash = asked.token_hash
      AND t.consumed_at IS NULL AND t.expires_at > asked.at
      AND (SELECT true FROM grants WHERE id = t.grant_id LIMIT 1)
      AND (SELECT true FROM accounts WHERE id = t.account_id AND disabled_at IS NULL LIMIT 1)
    RETURNING asked.issued_hash`,
);

/**
 * Spends the code and stores what it bought.
 * @returns false when since it was read somebody else has spent it, or its grant or person has gone; nothing is stored then
 */
export const exchangeCode = gathered((database, exchanges: readonly Exchange[]) =>
  exchangeAll(database, EXCHANGE, exchanges),
);

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
