/**
 * The toolkit's live tokens. Up to 2.4 they are stored in clear; since 3.0 their SHA-256 stands beside them, and may stand
 * there alone: it is what we store, so that both go on working.
 */
import { createHash } from 'node:crypto';
import { hashToken } from '../../secrets/token-hash.js';
import type { BroughtToken } from '../../tokens/bring-tokens.js';
import type { GrantRecord } from '../../tokens/grants.js';
import { numericDate } from '../../tokens/numeric-date.js';
import { type Report, remark } from '../report.js';
import { asDate, asId, asText, type Row, type Source } from '../source.js';
import { columnOf, type Layout, type Table } from './layout.js';

// What the engine needs beyond the end of a token to find it expired rather than orphaned.
const HOUR = 3_600;

interface Reading {
  size: number;
  at: Date;
  report: Report;
  /** Seconds. */
  refreshTokenLifetime: number;
  /** Client ids of the applications that have come. */
  isHere: (clientId: string) => boolean;
}

export interface ReadTokens {
  read: number;
  tokens: BroughtToken[];
}

const tokenColumns = (table: Table, alias: string, name: string): string =>
  `${columnOf(table, alias, 'token')} AS ${name}, ${columnOf(table, alias, 'token_checksum')} AS ${name}_checksum`;

/** FROM and WHERE of the live ones, for counting as well. $1 is the moment. */
export const liveRefreshTokens = ({ refreshTokens, applications, accessTokens }: Layout): string =>
  `${refreshTokens.name} r JOIN ${applications.name} p ON p.id = r.application_id
    LEFT JOIN ${accessTokens.name} a ON a.id = r.access_token_id WHERE r.revoked IS NULL`;

export const liveAccessTokens = ({ refreshTokens, applications, accessTokens }: Layout): string =>
  `${accessTokens.name} a LEFT JOIN ${applications.name} p ON p.id = a.application_id
    LEFT JOIN ${refreshTokens.name} r ON r.access_token_id = a.id AND r.revoked IS NULL WHERE a.expires > $1`;

function hashOf(row: Row, name: string): Buffer | undefined {
  const token = asText(row[name]);
  if (token) return hashToken(token);
  const checksum = asText(row[`${name}_checksum`]);
  return /^[0-9a-f]{64}$/.test(checksum) ? Buffer.from(checksum, 'hex') : undefined;
}

/** The same family gets the same grant, whichever of its tokens is read first, and in whichever run. */
const grantIdOf = (hash: Buffer): string =>
  createHash('sha256').update('latchkey import').update(hash).digest('base64url');

/** RFC 8707: a token for one audience must not become one for all of them. */
const isBoundToResource = (row: Row): boolean => !['', '[]', 'null'].includes(resourceOf(row));

function resourceOf(row: Row): string {
  return typeof row.resource === 'object' && row.resource !== null
    ? JSON.stringify(row.resource)
    : asText(row.resource);
}

const after = (date: Date, seconds: number): Date => new Date(date.getTime() + seconds * 1000);

interface Family {
  accountId: number;
  clientId: string;
  scope: string;
  createdAt: Date;
  expiresAt: Date;
}

const toGrant = (id: string, { accountId, clientId, scope, createdAt, expiresAt }: Family): GrantRecord => ({
  id,
  accountId,
  clientId,
  details: { openid: { scope } },
  createdAt,
  expiresAt,
});

const GTY: Record<string, string> = { password: 'password', 'client-credentials': 'client_credentials' };
const gtyOf = (row: Row): string => GTY[asText(row.authorization_grant_type)] ?? 'authorization_code';

export async function* readRefreshTokens(
  source: Source,
  layout: Layout,
  reading: Reading,
): AsyncIterable<ReadTokens> {
  const { refreshTokens, accessTokens } = layout;
  const sql = `SELECT r.id, r.user_id, r.created, ${tokenColumns(refreshTokens, 'r', 'token')},
      ${columnOf(refreshTokens, 'r', 'resource')} AS resource, p.client_id, p.authorization_grant_type,
      a.expires, a.scope, ${tokenColumns(accessTokens, 'a', 'access_token')}
    FROM ${liveRefreshTokens(layout)} ORDER BY r.id`;
  for await (const rows of source.stream(sql, [], reading.size)) {
    yield { read: rows.length, tokens: rows.flatMap((row) => toRefreshToken(row, reading) ?? []) };
  }
}

function toRefreshToken(row: Row, reading: Reading): BroughtToken | undefined {
  const { at, refreshTokenLifetime } = reading;
  const leave = leaver(reading, 'refresh tokens', row);
  const hash = hashOf(row, 'token');
  const accountId = asId(row.user_id);
  const accessExpiresAt = asDate(row.expires);
  if (!hash || !accountId) return leave('neither the token nor its checksum is stored, or nobody has it');
  if (!reading.isHere(asText(row.client_id))) return leave('their application has not come');
  if (isBoundToResource(row)) return leave('bound to a resource (RFC 8707), which tokens here are not');
  if (!accessExpiresAt)
    return leave('their access token was revoked alone, and with it what they may ask for is gone');
  const issuedAt = asDate(row.created) ?? at;
  // As `cleartokens` counts: from the end of the access token.
  const expiresAt = after(accessExpiresAt, refreshTokenLifetime);
  if (expiresAt <= at) return leave('older than REFRESH_TOKEN_EXPIRE_SECONDS');
  const clientId = asText(row.client_id);
  const scope = asText(row.scope);
  const gty = gtyOf(row);
  const grant = toGrant(grantIdOf(hash), { accountId, clientId, scope, createdAt: issuedAt, expiresAt });
  return {
    kind: 'refresh',
    hash,
    clientId,
    accountId,
    grantId: grant.id,
    grant,
    issuedAt,
    expiresAt,
    scope,
    details: { gty, rotations: 0, iiat: numericDate(issuedAt), authTime: numericDate(issuedAt) },
    accessTokenHash: hashOf(row, 'access_token') ?? null,
    accessTokenExpiresAt: accessExpiresAt,
  };
}

export async function* readAccessTokens(
  source: Source,
  layout: Layout,
  reading: Reading,
): AsyncIterable<ReadTokens> {
  const { refreshTokens, accessTokens } = layout;
  const sql = `SELECT a.id, a.user_id, a.created, a.expires, a.scope, ${tokenColumns(accessTokens, 'a', 'token')},
      ${columnOf(accessTokens, 'a', 'resource')} AS resource, p.client_id, p.authorization_grant_type,
      ${tokenColumns(refreshTokens, 'r', 'refresh_token')}
    FROM ${liveAccessTokens(layout)} ORDER BY a.id`;
  for await (const rows of source.stream(sql, [source.moment(reading.at)], reading.size)) {
    yield { read: rows.length, tokens: rows.flatMap((row) => toAccessToken(row, reading) ?? []) };
  }
}

function toAccessToken(row: Row, reading: Reading): BroughtToken | undefined {
  const { at } = reading;
  const leave = leaver(reading, 'access tokens', row);
  const hash = hashOf(row, 'token');
  const expiresAt = asDate(row.expires);
  const clientId = asText(row.client_id);
  if (!hash || !expiresAt) return leave('neither the token nor its checksum is stored');
  if (!clientId) return leave('made by hand for no application');
  if (!reading.isHere(clientId)) return leave('their application has not come');
  if (isBoundToResource(row)) return leave('bound to a resource (RFC 8707), which tokens here are not');
  const accountId = asId(row.user_id) ?? null;
  const issuedAt = asDate(row.created) ?? at;
  const scope = asText(row.scope);
  const common = { kind: 'access', hash, clientId, accountId, issuedAt, expiresAt, scope } as const;
  const rest = { accessTokenHash: null, accessTokenExpiresAt: null };
  if (accountId === null) return { ...common, ...rest, grantId: null, details: {} };
  const details = { gty: gtyOf(row) };
  const refreshHash = hashOf(row, 'refresh_token');
  // The family of its refresh token has come with that one, or was revoked here since: then it must not come back.
  if (refreshHash) return { ...common, ...rest, details, grantId: grantIdOf(refreshHash) };
  const family = { accountId, clientId, scope, createdAt: issuedAt, expiresAt: after(expiresAt, HOUR) };
  const grant = toGrant(grantIdOf(hash), family);
  return { ...common, ...rest, details, grantId: grant.id, grant };
}

/** Reports why a token does not come; named by its number, never by its value. */
function leaver({ report }: Reading, kind: 'access tokens' | 'refresh tokens', row: Row) {
  return (reason: string): undefined => {
    remark(
      report.left,
      kind,
      reason,
      `${asText(row.client_id) || 'no application'}, number ${asText(row.id)}`,
    );
  };
}
