/**
 * What the engine serves, on every path clients know it by, and what is set right before and after it.
 *
 * URLs: /o/authorize, /o/token, /o/revoke_token, /o/introspect, /o/userinfo, /o/logout, /o/device-authorization and
 * /o/device, the first five without /o as well; discovery and keys under /.well-known and /o/.well-known; all with and
 * without a trailing slash. The pages of a sign-in are in src/authorization, the grants in src/grants.
 */

import type { Context, Middleware, Next } from 'koa';
import bodyParser from 'koa-bodyparser';
import compose from 'koa-compose';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { PersonalTokens } from '../accounts/personal-tokens/personal-tokens.js';
import type { SecretUses } from '../applications/secrets/secret-uses.js';
import { listOfferedGrants } from '../grants/index.js';
import type { GrantDeps } from '../grants/token-request.js';
import { csrfFailed, refuseForeignForm } from '../http/csrf.js';
import { OAuthError } from '../http/errors.js';
import { isSafeMethod } from '../http/safe-method.js';
import { seeOther } from '../http/see-other.js';
import { withoutTrailingSlashes } from '../http/trailing-slashes.js';
import type { Logger } from '../logging/log.js';
import { prepareAuthorizationRequest, redirectPostToGet } from './authorization-request.js';
import { enginePaths } from './engine-paths.js';
import { reportFailure } from './failures.js';
import { completeIntrospection, introspectPlainly } from './introspection.js';
import { hideStructure } from './jwt-access-tokens.js';
import { PUBLIC_KEYS_ARE_FRESH_FOR } from './keys/key-rotation.js';
import type { LiveKeys } from './keys/live-keys.js';
import { answerUserinfo, bearsPersonalToken, introspectPersonalToken } from './personal-tokens.js';
import { answerPlainTokenRequest } from './plain-token-requests.js';
import type { SessionUses } from './session-uses.js';
import { readTokenEndpointBody } from './token-endpoint-body.js';
import { throttleUserCodes } from './user-code-throttle.js';

const JWKS = enginePaths.jwks;
const OPENID_DISCOVERY = '/.well-known/openid-configuration';
const OAUTH_DISCOVERY = '/.well-known/oauth-authorization-server';

/** Every other spelling of a path, without trailing slash, and the engine's own. */
const ALIASES: Record<string, string> = {
  '/authorize': enginePaths.authorization,
  '/token': enginePaths.token,
  '/revoke_token': enginePaths.revocation,
  '/introspect': enginePaths.introspection,
  '/userinfo': enginePaths.userinfo,
  '/o/.well-known/openid-configuration': OPENID_DISCOVERY,
  '/.well-known/openid-configuration/o': OPENID_DISCOVERY,
  '/o/.well-known/oauth-authorization-server': OAUTH_DISCOVERY,
  '/.well-known/oauth-authorization-server/o': OAUTH_DISCOVERY,
  '/.well-known/jwks.json': JWKS,
  '/jwks.json': JWKS,
  '/o/jwks.json': JWKS,
};

const BODY_ENDPOINTS: string[] = [
  enginePaths.token,
  enginePaths.revocation,
  enginePaths.introspection,
  enginePaths.device_authorization,
];
/** That take any token there is. */
const TAKE_TOKENS: string[] = [enginePaths.revocation, enginePaths.introspection];
const POST_AS_GET: string[] = [enginePaths.authorization, enginePaths.end_session];
/** The forms the engine shows itself: typing a device's code, and confirming a sign-out. */
const isForm = (path: string) =>
  path === enginePaths.code_verification || path.startsWith(`${enginePaths.end_session}/`);
const OPEN_TO_ALL_ORIGINS: string[] = [OPENID_DISCOVERY, OAUTH_DISCOVERY, JWKS];

/** The path as the engine knows it; a resumed sign-in keeps its id. */
export function enginePathOf(path: string): string {
  const trimmed = path.length > 1 ? withoutTrailingSlashes(path) : path;
  return ALIASES[trimmed] ?? trimmed;
}

const CROSS_ORIGIN: string[] = [enginePaths.token, enginePaths.revocation, enginePaths.userinfo, '/profile'];

/** Whether scripts of other origins may call this path. */
export function isCrossOriginPath(path: string): boolean {
  return CROSS_ORIGIN.includes(path);
}

interface EngineRoutesDeps extends GrantDeps {
  engine: Provider;
  log: Logger;
  uses: SessionUses;
  secretUses: SecretUses;
  signingKeys: LiveKeys;
  personalTokens: PersonalTokens;
}

export function engineRoutes(deps: EngineRoutesDeps): Middleware {
  const { engine, config, database, log, uses, signingKeys } = deps;
  const supported = new Set(listOfferedGrants(config).map(({ grantType }) => grantType));
  const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '64kb' });
  const isSecure = config.issuer.startsWith('https:');
  const answer = compose(engine.middleware as Middleware[]);
  const run = async (ctx: Context, next: Next): Promise<void> => {
    await answer(ctx, next);
    reportFailure(ctx, log);
    noteUse(ctx, uses);
    // The engine opens introspection and device authorization as well, their errors to whoever asks.
    const isOpen = OPEN_TO_ALL_ORIGINS.includes(ctx.path) || isCrossOriginPath(ctx.path);
    if (!isOpen) ctx.remove('Access-Control-Allow-Origin');
  };

  return async (ctx, next) => {
    const path = enginePathOf(ctx.path);
    if (!isEnginePath(path)) return next();
    if (path !== ctx.path) ctx.path = path;
    if (OPEN_TO_ALL_ORIGINS.includes(path)) {
      if (!isSafeMethod(ctx.method)) throw getOnly();
      ctx.set('Access-Control-Allow-Origin', '*');
      if (path === JWKS && ctx.method !== 'OPTIONS') return answerPublicKeys(ctx, signingKeys);
    } else {
      ctx.set('Cache-Control', 'no-store');
    }
    if (BODY_ENDPOINTS.includes(path)) {
      if (ctx.method === 'OPTIONS') return run(ctx as Context, next);
      if (ctx.method !== 'POST') throw postOnly();
      // Asked before the Accept header is set for the engine.
      const takesNothingButJson = path === enginePaths.revocation && !ctx.accepts('text/plain');
      // python-social-auth revokes with its parameters in the URL as well as in the body.
      const body = await readTokenEndpointBody(ctx, path === enginePaths.revocation);
      if (path === enginePaths.token) {
        refuseUnsupportedGrant(body.grant_type, supported);
        if (await answerPlainTokenRequest(deps, ctx, body)) return;
      }
      if (path === enginePaths.introspection && (await introspectPlainly(deps, ctx, body))) return;
      if (TAKE_TOKENS.includes(path)) hideStructure(ctx);
      await run(ctx as Context, next);
      if (path === enginePaths.revocation && ctx.status === 200) answerRevocation(ctx, takesNothingButJson);
      if (path === enginePaths.introspection) {
        await completeIntrospection(ctx, database);
        await introspectPersonalToken(deps, ctx);
      }
      return;
    }
    if (path === enginePaths.userinfo && ctx.method !== 'OPTIONS' && bearsPersonalToken(ctx))
      return answerUserinfo(deps, ctx);
    if (ctx.method === 'POST' && POST_AS_GET.includes(path))
      return parseForm(ctx, async () => redirectPostToGet(ctx));
    if (ctx.method === 'POST' && isForm(path)) refuseForeignForm(ctx, isSecure);
    if (path === enginePaths.authorization) prepareAuthorizationRequest(ctx);
    if (path.startsWith(`${enginePaths.code_verification}/`) && !(await hasStoredSession(engine, ctx))) {
      return seeOther(ctx, enginePaths.code_verification);
    }
    // A sign-in is resumed by its path alone; the engine takes parameters beside it for a request and fails on them.
    else if (path.startsWith(`${enginePaths.authorization}/`)) ctx.querystring = '';
    // The engine adds the hash of its own inline script (form_post, sign-out) to the script-src it finds.
    ctx.set(
      'Content-Security-Policy',
      "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    // A popup of the application passes through here on its way back (form_post).
    ctx.set('Cross-Origin-Opener-Policy', 'unsafe-none');
    if (ctx.method === 'POST' && path === enginePaths.code_verification) {
      if (!(await hasStoredSession(engine, ctx))) throw csrfFailed('no session');
      return throttleUserCodes(database, ctx, () => run(ctx as Context, next));
    }
    return run(ctx as Context, next);
  };
}

/** Pages of the engine are used by browsers with a session, its other endpoints by programs without. */
function noteUse(ctx: Context, uses: SessionUses): void {
  const { session } = (ctx as Context & { oidc?: KoaContextWithOIDC['oidc'] }).oidc ?? {};
  if (session?.accountId) uses.note(ctx, session.uid);
}

const ROOTS: string[] = [...Object.values(enginePaths), OPENID_DISCOVERY, OAUTH_DISCOVERY];

function isEnginePath(path: string): boolean {
  return ROOTS.some(
    (root) => path.startsWith(root) && (path.length === root.length || path[root.length] === '/'),
  );
}

/** The engine fails on the device pages of a browser it has no session of, where it should refuse them. */
async function hasStoredSession(engine: Provider, ctx: Context): Promise<boolean> {
  return (await engine.Session.get(ctx)).exp !== undefined;
}

/** The engine would show those of its start. The media type is that of RFC 7517 8.5.2. */
function answerPublicKeys(ctx: Context, signingKeys: LiveKeys): void {
  ctx.set('Cache-Control', `public, max-age=${PUBLIC_KEYS_ARE_FRESH_FOR}`);
  ctx.type = 'application/jwk-set+json; charset=utf-8';
  ctx.body = JSON.stringify({ keys: signingKeys.publicKeys() });
}

function postOnly(): OAuthError {
  return new OAuthError(405, 'invalid_request', 'this endpoint takes POST only', {
    headers: { Allow: 'POST, OPTIONS' },
  });
}

function getOnly(): OAuthError {
  return new OAuthError(405, 'invalid_request', 'this endpoint takes GET only', {
    headers: { Allow: 'GET, HEAD, OPTIONS' },
  });
}

/** Before the client is authenticated, as Django OAuth Toolkit does: the mistake is the same whoever makes it. */
function refuseUnsupportedGrant(grantType: string | undefined, supported: Set<string>): void {
  if (grantType && supported.has(grantType)) return;
  const description = grantType
    ? 'this server has no such grant_type'
    : 'the parameter grant_type is missing';
  throw new OAuthError(400, 'unsupported_grant_type', `${description}; it has: ${[...supported].join(', ')}`);
}

/** Empty and without a content type: two client libraries throw on text/html, and simple-oauth2 on all but JSON. */
function answerRevocation(ctx: Context, takesNothingButJson: boolean): void {
  ctx.body = takesNothingButJson ? {} : '';
  if (!takesNothingButJson) ctx.remove('Content-Type');
}
