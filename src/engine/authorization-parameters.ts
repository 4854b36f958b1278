/**
 * The scope rules of an authorization request (RFC 6749 3.3), checked by the engine after its own and before any page
 * is shown: none named means the defaults; an unknown, forbidden or empty one is invalid_scope.
 */
import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import type { ScopesConfig } from '../config/config.js';
import { getDefaultScopes, requireKnownScopes } from '../scopes/known-scopes.js';
import { applicationOf } from './clients.js';

type Validators = Record<
  string,
  (ctx: KoaContextWithOIDC, value: string | undefined, client: Client) => void
>;

export const REDIRECT_URI_OMITTED = 'latchkey_redirect_uri_omitted';
/** Set when a sign-in is taken up again after its cookie was lost, so that it is done once and not for ever. */
export const RESTARTED = 'latchkey_restart';

export function extraParameters(scopes: ScopesConfig): Validators {
  return {
    scope(ctx, value, client) {
      const sent = sentScope(ctx);
      if (sent !== undefined) requireKnownScopes(scopes, sent);
      // None was sent, or only offline_access, which the engine has dropped for want of prompt=consent (Core 11).
      if (!value) ctx.oidc.params!.scope = getDefaultScopes(scopes, applicationOf(client)).join(' ');
    },
    // Noted for the token request, which may leave out redirect_uri only where this one did (RFC 6749 4.1.3).
    [REDIRECT_URI_OMITTED](ctx) {
      if (ctx.oidc.params) ctx.oidc.params[REDIRECT_URI_OMITTED] = ctx.query.redirect_uri ? undefined : '1';
    },
    [RESTARTED]() {},
  };
}

/** As it was sent: by now the engine has dropped what it does not know. */
function sentScope(ctx: KoaContextWithOIDC): string | undefined {
  const source = ctx.method === 'POST' ? (ctx.oidc.body as Record<string, unknown> | undefined) : ctx.query;
  const { scope } = source ?? {};
  return typeof scope === 'string' ? scope : undefined;
}
