import type Provider from 'oidc-provider';

/**
 * ID tokens name the access token they came with (at_hash, OpenID Connect Core 3.1.3.6), as those of Django OAuth
 * Toolkit do. The engine does so only where the specification requires it, which is never at the token endpoint.
 */
export function bindIdTokensToAccessTokens(engine: Provider): void {
  const { prototype } = engine.IdToken;
  const { issue } = prototype;
  prototype.issue = function issueBound(context) {
    const accessToken = this.ctx?.oidc.entities.AccessToken;
    // The engine replaces the token by its hash while it signs.
    if (context.use === 'idtoken' && accessToken) this.set('at_hash', accessToken.jti);
    return issue.call(this, context);
  };
}
