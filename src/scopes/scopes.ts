/** The scopes an application may ask for: those of the operator (SCOPES) and those of OpenID Connect, in that order. */
import type { ScopesConfig } from '../config/config.js';
import { inEnglish, type Sentence, type Text, text } from '../languages/texts.js';

/** OpenID Connect Core 5.4 and 11, each with the sentence the consent page shows. */
const OPENID_SCOPES: Record<string, Text> = {
  openid: text('scopes.openid'),
  profile: text('scopes.profile'),
  email: text('scopes.email'),
  phone: text('scopes.phone'),
  address: text('scopes.address'),
  offline_access: text('scopes.offlineAccess'),
};

export function listScopes(config: ScopesConfig): string[] {
  return [...new Set([...Object.keys(config.sentences), ...Object.keys(OPENID_SCOPES)])];
}

export const isScope = (config: ScopesConfig, name: string): boolean =>
  Object.hasOwn(config.sentences, name) || Object.hasOwn(OPENID_SCOPES, name);

/** Those of the operator have these sentences until SCOPES says otherwise. */
const DEFAULT_SENTENCES: Record<string, Text> = {
  read: text('scopes.read'),
  write: text('scopes.write'),
  groups: text('scopes.groups'),
};

/** What a scope allows, in words for the person who is asked: the operator's, or ours in every language. */
export function describeScope(config: ScopesConfig, scope: string): Sentence {
  const sentence = config.sentences[scope];
  const ours = DEFAULT_SENTENCES[scope];
  if (ours && sentence === inEnglish(ours)) return ours;
  return sentence ?? OPENID_SCOPES[scope] ?? scope;
}

/** What an application may ask for, and what it is given when it names nothing; null as in ApplicationSettings. */
export interface ScopesOfApplication {
  scopes: string[] | null;
  defaultScopes: string[] | null;
}

/** What it may ask for, by name. */
export function scopesOf(
  { scopes }: Pick<ScopesOfApplication, 'scopes'>,
  { scopes: config }: { scopes: ScopesConfig },
): string[] {
  return scopes ?? listScopes(config);
}

/** What a request that names no scope is given: the application's defaults or the server's, as far as it may have them. */
export function defaultScopesFor(
  config: ScopesConfig,
  { scopes: allowed, defaultScopes }: ScopesOfApplication,
): string[] {
  // Of its own, one may be gone from SCOPES by now.
  const defaults = defaultScopes
    ? listScopes(config).filter((scope) => defaultScopes.includes(scope))
    : config.defaults;
  return allowed ? defaults.filter((scope) => allowed.includes(scope)) : defaults;
}
