/**
 * Issues what the engine's own handlers would in the plain case of the three grants that are asked for most: opaque
 * tokens, no ID token, and nothing left to object to. Whatever is not plain is left to the engine, refusals included,
 * before anything has changed.
 */
import { applicationOf } from '../engine/clients.js';
import { accessTokenLifetime, refreshTokenLifetime } from '../engine/lifetimes.js';
import { hashToken, newToken } from '../secrets/token-hash.js';
import type { FoundCode } from '../tokens/authorization-codes.js';
import { type BucketedTableName, bucketFor } from '../tokens/buckets.js';
import { numericDate } from '../tokens/numeric-date.js';
import type { FoundToken, TokenRecord } from '../tokens/records.js';
import type { FoundRefreshToken } from '../tokens/refresh-tokens.js';
import type { TokenRequest } from './token-request.js';

/** Nothing has been issued or changed: the engine answers. */
export class NotPlain extends Error {}

/** @throws NotPlain */
export async function issuePlainly(request: TokenRequest): Promise<void> {
  const { client, params, memory } = request;
  if (applicationOf(client).tokenFormat !== 'opaque') throw new NotPlain();
  if (params.grant_type === 'client_credentials') return issueForClient(request);
  if (params.grant_type === 'authorization_code' && memory.code)
    return issueForCode(request, memory.code.found);
  if (params.grant_type === 'refresh_token' && memory.refreshToken)
    return issueForRefreshToken(request, memory.refreshToken.found);
  throw new NotPlain();
}

function issueForClient(request: TokenRequest): void {
  const accessToken = { accountId: null, grantId: null, scope: request.params.scope ?? null, details: {} };
  issue(request, accessToken, undefined);
}

function issueForCode(request: TokenRequest, code: FoundCode): void {
  const { client, params, at } = request;
  const { redirectUri, codeChallenge } = code.details;
  if (params.redirect_uri !== redirectUri || (params.code_verifier && !codeChallenge)) throw new NotPlain();
  const gty = 'authorization_code';
  const accessToken = accessTokenBy(request, code, gty, code.scope);
  const mayRefresh = applicationOf(client).grantTypes.includes('refresh_token');
  const chain = { rotations: 0, iiat: numericDate(at) };
  issue(request, accessToken, mayRefresh ? refreshTokenBy(code, gty, chain) : undefined);
}

function issueForRefreshToken(request: TokenRequest, used: FoundRefreshToken): void {
  const { gty, rotations, iiat = numericDate(used.issuedAt) } = used.details;
  const asked = request.params.scope ?? used.scope;
  const isMarked = typeof gty !== 'string' || gty.endsWith('refresh_token');
  const marked = isMarked ? gty : `${gty} refresh_token`;
  const chain = { rotations: typeof rotations === 'number' ? rotations + 1 : 1, iiat };
  issue(request, accessTokenBy(request, used, marked, asked), refreshTokenBy(used, marked, chain));
}

/** A token about to be issued; of its owner, or of the application alone. */
type Issuing = Pick<TokenRecord, 'accountId' | 'grantId' | 'scope' | 'details'>;

/**
 * @param gty the engine's name for the way it came about
 * @param asked the scope wanted, which is no more than that of what is presented
 */
function accessTokenBy(
  request: TokenRequest,
  presented: FoundToken,
  gty: unknown,
  asked: string | null,
): Issuing {
  const { accountId, grantId, details } = presented;
  const { sessionUid, sid, expiresWithSession, claims } = details;
  return {
    accountId,
    grantId,
    scope: grantedScope(request, presented, asked),
    details: { gty, sessionUid, sid, expiresWithSession, claims },
  };
}

/** Keeps all that was presented, with what ID tokens to come will say of the sign-in. */
function refreshTokenBy(
  { accountId, grantId, scope, details }: FoundToken,
  gty: unknown,
  { rotations, iiat }: { rotations: number; iiat: unknown },
): Issuing {
  const { sessionUid, sid, expiresWithSession, claims, acr, amr, authTime, nonce } = details;
  return {
    accountId,
    grantId,
    scope,
    details: { gty, sessionUid, sid, expiresWithSession, claims, acr, amr, authTime, nonce, rotations, iiat },
  };
}

/**
 * What is asked for, as far as the person has agreed to it.
 * @throws NotPlain when an ID token is due, or what is presented, its grant or its person has gone
 */
function grantedScope({ client, at }: TokenRequest, presented: FoundToken, asked: string | null): string {
  const { grant, holder, accountId, expiresAt, scope } = presented;
  const isAlive = holder && grant && expiresAt > at && grant.expiresAt > at;
  if (!isAlive || grant.clientId !== client.clientId || grant.accountId !== accountId) throw new NotPlain();
  const { openid, rejected } = grant.details as GrantDetails;
  if (!asked || !openid?.scope || rejected?.openid?.scope) throw new NotPlain();
  if (scope?.split(' ').includes('openid')) throw new NotPlain();
  const names = asked.split(' ');
  const granted = openid.scope.split(' ').filter((name) => names.includes(name));
  return granted.join(' ');
}

interface GrantDetails {
  openid?: { scope?: string };
  rejected?: { openid?: { scope?: string } };
}

function issue(request: TokenRequest, access: Issuing, refresh: Issuing | undefined): void {
  const { client, config, ctx, memory } = request;
  const expiresIn = accessTokenLifetime(config.lifetimes, client);
  const accessToken = newToken();
  memory.issued = { accessToken: toRecord(request, 'access_tokens', accessToken, access, expiresIn) };
  let refreshToken: string | undefined;
  if (refresh) {
    refreshToken = newToken();
    const lifetime = refreshTokenLifetime(config.lifetimes, client);
    memory.issued.refreshToken = toRecord(request, 'refresh_tokens', refreshToken, refresh, lifetime);
  }
  ctx.body = {
    access_token: accessToken,
    expires_in: expiresIn,
    refresh_token: refreshToken,
    scope: access.scope,
    token_type: 'Bearer',
  };
}

/** @param lifetime seconds */
function toRecord(
  { client, at }: TokenRequest,
  table: BucketedTableName,
  token: string,
  issuing: Issuing,
  lifetime: number,
): TokenRecord {
  const issuedAt = new Date(numericDate(at) * 1000);
  const expiresAt = new Date((numericDate(at) + lifetime) * 1000);
  const { accountId, grantId, scope, details } = issuing;
  return {
    hash: hashToken(token),
    bucket: bucketFor(table, expiresAt, at),
    clientId: client.clientId,
    accountId,
    grantId,
    issuedAt,
    expiresAt,
    scope,
    details,
  };
}
