/**
 * Tokens as an import brings them (src/moving-in): hashes, each family with a grant of its own. Many in one statement;
 * a token that is there already, live or used, is left as it is. And live tokens as an export reads them.
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

interface ReadRow {
  hash: Buffer;
  clientId: string;
  accountId: number | null;
  grantId: string | null;
  issuedAt: Date;
  expiresAt: Date;
  scope: string | null;
  details: Record<string, unknown>;
  accessTokenHash: Buffer | null;
  accessTokenExpiresAt: Date | null;
  grantDetails: Record<string, unknown>;
  grantCreatedAt: Date;
  grantExpiresAt: Date;
}

/** Ended families and used refresh tokens are over, and stay behind. */
const READ = (table: string, more: string, live: string) =>
  `SELECT t.token_hash AS hash, t.client_id AS "clientId", t.account_id AS "accountId", t.grant_id AS "grantId",
      t.issued_at AS "issuedAt", t.expires_at AS "expiresAt", t.scope, t.details, ${more},
      g.details AS "grantDetails", g.created_at AS "grantCreatedAt", g.expires_at AS "grantExpiresAt"
    FROM ${table} t LEFT JOIN grants g ON g.id = t.grant_id
    WHERE t.token_hash > ? AND t.expires_at > ? AND (t.grant_id IS NULL OR g.expires_at > ?) ${live}
    ORDER BY t.token_hash LIMIT ?`;

const READ_ACCESS = READ(
  'access_tokens',
  'NULL::bytea AS "accessTokenHash", NULL::timestamptz AS "accessTokenExpiresAt"',
  '',
);
// When the access token beside it ends decides on its bucket alone, which is computed anew.
const READ_REFRESH = READ(
  'refresh_tokens',
  't.access_token_hash AS "accessTokenHash", a.expires_at AS "accessTokenExpiresAt"',
  'AND t.consumed_at IS NULL',
).replace(
  'WHERE',
  'LEFT JOIN access_tokens a ON a.token_hash = t.access_token_hash AND a.bucket = t.access_token_bucket WHERE',
);

/** For an export: live tokens in the order of their hashes. @param after the last hash read; empty for the first */
export async function readTokensAfter(
  db: Db,
  kind: BroughtToken['kind'],
  after: Buffer,
  { at, size }: { at: Date; size: number },
): Promise<BroughtToken[]> {
  const statement = kind === 'access' ? READ_ACCESS : READ_REFRESH;
  const { rows } = await db.raw<{ rows: ReadRow[] }>(statement, [after, at, at, size]);
  return rows.map(({ grantDetails: details, grantCreatedAt, grantExpiresAt, ...token }) => {
    const { grantId: id, accountId, clientId } = token;
    if (id === null || accountId === null) return { kind, ...token };
    const grant = { id, accountId, clientId, details, createdAt: grantCreatedAt, expiresAt: grantExpiresAt };
    return { kind, ...token, grant };
  });
}
