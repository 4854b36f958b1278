/** The OpenID Connect side of a client: ID tokens, checked as a client checks them. */
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { get, type Server } from './oauth.js';
import type { TestApplication } from './people.js';

/** The claims of an ID token, unchecked. */
export function claimsOfIdToken(idToken: string | undefined): Record<string, unknown> {
  return decodeJwt(idToken ?? '');
}

/** The header and claims of a JWT access token that a resource server of this issuer accepts (RFC 9068 4). */
export async function verifyAccessToken(server: Server, accessToken: string) {
  const { body: metadata } = await get(server, '/.well-known/oauth-authorization-server');
  const { body: keys } = await get(server, new URL(metadata.jwks_uri).pathname);
  const { payload, protectedHeader } = await jwtVerify(accessToken, createLocalJWKSet(keys), {
    issuer: metadata.issuer,
    audience: metadata.issuer,
    typ: 'at+jwt',
    algorithms: ['RS256', 'ES256'],
    requiredClaims: ['sub', 'client_id', 'iat', 'exp', 'jti'],
  });
  return { header: protectedHeader, claims: payload };
}

/** The header and claims of an ID token whose signature, issuer, audience and times are right. */
export async function verifyIdToken(server: Server, app: TestApplication, idToken: string | undefined) {
  const { body: metadata } = await get(server, '/.well-known/openid-configuration');
  const { body: keys } = await get(server, new URL(metadata.jwks_uri).pathname);
  const { payload } = await jwtVerify(idToken ?? '', createLocalJWKSet(keys), {
    issuer: metadata.issuer,
    audience: app.clientId,
    algorithms: metadata.id_token_signing_alg_values_supported,
  });
  return { header: decodeProtectedHeader(idToken ?? ''), claims: payload };
}
