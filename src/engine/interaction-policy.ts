/**
 * When an authorization request has to ask somebody anything: the engine's policy, but for `acr`, of which it would ask
 * again for ever for what nobody can give. Read from the session alone, so that a request of somebody who is signed in
 * well enough costs nothing more.
 */
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { MFA_ACR, PASSWORD_ACR } from '../accounts/authentication.js';

/** The reason of a `login` prompt: the application asks for a second factor, and this sign-in was made without. */
export const FACTOR_REQUIRED = 'factor_required';

interface RequestedAcr {
  essential?: unknown;
  value?: unknown;
  values?: unknown;
}

/** From claims.id_token.acr, where the engine has put acr_values as well. */
function requestedAcr({ oidc }: KoaContextWithOIDC): { values: unknown[]; isEssential: boolean } {
  const { id_token: idToken } = oidc.claims as { id_token?: { acr?: RequestedAcr | null } | null };
  const { essential, value, values = [] } = idToken?.acr ?? {};
  if (!Array.isArray(values)) throw new errors.InvalidRequest('invalid claims.id_token.acr.values type');
  return { values: value === undefined ? values : [value, ...values], isEssential: Boolean(essential) };
}

/**
 * RFC 9470 5: what acr_values names is required where it can be given at all; of several each will do. An essential acr
 * that is none of ours cannot be met (OpenID Connect Core 5.5.1.1), others that are none of ours are wishes. A sign-in
 * with a second factor is good for a client that asks for a password.
 */
function needsFactor(ctx: KoaContextWithOIDC): boolean {
  const { values, isEssential } = requestedAcr(ctx);
  const known = values.filter((value) => value === PASSWORD_ACR || value === MFA_ACR);
  if (!known.length && values.length && isEssential) {
    throw new errors.UnmetAuthenticationRequirements('this server has none of the requested acr values');
  }
  return known.length > 0 && !known.includes(PASSWORD_ACR) && ctx.oidc.session?.acr !== MFA_ACR;
}

export function createInteractionPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  const { checks } = policy.get('login')!;
  checks.remove('essential_acrs');
  checks.remove('essential_acr');
  checks.add(new interactionPolicy.Check(FACTOR_REQUIRED, 'a second factor is required', needsFactor));
  return policy;
}
