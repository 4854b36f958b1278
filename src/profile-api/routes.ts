/**
 * GET /profile: who the bearer of an access token acts for (RFC 6750). The JSON is what Django OAuth Toolkit's
 * examples answer and allauth providers read: id, username, email, first_name, last_name; groups with that scope.
 * The token and its account come from one query, made once a second (src/tokens/live-access-tokens.ts); a personal
 * token is known by its prefix and looked for in a table of its own.
 */
import type { Context, Middleware } from 'koa';
import { OAuthError } from '../http/errors.js';
import { refuseFormBesideHeader } from './bearer.js';
import { type ProfileApiDeps, personOfToken } from './person-of-token.js';

// As the routers of the pages match a path: with or without a slash at the end, in any case.
const PROFILE = /^\/profile\/?$/i;

/** By itself, since a router takes a tenth of the CPU of the whole request. */
export function profileApiRoutes(deps: ProfileApiDeps): Middleware {
  const { issuer } = deps.config;

  return async (ctx: Context, next) => {
    if (!PROFILE.test(ctx.path)) return next();
    refuseFormBesideHeader(ctx, issuer);
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw getOnly();
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await personOfToken(deps, ctx);
  };
}

function getOnly(): OAuthError {
  return new OAuthError(405, 'invalid_request', 'this resource takes GET only', {
    headers: { Allow: 'GET, HEAD, OPTIONS' },
  });
}
