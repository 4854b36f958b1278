/** What is set right about an authorization request before the engine reads it. */
import type { Context } from 'koa';

// Parameters of OpenID Connect that the engine refuses without the scope openid; Django OAuth Toolkit ignores them,
// and some clients always send them (RFC 6749 3.1: unrecognized parameters are ignored).
const OPENID_ONLY = ['nonce', 'claims', 'acr_values', 'id_token_hint'];

/**
 * A POST (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 2) becomes a GET of the same request: a form posted from
 * another site comes without our SameSite=Lax cookies, the redirect with them.
 */
export function redirectPostToGet(ctx: Context): void {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((ctx.request.body ?? {}) as Record<string, string | string[]>)) {
    for (const each of [value].flat()) query.append(name, each);
  }
  ctx.status = 303;
  ctx.redirect(`${ctx.path}?${query}`);
}

/** Drops what only OpenID Connect knows from a request that does not ask for it. */
export function dropOpenIdParameters(ctx: Context): void {
  const { scope } = ctx.query;
  const isOpenId = typeof scope === 'string' && scope.split(' ').includes('openid');
  if (isOpenId || !OPENID_ONLY.some((name) => name in ctx.query)) return;
  const kept = Object.entries(ctx.query).filter(([name]) => !OPENID_ONLY.includes(name));
  ctx.query = Object.fromEntries(kept);
}
