/** The scopes an application may ask for: those of the operator (SCOPES) and those of OpenID Connect, in that order. */
import type { ScopesConfig } from '../config/config.js';

/** OpenID Connect Core 5.4 and 11, each with the sentence the consent page shows. */
const OPENID_SCOPES: Record<string, string> = {
  openid: 'Know who you are',
  profile: 'See your name, picture and other details of your profile',
  email: 'See your email address',
  phone: 'See your phone number',
  address: 'See your postal address',
  offline_access: 'Stay connected while you are away',
};

export function listScopes(config: ScopesConfig): string[] {
  return [...new Set([...Object.keys(config.sentences), ...Object.keys(OPENID_SCOPES)])];
}

/** What a scope allows, in words for the person who is asked. */
export function describeScope(config: ScopesConfig, scope: string): string {
  return config.sentences[scope] ?? OPENID_SCOPES[scope] ?? scope;
}

/** What a request that names no scope is given: the server's defaults, as far as the application may have them. */
export function defaultScopesFor(config: ScopesConfig, allowed: string[] | null): string[] {
  return allowed ? config.defaults.filter((scope) => allowed.includes(scope)) : config.defaults;
}
