/** Bearer tokens as RFC 6750 has them: how one is presented, and how one is refused. */
import type { Context } from 'koa';
import { OAuthError } from '../http/errors.js';

// b64token of RFC 6750 2.1, with the scheme in any case (RFC 9110 11.1).
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

function challenge(issuer: string, parameters: Record<string, string> = {}): Record<string, string> {
  const list = Object.entries({ realm: issuer, ...parameters }).map(([name, value]) => `${name}="${value}"`);
  return { 'WWW-Authenticate': `Bearer ${list.join(', ')}` };
}

/** RFC 6750 3: a request without a token is told the scheme and no error. */
function tokenMissing(issuer: string): OAuthError {
  return new OAuthError(
    401,
    'invalid_token',
    'no access token was sent; send it as Authorization: Bearer <token>',
    {
      headers: challenge(issuer),
    },
  );
}

export function invalidToken(issuer: string): OAuthError {
  return new OAuthError(401, 'invalid_token', 'the access token is unknown, revoked or has expired', {
    headers: challenge(issuer, { error: 'invalid_token' }),
  });
}

export function insufficientScope(issuer: string, scope: string): OAuthError {
  return new OAuthError(
    403,
    'insufficient_scope',
    `the access token is not one of a person with the scope ${scope}`,
    {
      headers: challenge(issuer, { error: 'insufficient_scope', scope }),
    },
  );
}

function invalidRequest(issuer: string, description: string): OAuthError {
  return new OAuthError(400, 'invalid_request', description, {
    headers: challenge(issuer, { error: 'invalid_request' }),
  });
}

/** RFC 6750 2: one way at a time. @throws OAuthError 400 for a header beside a form, whatever the form holds */
export function refuseFormBesideHeader(ctx: Context, issuer: string): void {
  if (ctx.is('urlencoded') && ctx.get('authorization')) {
    throw invalidRequest(issuer, 'send the access token in the Authorization header only, without a form');
  }
}

/**
 * The token of the Authorization header. One in the URL ends in logs and histories and is refused (RFC 9700 4.3.2).
 * @throws OAuthError 401 without a token, 400 for one sent in another way
 */
export function getBearerToken(ctx: Context, issuer: string): string {
  if ('access_token' in ctx.query) {
    throw invalidRequest(issuer, 'send the access token in the Authorization header, not in the URL');
  }
  const header = ctx.get('authorization');
  if (!header) throw tokenMissing(issuer);
  const token = BEARER.exec(header)?.[1];
  if (!token) throw invalidToken(issuer);
  return token;
}
