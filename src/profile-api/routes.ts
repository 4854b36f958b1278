/**
 * GET /profile: who the bearer of an access token acts for (RFC 6750). The JSON is what Django OAuth Toolkit's
 * examples answer and allauth providers read: id, username, email, first_name, last_name; groups with that scope.
 * The token and its account come from one query, made once a second (src/tokens/live-access-tokens.ts); a personal
 * token is known by its prefix and looked for in a table of its own.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { listGroupsOf } from '../accounts/groups.js';
import type { PersonalTokens } from '../accounts/personal-tokens/personal-tokens.js';
import { isPersonalToken } from '../accounts/personal-tokens/token-format.js';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import { hashToken } from '../secrets/token-hash.js';
import type { LiveAccessTokens } from '../tokens/live-access-tokens.js';
import type { FoundToken } from '../tokens/records.js';
import { insufficientScope, invalidToken, presentedToken, refuseFormBesideHeader } from './bearer.js';

interface ProfileApiDeps {
  config: Config;
  database: Database;
  liveTokens: LiveAccessTokens;
  personalTokens: PersonalTokens;
}

const withScopes = (found: FoundToken | undefined) =>
  found && { holder: found.holder, scopes: found.scope?.split(' ') ?? [] };

export function profileApiRoutes({ config, database, liveTokens, personalTokens }: ProfileApiDeps): Router {
  const router = new Router();

  router.get('/profile', async (ctx: Context) => {
    ctx.set('Cache-Control', 'no-store');
    refuseFormBesideHeader(ctx, config.issuer);
    const token = presentedToken(ctx, config.issuer);
    const found = isPersonalToken(token)
      ? await personalTokens.find(token, ctx.state.network)
      : withScopes(await liveTokens.find(hashToken(token), new Date()));
    if (!found) throw invalidToken(config.issuer);
    const { scopes } = found;
    if (!found.holder || !scopes.includes('read')) throw insufficientScope(config.issuer, 'read');
    const { id, username, email, firstName, lastName } = found.holder;
    ctx.body = {
      id,
      username,
      email,
      first_name: firstName,
      last_name: lastName,
      ...(scopes.includes('groups') ? { groups: await listGroupsOf(database.knex, id) } : {}),
    };
  });

  router.all('/profile', (ctx: Context) => {
    refuseFormBesideHeader(ctx, config.issuer);
    ctx.status = 405;
    ctx.set('Allow', 'GET, HEAD, OPTIONS');
    ctx.body = { error: 'invalid_request', error_description: 'this resource takes GET only' };
  });

  return router;
}
