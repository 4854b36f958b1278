import type Provider from 'oidc-provider';
import { actOf } from '../tokens/grants.js';
import { requestMemory } from './request-memory.js';

/**
 * ID tokens name the access token they came with (at_hash, OpenID Connect Core 3.1.3.6), as those of Django OAuth
 * Toolkit do. The engine does so only where the specification requires it, which is never at the token endpoint. They name
 * who acted as the person, too, when somebody did.
 */
export function bindIdTokensToAccessTokens(engine: Provider): void {
  const { prototype } = engine.IdToken;
  const { issue } = prototype;
  prototype.issue = function issueBound(context) {
    const accessToken = this.ctx?.oidc.entities.AccessToken;
    // The engine replaces the token by its hash while it signs.
    if (context.use === 'idtoken' && accessToken) this.set('at_hash', accessToken.jti);
    const act = actOf(requestMemory().grant);
    if (context.use === 'idtoken' && act) this.set('act', act);
    return issue.call(this, context);
  };
}
