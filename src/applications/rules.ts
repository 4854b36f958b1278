/** Turns what a form or the command line holds into settings that may be stored, or into a sentence per field. */
import type { Config } from '../config/config.js';
import type { FieldErrors } from '../http/errors.js';
import { listScopes } from '../scopes/scopes.js';
import {
  type ApplicationSettings,
  CLIENT_TYPES,
  type ClientType,
  GRANT_TYPES,
  type GrantType,
  ID_TOKEN_ALGS,
  PKCE_RULES,
  REDIRECT_MATCHES,
  TOKEN_FORMATS,
} from './application.js';
import { findRedirectUriProblem } from './redirect-uris.js';

/** As typed. What is undefined keeps its present value, or takes the usual one in a new application. */
export interface ApplicationInput {
  name?: string;
  clientType?: string;
  grantTypes?: string[];
  redirectUris?: string[];
  postLogoutRedirectUris?: string[];
  /** None or all: every scope the server knows. */
  scopes?: string[];
  /** None: the origins of the redirect URIs. */
  corsOrigins?: string[];
  skipConsent?: boolean;
  introspectAny?: boolean;
  /** Empty: required for a public client, optional for a confidential one. */
  pkce?: string;
  redirectMatch?: string;
  /** Seconds; empty: the server's setting. The same holds for the two below. */
  accessTokenLifetime?: string;
  refreshTokenLifetime?: string;
  refreshGracePeriod?: string;
  idTokenAlg?: string;
  tokenFormat?: string;
}

export interface Rules {
  /** Whoever decides is trusted to skip consent, to introspect every token and to set any lifetime. */
  trusted: boolean;
  scopes: string[];
  redirectUriSchemes: string[];
  passwordGrant: boolean;
  /** The longest lifetimes in seconds. */
  longest: { accessToken: number; refreshToken: number; refreshGracePeriod: number };
}

const MAX_NAME_LENGTH = 150;
const MAX_URIS = 100;

// The name is what people know an application by on the consent page. Characters that cannot be seen, or turn the
// direction of the text, make one name look like another. The price is an emoji or a Persian word that is joined by one of them.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2028\u2029]/u;
// U+2800 is braille without a dot: a sign that looks like a space.
const SEEN = /(?!\u2800)[\p{L}\p{N}\p{P}\p{S}]/u;

const DAY = 86_400;
// Ten years, as in the configuration: beyond it is a typing error.
const LONGEST = 10 * 365 * DAY;

/** @param trusted a superuser, or the command line */
export function rulesFor(config: Config, trusted: boolean): Rules {
  const { accessToken, refreshToken, refreshGracePeriod, grant } = config.lifetimes;
  return {
    trusted,
    scopes: listScopes(config.scopes),
    redirectUriSchemes: config.allowedRedirectUriSchemes,
    passwordGrant: config.passwordGrant,
    longest: trusted
      ? { accessToken: LONGEST, refreshToken: LONGEST, refreshGracePeriod: LONGEST }
      : {
          accessToken: Math.max(accessToken, DAY),
          refreshToken: Math.max(refreshToken, grant),
          refreshGracePeriod: Math.max(refreshGracePeriod, 300),
        },
  };
}

type Checked =
  | { settings: ApplicationSettings; errors?: undefined }
  | { settings?: undefined; errors: FieldErrors };

/** What every check below reads, and the errors it adds to. */
interface Checking {
  input: ApplicationInput;
  rules: Rules;
  current: ApplicationSettings | undefined;
  errors: FieldErrors;
}

/** @param current the application that is changed; undefined for a new one */
export function checkSettings(input: ApplicationInput, rules: Rules, current?: ApplicationSettings): Checked {
  const errors: FieldErrors = {};
  const checking: Checking = { input, rules, current, errors };
  const { longest } = rules;
  const clientType = checkClientType(checking);
  const usualPkce = clientType === 'public' ? 'required' : 'optional';
  const settings: ApplicationSettings = {
    name: checkName(checking),
    clientType,
    grantTypes: checkGrantTypes(checking, clientType),
    redirectUris: checkUris(checking, 'redirectUris', clientType),
    postLogoutRedirectUris: checkUris(checking, 'postLogoutRedirectUris', clientType),
    scopes: checkScopes(checking),
    corsOrigins: checkOrigins(checking),
    skipConsent: (rules.trusted ? input.skipConsent : undefined) ?? current?.skipConsent ?? false,
    introspectAny: (rules.trusted ? input.introspectAny : undefined) ?? current?.introspectAny ?? false,
    pkce:
      input.pkce === undefined && current ? current.pkce : choose(checking, 'pkce', PKCE_RULES, usualPkce),
    redirectMatch: choose(checking, 'redirectMatch', REDIRECT_MATCHES, current?.redirectMatch ?? 'exact'),
    idTokenAlg: choose(checking, 'idTokenAlg', ID_TOKEN_ALGS, current?.idTokenAlg ?? 'RS256'),
    tokenFormat: choose(checking, 'tokenFormat', TOKEN_FORMATS, current?.tokenFormat ?? 'opaque'),
    accessTokenLifetime: checkSeconds(checking, 'accessTokenLifetime', 1, longest.accessToken),
    refreshTokenLifetime: checkSeconds(checking, 'refreshTokenLifetime', 1, longest.refreshToken),
    refreshGracePeriod: checkSeconds(checking, 'refreshGracePeriod', 0, longest.refreshGracePeriod),
  };
  if (settings.grantTypes.includes('authorization_code') && !settings.redirectUris.length) {
    errors.redirectUris = 'The authorization code grant needs at least one redirect URI.';
  }
  if (settings.introspectAny && clientType === 'public') {
    errors.introspectAny = 'Only a confidential client may introspect the tokens of others.';
  }
  return Object.keys(errors).length ? { errors } : { settings };
}

function checkName({ input, current, errors }: Checking): string {
  const name = (input.name ?? current?.name ?? '').trim();
  if (!name) errors.name = 'Give the application a name.';
  else if ([...name].length > MAX_NAME_LENGTH) errors.name = `Use at most ${MAX_NAME_LENGTH} characters.`;
  else if (UNSEEN.test(name) || !SEEN.test(name)) errors.name = 'Use visible characters only.';
  return name;
}

function checkClientType(checking: Checking): ClientType {
  const { input, current, errors } = checking;
  if (!input.clientType && !current) errors.clientType = 'Choose a client type.';
  return choose(checking, 'clientType', CLIENT_TYPES, current?.clientType ?? 'confidential');
}

function choose<T extends string>(
  { input, errors }: Checking,
  field: 'clientType' | 'pkce' | 'redirectMatch' | 'idTokenAlg' | 'tokenFormat',
  choices: readonly T[],
  fallback: T,
): T {
  const value = input[field];
  if (!value) return fallback;
  const found = choices.find((choice) => choice === value);
  if (!found) errors[field] = `Choose ${choices.join(' or ')}.`;
  return found ?? fallback;
}

function checkGrantTypes({ input, rules, current, errors }: Checking, clientType: ClientType): GrantType[] {
  const values: string[] = input.grantTypes ?? current?.grantTypes ?? [];
  const unknown = values.find((value) => !GRANT_TYPES.some((grantType) => grantType === value));
  const grantTypes = GRANT_TYPES.filter((grantType) => values.includes(grantType));
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

function checkUris(
  { input, rules, current, errors }: Checking,
  field: 'redirectUris' | 'postLogoutRedirectUris',
  clientType: ClientType,
): string[] {
  const uris = [...new Set(input[field] ?? current?.[field])];
  if (uris.length > MAX_URIS) {
    errors[field] = `Register at most ${MAX_URIS} URIs; these are ${uris.length}.`;
    return uris;
  }
  const problems = uris.flatMap((uri) => {
    const problem = findRedirectUriProblem(uri, { clientType, allowedSchemes: rules.redirectUriSchemes });
    return problem ? [`${quote(uri)} ${problem}`] : [];
  });
  if (problems.length) errors[field] = problems.join('\n');
  return uris;
}

function checkScopes({ input, rules, current, errors }: Checking): string[] | null {
  // One that the server no longer knows is dropped from what is stored, and refused only when it is asked for anew.
  const values = input.scopes ?? (current?.scopes ?? []).filter((scope) => rules.scopes.includes(scope));
  const unknown = values.filter((scope) => !rules.scopes.includes(scope));
  if (unknown.length) {
    const named = unknown.slice(0, 5).map(quote).join(', ');
    errors.scopes = `This server has no scope ${named}; it has ${rules.scopes.join(', ')}.`;
  }
  const scopes = rules.scopes.filter((scope) => values.includes(scope));
  return scopes.length && scopes.length < rules.scopes.length ? scopes : null;
}

function checkOrigins({ input, current, errors }: Checking): string[] | null {
  const origins = [...new Set(input.corsOrigins ?? current?.corsOrigins)];
  const wrong = origins.filter(
    (value) => !/^https?:\/\//.test(value) || !URL.canParse(value) || new URL(value).origin !== value,
  );
  if (origins.length > MAX_URIS) errors.corsOrigins = `List at most ${MAX_URIS} origins.`;
  else if (wrong.length) {
    const rule = 'is not an origin such as https://app.example.com (lower case, no path, no default port).';
    errors.corsOrigins = wrong.map((value) => `${quote(value)} ${rule}`).join('\n');
  }
  return origins.length ? origins : null;
}

function checkSeconds(
  { input, current, errors }: Checking,
  field: 'accessTokenLifetime' | 'refreshTokenLifetime' | 'refreshGracePeriod',
  least: number,
  most: number,
): number | null {
  const present = current?.[field] ?? null;
  const value = input[field]?.trim();
  if (value === undefined) return present;
  if (value === '') return null;
  const seconds = Number(value);
  // What a superuser has set beyond the bounds may stay when the owner changes something else.
  if (seconds === present) return present;
  if (!/^\d+$/.test(value) || seconds < least || seconds > most) {
    errors[field] =
      `Give a whole number of seconds from ${least} to ${most}, or nothing for the server's setting.`;
  }
  return seconds;
}

function quote(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
