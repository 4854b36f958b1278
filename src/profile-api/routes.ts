/**
 * GET /profile: who the bearer of an access token acts for (RFC 6750). The JSON is what Django OAuth Toolkit's
 * examples answer and allauth providers read: id, username, email, first_name, last_name; groups with that scope.
 * The token and its account come from one query, made once a second (src/tokens/live-access-tokens.ts); a personal
 * token is known by its prefix and looked for in a table of its own.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { refuseFormBesideHeader } from './bearer.js';
import { type ProfileApiDeps, personOfToken } from './person-of-token.js';

export function profileApiRoutes(deps: ProfileApiDeps): Router {
  const { issuer } = deps.config;
  const router = new Router();

  router.get('/profile', async (ctx: Context) => {
    ctx.set('Cache-Control', 'no-store');
    refuseFormBesideHeader(ctx, issuer);
    ctx.body = await personOfToken(deps, ctx);
  });

  router.all('/profile', (ctx: Context) => {
    refuseFormBesideHeader(ctx, issuer);
    ctx.status = 405;
    ctx.set('Allow', 'GET, HEAD, OPTIONS');
    ctx.body = { error: 'invalid_request', error_description: 'this resource takes GET only' };
  });

  return router;
}
