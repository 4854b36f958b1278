/** Personal tokens at the endpoints of the engine, which knows nothing of them: it only has applications' tokens. */
import type { Context } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { listGroupsOf } from '../accounts/groups.js';
import type { PersonalTokens } from '../accounts/personal-tokens/personal-tokens.js';
import { isPersonalToken } from '../accounts/personal-tokens/token-format.js';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import {
  getBearerToken,
  insufficientScope,
  invalidToken,
  refuseFormBesideHeader,
} from '../profile-api/bearer.js';
import { claimsByScope, claimsOf } from '../scopes/claims.js';
import { numericDate } from '../tokens/numeric-date.js';
import { applicationOf } from './clients.js';

interface Deps {
  config: Pick<Config, 'issuer'>;
  database: Database;
  personalTokens: PersonalTokens;
}

export const bearsPersonalToken = (ctx: Context): boolean =>
  isPersonalToken(ctx.get('authorization').replace(/^bearer +/i, ''));

/**
 * Userinfo (OpenID Connect Core 5.3): the claims of the token's scopes.
 * @throws OAuthError 401 invalid_token, 403 insufficient_scope without openid
 */
export async function answerUserinfo(
  { config: { issuer }, database, personalTokens }: Deps,
  ctx: Context,
): Promise<void> {
  refuseFormBesideHeader(ctx, issuer);
  const found = await personalTokens.find(getBearerToken(ctx, issuer), ctx.state.network);
  if (!found) throw invalidToken(issuer);
  const { holder, scopes } = found;
  if (!scopes.includes('openid')) throw insufficientScope(issuer, 'openid');
  const groups = scopes.includes('groups') ? await listGroupsOf(database.knex, holder.id) : [];
  const granted = new Set(scopes.flatMap((scope) => claimsByScope[scope] ?? []));
  const claims = Object.entries(claimsOf(holder, groups)).filter(([name]) => granted.has(name));
  ctx.body = { sub: String(holder.id), ...Object.fromEntries(claims) };
}

/**
 * Introspection (RFC 7662), after the engine has authenticated who asks and found no token of its own. A personal token
 * belongs to no application: those that may introspect every token are told, any other that it is not active.
 */
export async function introspectPersonalToken(
  { config: { issuer }, database, personalTokens }: Deps,
  ctx: Context,
): Promise<void> {
  const { oidc } = ctx as Context & { oidc?: KoaContextWithOIDC['oidc'] };
  const token = oidc?.params?.token;
  if (ctx.status !== 200 || typeof token !== 'string' || !isPersonalToken(token)) return;
  if (!oidc?.client || !applicationOf(oidc.client).introspectAny) return;
  const found = await personalTokens.find(token, undefined);
  if (!found) return;
  const { holder, scopes, createdAt, expiresAt } = found;
  ctx.body = {
    active: true,
    sub: String(holder.id),
    username: holder.username,
    scope: scopes.join(' '),
    token_type: 'Bearer',
    iss: issuer,
    iat: numericDate(createdAt),
    ...(expiresAt ? { exp: numericDate(expiresAt) } : {}),
    ...(scopes.includes('groups') ? { groups: await listGroupsOf(database.knex, holder.id) } : {}),
  };
}
