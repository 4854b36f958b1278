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
import type { FoundToken, TokenRecord } from '../tokens/records.js';
import type { FoundRefreshToken } from '../tokens/refresh-tokens.js';
import type { TokenRequest } from './token-request.js';

/** Nothing has been issued or changed: the engine answers. */
export class NotPlain extends Error {}

/** @throws NotPlain */
export async function issuePlainly(request: TokenRequest): Promise<void> {
  const { params, memory } = request;
  if (params.grant_type === 'client_credentials') return issueForClient(request);
  if (params.grant_type === 'authorization_code' && memory.code)
    return issueForCode(request, memory.code.found);
  if (params.grant_type === 'refresh_token' && memory.refreshToken)
    return issueForRefreshToken(request, memory.refreshToken.found);
  throw new NotPlain();
}

function issueForClient(request: TokenRequest): void {
  issue(request, { ...NOBODY, scope: request.params.scope ?? null, details: {} }, undefined);
}

function issueForCode(request: TokenRequest, code: FoundCode): void {
  const { client, params, at } = request;
  const { redirectUri, codeChallenge, acr, amr, authTime, nonce } = code.details;
  if (params.redirect_uri !== redirectUri || (params.code_verifier && !codeChallenge)) throw new NotPlain();
  const shared = sharedDetails(code, 'authorization_code');
  const mayRefresh = applicationOf(client).grantTypes.includes('refresh_token');
  const signIn = { acr, amr, authTime, nonce, rotations: 0, iiat: seconds(at) };
  issue(
    request,
    { ...ownerOf(code), scope: scopeOfAccessToken(request, code), details: shared },
    mayRefresh ? { ...ownerOf(code), scope: code.scope, details: { ...shared, ...signIn } } : undefined,
  );
}

function issueForRefreshToken(request: TokenRequest, used: FoundRefreshToken): void {
  const { gty, rotations, iiat = seconds(used.issuedAt), acr, amr, authTime, nonce } = used.details;
  const isMarked = typeof gty !== 'string' || gty.endsWith('refresh_token');
  const shared = sharedDetails(used, isMarked ? gty : `${gty} refresh_token`);
  const rotated = typeof rotations === 'number' ? rotations + 1 : 1;
  const signIn = { acr, amr, authTime, nonce, rotations: rotated, iiat };
  issue(
    request,
    { ...ownerOf(used), scope: scopeOfAccessToken(request, used), details: shared },
    { ...ownerOf(used), scope: used.scope, details: { ...shared, ...signIn } },
  );
}

/**
 * What is asked for, or everything, as far as the person has agreed to it.
 * @throws NotPlain when an ID token is due, or what is presented, its grant or its person has gone
 */
function scopeOfAccessToken({ client, params, at }: TokenRequest, presented: FoundToken): string {
  const { grant, holder, accountId, expiresAt, scope } = presented;
  const isAlive = holder && grant && expiresAt > at && grant.expiresAt > at;
  if (!isAlive || grant.clientId !== client.clientId || grant.accountId !== accountId) throw new NotPlain();
  const { openid, rejected } = grant.details as GrantDetails;
  if (!scope || !openid?.scope || rejected?.openid?.scope) throw new NotPlain();
  if (scope.split(' ').includes('openid')) throw new NotPlain();
  const asked = (params.scope ?? scope).split(' ');
  const granted = openid.scope.split(' ');
  return granted.filter((name) => asked.includes(name)).join(' ');
}

interface GrantDetails {
  openid?: { scope?: string };
  rejected?: { openid?: { scope?: string } };
}

type Owner = Pick<TokenRecord, 'accountId' | 'grantId'>;
type Issuing = Owner & Pick<TokenRecord, 'scope' | 'details'>;

const NOBODY: Owner = { accountId: null, grantId: null };
const ownerOf = ({ accountId, grantId }: FoundToken): Owner => ({ accountId, grantId });

/** What the engine keeps with every token of a sign-in. */
function sharedDetails({ details }: FoundToken, gty: unknown): TokenRecord['details'] {
  const { sessionUid, sid, expiresWithSession, claims } = details;
  return { gty, sessionUid, sid, expiresWithSession, claims };
}

const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);

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
  const issuedAt = new Date(seconds(at) * 1000);
  const expiresAt = new Date((seconds(at) + lifetime) * 1000);
  const bucket = bucketFor(table, expiresAt, at);
  return { hash: hashToken(token), bucket, clientId: client.clientId, issuedAt, expiresAt, ...issuing };
}
