/**
 * A code, a device code or a refresh token works once. It is spent, and what it buys is stored, by one statement:
 * whoever updates the row first has the tokens, everybody else gets none, and no crash can fall between
 * (RFC 6749 4.1.2, RFC 9700 2.1.1). The statement takes any number of exchanges, each of which is decided on its own.
 */
import type { Database, Statement } from '../database/database.js';
import { insertIntoBuckets } from './buckets.js';
import { asBytea, byHash, type Issued, insertRows, refreshRows, tokenRows } from './records.js';

export interface Exchange extends Issued {
  /** Of what is presented. */
  hash: Buffer;
  at: Date;
  /** Refresh tokens only: the answer for the grace window (replay.ts). */
  replay?: Buffer;
}

/**
 * @param spend UPDATE of the table `t` that is presented from `asked`, which has a row for each exchange. It names the
 *   hashes as a list as well (ASKED_HASHES): the join alone may be planned as a scan of the whole table.
 * @param more further parts of the statement, that read `spent`
 */
export function exchangeStatement(name: string, spend: string, more = ''): Statement {
  return {
    name,
    text: `WITH asked AS (
        SELECT * FROM json_to_recordset($1)
          AS (token_hash bytea, at timestamptz, issued_hash bytea, successor_hash bytea, replay bytea)
      ), spent AS (
        ${spend}
      ), ${more} access AS (
        ${insertRows('access_tokens', '$2')} WHERE token_hash IN (SELECT issued_hash FROM spent)
      ), refresh AS (
        ${insertRows('refresh_tokens', '$3')} WHERE access_token_hash IN (SELECT issued_hash FROM spent)
      )
      SELECT issued_hash AS token_hash FROM spent`,
  };
}

export const ASKED_HASHES = 'ANY(ARRAY(SELECT token_hash FROM asked))';

/** @returns for each exchange whether it was the first; nothing is stored of one that was not */
export async function exchangeAll(
  database: Database,
  statement: Statement,
  exchanges: readonly Exchange[],
): Promise<boolean[]> {
  const asked = exchanges.map(({ hash, at, accessToken, refreshToken, replay }) => ({
    token_hash: asBytea(hash),
    at,
    issued_hash: asBytea(accessToken.hash),
    successor_hash: refreshToken && asBytea(refreshToken.hash),
    replay: replay && asBytea(replay),
  }));
  const rows = await insertIntoBuckets<{ token_hash: Buffer }>(database, statement, [
    JSON.stringify(asked),
    tokenRows(exchanges.map(({ accessToken }) => accessToken)),
    refreshRows(exchanges),
  ]);
  const first = byHash(rows);
  return exchanges.map(({ accessToken }) => first(accessToken.hash) !== undefined);
}
