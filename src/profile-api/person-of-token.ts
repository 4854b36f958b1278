/** Who a bearer token acts for, as /profile tells it. */
import type { Context } from 'koa';
import { listGroupsOf } from '../accounts/groups.js';
import type { PersonalTokens } from '../accounts/personal-tokens/personal-tokens.js';
import { isPersonalToken } from '../accounts/personal-tokens/token-format.js';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import { hashToken } from '../secrets/token-hash.js';
import type { LiveAccessTokens } from '../tokens/live-access-tokens.js';
import type { FoundToken } from '../tokens/records.js';
import { getBearerToken, insufficientScope, invalidToken } from './bearer.js';

export interface ProfileApiDeps {
  config: Config;
  database: Database;
  liveTokens: LiveAccessTokens;
  personalTokens: PersonalTokens;
}

const withScopes = (found: FoundToken | undefined) =>
  found && { holder: found.holder, scopes: found.scope?.split(' ') ?? [] };

/** @throws OAuthError 401 without a live token, 403 for one of no person or without the scope read */
export async function personOfToken(
  { config, database, liveTokens, personalTokens }: ProfileApiDeps,
  ctx: Context,
) {
  const token = getBearerToken(ctx, config.issuer);
  const found = isPersonalToken(token)
    ? await personalTokens.find(token, ctx.state.network)
    : withScopes(await liveTokens.find(hashToken(token), new Date()));
  if (!found) throw invalidToken(config.issuer);
  const { scopes } = found;
  if (!found.holder || !scopes.includes('read')) throw insufficientScope(config.issuer, 'read');
  const { id, username, email, firstName, lastName } = found.holder;
  return {
    id,
    username,
    email,
    first_name: firstName,
    last_name: lastName,
    ...(scopes.includes('groups') ? { groups: await listGroupsOf(database.knex, id) } : {}),
  };
}
