/**
 * Access tokens as signed JWTs (RFC 9068), for the applications that have chosen them. They are stored as all others are,
 * by the hash of what is presented, and found by it: here, one that was changed by a byte, revoked or never issued is an
 * unknown token, whatever its signature says. Only resource servers verify them.
 *
 * The engine's own JWTs (its resourceIndicators) are not stored: they could be neither revoked nor introspected, and
 * userinfo would refuse them.
 */
import { decodeJwt, type JWK as JoseKey, SignJWT } from 'jose';
import type { Context } from 'koa';
import Provider, { type Client } from 'oidc-provider';
import type { Database } from '../database/database.js';
import { actOf } from '../tokens/grants.js';
import { numericDate } from '../tokens/numeric-date.js';
import { findAccountOf } from './account.js';
import { applicationOf } from './clients.js';
import type { LiveKeys } from './keys/live-keys.js';
import type { Algorithm } from './keys/signing-keys.js';
import { requestMemory } from './request-memory.js';

interface Deps {
  database: Database;
  signingKeys: LiveKeys;
}

/** What the engine's AccessToken and ClientCredentials have in common and its types leave out. */
interface AccessToken {
  jti: string;
  client: Client;
  accountId?: string;
  scope?: string;
  /** Seconds; the answer tells it as expires_in. */
  readonly expiration: number;
  expiresIn: number;
  getValueAndPayload(): Promise<{ value: string; payload: { iat: number; exp: number } }>;
}

/** Has the engine issue and store a JWT where it would an opaque value, if the application wants one. */
export function issueJwtAccessTokens(engine: Provider, deps: Deps): void {
  for (const Model of [engine.AccessToken, engine.ClientCredentials]) {
    const { prototype } = Model as unknown as { prototype: AccessToken };
    const { getValueAndPayload } = prototype;
    prototype.getValueAndPayload = function getValueOfFormat() {
      if (applicationOf(this.client).tokenFormat === 'opaque') return getValueAndPayload.call(this);
      return getSignedValue(this);
    };

    const getSignedValue = async (token: AccessToken) => {
      endWithItsGrant(token);
      const { payload } = await getValueAndPayload.call(token);
      const claims = {
        iss: engine.issuer,
        // Without a person the application is its own subject (RFC 9068 2.2).
        sub: token.accountId ?? token.client.clientId,
        // It is good for /profile and userinfo, so this server is its audience. Nobody names another: that would be a
        // token for that one alone (RFC 8707).
        aud: engine.issuer,
        client_id: token.client.clientId,
        scope: token.scope || undefined,
        iat: payload.iat,
        exp: payload.exp,
        // Random, and no secret: what is stored is the hash of the whole.
        jti: token.jti,
        ...(await claimsOfPerson(token, deps.database)),
      };
      // The id it is stored under, and what an ID token beside it is bound to.
      token.jti = await sign(claims, applicationOf(token.client).idTokenAlg, deps.signingKeys);
      return { value: token.jti, payload };
    };
  }
}

async function sign(claims: Record<string, unknown>, alg: Algorithm, signingKeys: LiveKeys): Promise<string> {
  const { kid, privateJwk } = signingKeys.active(alg);
  return new SignJWT(claims).setProtectedHeader({ alg, typ: 'at+jwt', kid }).sign(privateJwk as JoseKey);
}

/** A grant may end before its tokens (an impersonation does), which a resource server cannot know of later. */
function endWithItsGrant(token: AccessToken): void {
  const end = Provider.ctx?.oidc.entities.Grant?.exp;
  if (end === undefined) return;
  const left = end - numericDate(new Date());
  token.expiresIn = Math.max(1, Math.min(token.expiration, left));
}

/** Who the person is, as far as the scopes tell, how they signed in, and who acted for them. */
async function claimsOfPerson(
  { accountId, scope = '' }: AccessToken,
  database: Database,
): Promise<Record<string, unknown>> {
  const { ctx } = Provider;
  if (!accountId || !ctx) return {};
  const { Account, AuthorizationCode, DeviceCode, RefreshToken } = ctx.oidc.entities;
  const account = Account ?? (await findAccountOf(database, accountId));
  const told = await account?.claims('access_token', scope, {}, []);
  const scopes = scope.split(' ');
  // The password grant leaves none of it.
  const { authTime, acr, amr } = AuthorizationCode ?? DeviceCode ?? RefreshToken ?? {};
  return {
    auth_time: authTime,
    acr,
    amr,
    act: actOf(requestMemory().grant),
    username: scopes.includes('read') ? told?.preferred_username : undefined,
    groups: scopes.includes('groups') ? told?.groups : undefined,
  };
}

const STAND_IN = 'a JWT';

/**
 * Before introspection and revocation: the engine refuses there whatever looks like a JWT, as it stores none of its own.
 * It is given a word in the place of one; the storage asks for what it stands for (resolveStandIn).
 */
export function hideStructure(ctx: Context): void {
  const { body } = ctx.req as unknown as { body: { token?: string } };
  if (!body.token?.includes('.')) return;
  requestMemory(ctx).structuredToken = body.token;
  body.token = STAND_IN;
}

/** What the introspected JWT says of itself and the engine does not know (RFC 7662 2.2). Only for one that is active. */
export function claimsOfIntrospected(ctx: Context): Record<string, unknown> {
  const { structuredToken } = requestMemory(ctx);
  if (structuredToken === undefined) return {};
  try {
    // Without `aud`: it is this server, and an API by Django OAuth Toolkit 3.4 that is told of an audience refuses the
    // token unless it is that audience itself. An opaque token has none either.
    const { jti, auth_time, acr } = decodeJwt(structuredToken);
    return { jti, auth_time, acr };
  } catch {
    // An imported token may have dots without being a JWT.
    return {};
  }
}
