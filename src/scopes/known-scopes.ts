import { errors } from 'oidc-provider';
import type { ScopesConfig } from '../config/config.js';
import { defaultScopesFor, isScope, type ScopesOfApplication } from './scopes.js';

/**
 * The engine drops scopes it does not know in silence, and lets some through; naming one that does not exist, or none
 * by an empty parameter, is refused.
 * @param sent the scope parameter as it was sent
 * @throws InvalidScope (RFC 6749 5.2)
 */
export function requireKnownScopes(config: ScopesConfig, sent: string): void {
  const unknown = sent.split(' ').filter((scope) => !isScope(config, scope));
  if (!unknown.length) return;
  const names = unknown.filter(Boolean).join(' ');
  throw new errors.InvalidScope(names ? `unknown scope: ${names}` : 'the scope parameter is empty', names);
}

/**
 * What a request that names no scope is given.
 * @throws InvalidScope when the application may have none of the defaults (RFC 6749 3.3)
 */
export function getDefaultScopes(config: ScopesConfig, application: ScopesOfApplication): string[] {
  const scopes = defaultScopesFor(config, application);
  if (scopes.length) return scopes;
  throw new errors.InvalidScope('name a scope: this application may have none of the default ones', '');
}
