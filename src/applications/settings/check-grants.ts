/** How an application gets its tokens: client type, grants, PKCE, consent. */
import {
  type ApplicationSettings,
  CLIENT_TYPES,
  type ClientType,
  CONSENT_RULES,
  GRANT_TYPES,
  type GrantType,
  PKCE_RULES,
} from '../application.js';
import { choose } from './choose.js';
import { inOrder, usualPkce, usualSettings } from './kinds.js';
import { quote } from './quote.js';
import type { Checking } from './rules.js';

export function checkClientType(checking: Checking): ClientType {
  const { input, current, kind, errors } = checking;
  if (!input.clientType && !input.kind && !current) errors.clientType = 'Choose a kind or a client type.';
  const usual = usualSettings(kind).clientType;
  // Empty in a form with a kind is a choice: the usual one.
  const isKept = current && (input.clientType === undefined || !input.kind);
  return choose(checking, 'clientType', CLIENT_TYPES, isKept ? current.clientType : usual);
}

export function checkGrantTypes(
  { input, rules, current, kind, errors }: Checking,
  clientType: ClientType,
): GrantType[] {
  const named: string[] = input.grantTypes ?? current?.grantTypes ?? [];
  const values = named.length || !input.kind ? named : usualSettings(kind).grantTypes;
  const unknown = values.find((value) => !GRANT_TYPES.some((grantType) => grantType === value));
  const grantTypes = inOrder(values);
  if (unknown !== undefined) {
    errors.grantTypes = `${quote(unknown)} is no grant; choose among ${GRANT_TYPES.join(', ')}.`;
  } else if (!grantTypes.some((grantType) => grantType !== 'refresh_token')) {
    errors.grantTypes = 'Choose at least one grant, beside the refresh token, which comes from another.';
  } else if (clientType === 'public' && grantTypes.includes('client_credentials')) {
    errors.grantTypes = 'Client credentials are for confidential clients only: a public one has no secret.';
  } else if (
    !rules.passwordGrant &&
    grantTypes.includes('password') &&
    !current?.grantTypes.includes('password')
  ) {
    errors.grantTypes = 'The password grant is switched off on this server.';
  }
  return grantTypes;
}

export function checkPkce(checking: Checking, clientType: ClientType): ApplicationSettings['pkce'] {
  const { input, current } = checking;
  if (input.pkce === undefined && current) return current.pkce;
  return choose(checking, 'pkce', PKCE_RULES, usualPkce(clientType));
}

/** To skip it is an administrator's to allow; what one has allowed the owner may keep or give up. */
export function checkConsent(checking: Checking): ApplicationSettings['consent'] {
  const { rules, current } = checking;
  const present = current?.consent ?? 'once';
  const chosen = choose(checking, 'consent', CONSENT_RULES, present);
  return chosen === 'skip' && !rules.trusted ? present : chosen;
}
