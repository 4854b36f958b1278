/**
 * A code or token between its row and the payload the engine works with. The columns that anybody asks the database
 * about are typed; the rest of the payload (nonce, PKCE challenge, session, claims...) is kept as JSON beside them,
 * without the token itself.
 */
import type { Account } from '../accounts/account.js';
import { hashToken } from '../secrets/token-hash.js';
import { type BucketedTableName, bucketFor } from './buckets.js';
import type { EnginePayload } from './engine-payload.js';
import type { GrantRecord } from './grants.js';

export interface TokenRecord {
  hash: Buffer;
  bucket: number;
  clientId: string;
  accountId: number | null;
  grantId: string | null;
  issuedAt: Date;
  expiresAt: Date;
  scope: string | null;
  details: Record<string, unknown>;
}

/** The part of an account that tokens and claims need. */
export type Holder = Pick<
  Account,
  'id' | 'username' | 'email' | 'emailVerifiedAt' | 'firstName' | 'lastName' | 'claims' | 'updatedAt'
>;

/** A token with its grant, undefined when revoked, and its holder, undefined when gone or disabled. */
export interface FoundToken extends TokenRecord {
  grant: GrantRecord | undefined;
  holder: Holder | undefined;
}

export function toTokenRecord(table: BucketedTableName, token: string, payload: EnginePayload): TokenRecord {
  const {
    accountId,
    clientId,
    grantId,
    scope,
    iat,
    exp,
    kind: _kind,
    jti: _jti,
    consumed: _consumed,
    ...details
  } = payload;
  const expiresAt = new Date(Number(exp) * 1000);
  return {
    hash: hashToken(token),
    bucket: bucketFor(table, expiresAt, new Date()),
    clientId: String(clientId),
    accountId: accountId === undefined ? null : Number(accountId),
    grantId: grantId === undefined ? null : String(grantId),
    issuedAt: new Date(Number(iat) * 1000),
    expiresAt,
    scope: typeof scope === 'string' ? scope : null,
    details,
  };
}

export function toPayload(
  kind: string,
  token: string,
  record: TokenRecord,
  consumedAt?: Date | null,
): EnginePayload {
  return {
    ...record.details,
    kind,
    jti: token,
    clientId: record.clientId,
    ...(record.accountId === null ? {} : { accountId: String(record.accountId) }),
    ...(record.grantId === null ? {} : { grantId: record.grantId }),
    ...(record.scope === null ? {} : { scope: record.scope }),
    iat: Math.floor(record.issuedAt.getTime() / 1000),
    exp: Math.floor(record.expiresAt.getTime() / 1000),
    ...(consumedAt ? { consumed: Math.floor(consumedAt.getTime() / 1000) } : {}),
  };
}

export const TOKEN_COLUMNS =
  'token_hash, bucket, client_id, account_id, grant_id, issued_at, expires_at, scope, details';

/** The values of one row in the order of TOKEN_COLUMNS. */
export const tokenValues = (record: TokenRecord): unknown[] => [
  record.hash,
  record.bucket,
  record.clientId,
  record.accountId,
  record.grantId,
  record.issuedAt,
  record.expiresAt,
  record.scope,
  JSON.stringify(record.details),
];

/** `$5, $6, ...`: as many placeholders as TOKEN_COLUMNS has names, each with its type, starting at number `first`. */
export function tokenPlaceholders(first: number): string {
  const types = ['bytea', 'integer', 'text', 'bigint', 'text', 'timestamptz', 'timestamptz', 'text', 'json'];
  return types.map((type, i) => `$${first + i}::${type}`).join(', ');
}

/** The SELECT list that toFoundToken reads, for a token `t` joined with its grant `g` and account `a`. */
export const FOUND_COLUMNS = `t.token_hash, t.bucket, t.client_id, t.account_id, t.grant_id, t.issued_at, t.expires_at,
  t.scope, t.details, g.id AS found_grant_id, g.details AS grant_details, g.created_at AS grant_created_at,
  g.expires_at AS grant_expires_at, a.id AS holder_id, a.username, a.email, a.email_verified_at, a.first_name,
  a.last_name, a.claims, a.updated_at`;

export const JOIN_GRANT_AND_HOLDER = `LEFT JOIN grants g ON g.id = t.grant_id
  LEFT JOIN accounts a ON a.id = t.account_id AND a.disabled_at IS NULL`;

export interface FoundRow {
  token_hash: Buffer;
  bucket: number;
  client_id: string;
  account_id: number | null;
  grant_id: string | null;
  issued_at: Date;
  expires_at: Date;
  scope: string | null;
  details: Record<string, unknown>;
  found_grant_id: string | null;
  grant_details: Record<string, unknown>;
  grant_created_at: Date;
  grant_expires_at: Date;
  holder_id: number | null;
  username: string;
  email: string;
  email_verified_at: Date | null;
  first_name: string;
  last_name: string;
  claims: Account['claims'];
  updated_at: Date;
}

export function toFoundToken(row: FoundRow): FoundToken {
  return {
    hash: row.token_hash,
    bucket: row.bucket,
    clientId: row.client_id,
    accountId: row.account_id,
    grantId: row.grant_id,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    scope: row.scope,
    details: row.details,
    grant:
      row.found_grant_id === null || row.account_id === null
        ? undefined
        : {
            id: row.found_grant_id,
            accountId: row.account_id,
            clientId: row.client_id,
            details: row.grant_details,
            createdAt: row.grant_created_at,
            expiresAt: row.grant_expires_at,
          },
    holder:
      row.holder_id === null
        ? undefined
        : {
            id: row.holder_id,
            username: row.username,
            email: row.email,
            emailVerifiedAt: row.email_verified_at,
            firstName: row.first_name,
            lastName: row.last_name,
            claims: row.claims,
            updatedAt: row.updated_at,
          },
  };
}
