import { AppError } from '../http/errors.js';
import { valuesOf } from '../http/form-input.js';
import { text } from '../languages/texts.js';
import type { Consent } from './consents.js';

interface AskedFor {
  params: Record<string, unknown>;
  prompt: { details: Record<string, unknown> };
}

/** The claims that were asked for by name (OpenID Connect Core 5.5) and not decided on before. */
export function claimsAskedFor({ prompt }: AskedFor): string[] {
  const { missingOIDCClaims: claims } = prompt.details;
  return Array.isArray(claims) ? claims.map(String) : [];
}

export function scopesAskedFor({ params }: AskedFor): string[] {
  return typeof params.scope === 'string' ? params.scope.split(' ').filter(Boolean) : [];
}

/** Without `openid` there is no sign-in to speak of, so it cannot be unticked. */
export const isRequiredScope = (scope: string): boolean => scope === 'openid';

/**
 * What the person decided on the consent page: each scope that was shown is allowed or rejected.
 * @throws AppError 400 for a form that is not the one that was shown
 */
export function decideConsent(interaction: AskedFor, form: Record<string, unknown>): Consent {
  const asked = scopesAskedFor(interaction);
  if (!form.allow || form.allow === 'False') {
    throw new AppError(400, 'no_decision', text('authorization.consent.noDecision'), {
      hint: text('authorization.consent.noDecisionHint'),
    });
  }
  const ticked = valuesOf(form.scope).map(String);
  const added = ticked.filter((scope) => !asked.includes(scope));
  if (added.length) {
    throw new AppError(400, 'scope_not_asked_for', text('authorization.consent.notAskedFor'), {
      hint: text('authorization.consent.notAskedForHint'),
    });
  }
  const isAllowed = (scope: string) => ticked.includes(scope) || isRequiredScope(scope);
  const claims = claimsAskedFor(interaction);
  return {
    scopes: asked.filter(isAllowed),
    rejectedScopes: asked.filter((scope) => !isAllowed(scope)),
    claims,
    rejectedClaims: [],
  };
}
