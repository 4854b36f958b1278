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
import { numericDate } from './numeric-date.js';

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

/** What one token request has issued. */
export interface Issued {
  accessToken: TokenRecord;
  refreshToken: TokenRecord | undefined;
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
  const payload: EnginePayload = {
    kind,
    jti: token,
    clientId: record.clientId,
    iat: numericDate(record.issuedAt),
    exp: numericDate(record.expiresAt),
  };
  if (record.accountId !== null) payload.accountId = String(record.accountId);
  if (record.grantId !== null) payload.grantId = record.grantId;
  if (record.scope !== null) payload.scope = record.scope;
  if (consumedAt) payload.consumed = numericDate(consumedAt);
  return Object.assign(payload, record.details);
}

/** Each column with its type in a row that comes as JSON; `details` is text, since an escaped U+0000 may be in it. */
const TOKEN_ROW = {
  token_hash: 'bytea',
  bucket: 'integer',
  client_id: 'text',
  account_id: 'bigint',
  grant_id: 'text',
  issued_at: 'timestamptz',
  expires_at: 'timestamptz',
  scope: 'text',
  details: 'text',
};
const REFRESH_ROW = { ...TOKEN_ROW, access_token_hash: 'bytea', access_token_bucket: 'integer' };

/** As PostgreSQL reads a bytea. */
export const asBytea = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;

const tokenRow = (record: TokenRecord, beside?: TokenRecord) => ({
  token_hash: asBytea(record.hash),
  bucket: record.bucket,
  client_id: record.clientId,
  account_id: record.accountId,
  grant_id: record.grantId,
  issued_at: record.issuedAt,
  expires_at: record.expiresAt,
  scope: record.scope,
  details: JSON.stringify(record.details),
  access_token_hash: beside && asBytea(beside.hash),
  access_token_bucket: beside?.bucket,
});

/** The parameter that insertRows reads. */
export const tokenRows = (records: readonly TokenRecord[]): string =>
  JSON.stringify(records.map((record) => tokenRow(record)));

/** The same for refresh tokens, each with the access token issued beside it; one that is undefined is left out. */
export const refreshRows = (issued: readonly Issued[]): string =>
  JSON.stringify(
    issued.flatMap(({ accessToken, refreshToken }) =>
      refreshToken ? [tokenRow(refreshToken, accessToken)] : [],
    ),
  );

/** Inserts any number of rows that come in one parameter, so that there is one statement to plan whatever their number. */
export function insertRows(table: BucketedTableName, parameter: string): string {
  const types = table === 'refresh_tokens' ? REFRESH_ROW : TOKEN_ROW;
  const columns = Object.keys(types).join(', ');
  const row = Object.entries(types).map((column) => column.join(' '));
  return `INSERT INTO ${table} (${columns})
    SELECT ${columns.replace('details', 'details::json')} FROM json_to_recordset(${parameter}) AS (${row.join(', ')})`;
}

/** The SELECT list that toFoundToken reads, for a token `t` joined with its grant `g` and account `a`. */
export const FOUND_COLUMNS = `t.token_hash, t.bucket, t.client_id, t.account_id, t.grant_id, t.issued_at, t.expires_at,
  t.scope, t.details, g.id AS found_grant_id, g.details AS grant_details, g.created_at AS grant_created_at,
  g.expires_at AS grant_expires_at, a.id AS holder_id, a.username, a.email, a.email_verified_at, a.first_name,
  a.last_name, a.claims, a.updated_at`;

/**
 * The LIMIT makes it a look-up by index for each token; a plain join may be planned as a hash of the whole table, which
 * took 3.6 ms for three codes among some ten thousand grants.
 */
export const JOIN_GRANT_AND_HOLDER = `LEFT JOIN LATERAL (SELECT * FROM grants WHERE id = t.grant_id LIMIT 1) g ON true
  LEFT JOIN LATERAL (SELECT * FROM accounts WHERE id = t.account_id AND disabled_at IS NULL LIMIT 1) a ON true`;

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

/**
 * For the answer to a question about several hashes at once.
 * @returns what finds the row of a hash
 */
export function byHash<Row extends { token_hash: Buffer }>(rows: Row[]): (hash: Buffer) => Row | undefined {
  const known = new Map(rows.map((row) => [row.token_hash.toString('latin1'), row]));
  return (hash) => known.get(hash.toString('latin1'));
}
