/** Why an application as it is cannot be used with a stack; each answers nothing when it can. */
import type { Application, GrantType } from '../application.js';
import { GRANT_LABELS } from '../settings/grant-labels.js';

export function lacksGrant(application: Application, grantType: GrantType): string | undefined {
  if (application.grantTypes.includes(grantType)) return undefined;
  return `The application lacks the grant “${GRANT_LABELS[grantType].label}”.`;
}

/** For what is built on ID tokens. */
export function lacksOpenId(application: Application): string | undefined {
  if (!application.scopes || application.scopes.includes('openid')) return undefined;
  return 'The application may not ask for the scope openid, without which there is no ID token.';
}

export function isPublic(application: Application): string | undefined {
  if (application.clientType === 'confidential') return undefined;
  return 'This needs a client secret, and the application is a public client.';
}

export function isConfidential(application: Application): string | undefined {
  if (application.clientType === 'public') return undefined;
  return 'This runs where no secret can be kept, and the application is a confidential client: register a public one.';
}

/** For what learns from /profile who signed in. */
export function lacksReadScope(application: Application): string | undefined {
  if (!application.scopes || application.scopes.includes('read')) return undefined;
  return 'The application may not ask for the scope read, with which it would learn who signed in.';
}

/** For what sends no code verifier. */
export function requiresPkce(application: Application): string | undefined {
  if (application.pkce === 'optional') return undefined;
  return 'The application requires PKCE, which this does not do.';
}
