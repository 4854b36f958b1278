/**
 * Tokens as an import brings them (src/moving-in): hashes, each family with a grant of its own. Many in one statement;
 * a token that is there already, live or used, is left as it is.
 */
import type { Db } from '../database/database.js';
import { bucketFor } from './buckets.js';
import { type GrantRecord, grantRows, INSERT_GRANTS } from './grants.js';
import { asBytea, insertRows } from './records.js';

export interface BroughtToken {
  kind: 'access' | 'refresh';
  /** SHA-256 of the token. */
  hash: Buffer;
  clientId: string;
  /** null, as the grant: the application's own (client credentials). */
  accountId: number | null;
  /** The family; tokens that name the same one belong together. */
  grantId: string | null;
  /** Where it comes along with this token. An access token beside a refresh token only names that one's. */
  grant?: GrantRecord;
  issuedAt: Date;
  expiresAt: Date;
  scope: string | null;
  details: Record<string, unknown>;
  /** Of a refresh token: the access token that dies with its use. */
  accessTokenHash: Buffer | null;
  accessTokenExpiresAt: Date | null;
}

function toRow(token: BroughtToken, now: Date) {
  const table = token.kind === 'access' ? 'access_tokens' : 'refresh_tokens';
  const row: Record<string, unknown> = {
    token_hash: asBytea(token.hash),
    bucket: bucketFor(table, token.expiresAt, now),
    client_id: token.clientId,
    account_id: token.accountId,
    grant_id: token.grantId,
    issued_at: token.issuedAt,
    expires_at: token.expiresAt,
    scope: token.scope,
    details: JSON.stringify(token.details),
  };
  if (token.accessTokenHash && token.accessTokenExpiresAt) {
    row.access_token_hash = asBytea(token.accessTokenHash);
    row.access_token_bucket = bucketFor('access_tokens', token.accessTokenExpiresAt, now);
  }
  return row;
}

/** The buckets of today and of the coming days must be there (addBuckets). */
export async function bringTokens(db: Db, tokens: BroughtToken[], now: Date): Promise<void> {
  const grants = new Map(tokens.flatMap(({ grant }) => (grant ? [[grant.id, grant] as const] : [])));
  if (grants.size)
    await db.raw(`${withMark(INSERT_GRANTS)} ON CONFLICT (id) DO NOTHING`, [grantRows([...grants.values()])]);
  for (const [kind, table] of [
    ['access', 'access_tokens'],
    ['refresh', 'refresh_tokens'],
  ] as const) {
    const rows = tokens.filter((token) => token.kind === kind).map((token) => toRow(token, now));
    if (!rows.length) continue;
    await db.raw(`${withMark(insertRows(table, '$1'))} ON CONFLICT DO NOTHING`, [JSON.stringify(rows)]);
  }
}

/** Knex has ? where the driver has $1. */
const withMark = (statement: string): string => statement.replace('$1', '?');
