/** What a form or the command line holds, and what whoever fills it in may choose; check-settings.ts holds one to the other. */
import type { Config } from '../../config/config.js';
import { LONGEST_LIFETIME } from '../../config/parsers.js';
import type { FieldErrors } from '../../http/errors.js';
import { listScopes } from '../../scopes/scopes.js';
import type { ApplicationKind, ApplicationSettings } from '../application.js';
import type { RegistrationOptions } from '../redirect-uris/redirect-uris.js';

/** As typed. What is undefined keeps its present value, or takes the usual one in a new application. */
export interface ApplicationInput {
  name?: string;
  /** Undefined in a new application: client type and grants have to be named, and the kind is told from them. */
  kind?: string;
  description?: string;
  contacts?: string[];
  /** Empty: usual for the kind. */
  clientType?: string;
  /** None: usual for the kind, where that is named as well. */
  grantTypes?: string[];
  redirectUris?: string[];
  postLogoutRedirectUris?: string[];
  /** None or all: every scope the server knows. */
  scopes?: string[];
  /** None: the defaults of the server. */
  defaultScopes?: string[];
  /** None: the origins of the redirect URIs. */
  corsOrigins?: string[];
  consent?: string;
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

/** What this server asks of every redirect URI, whose ever it is. */
export type RedirectRules = Required<Pick<RegistrationOptions, 'allowedSchemes' | 'ownOrigin'>>;

export function redirectRulesOf(config: Config): RedirectRules {
  return { allowedSchemes: config.allowedRedirectUriSchemes, ownOrigin: new URL(config.issuer).origin };
}

export interface Rules {
  /** Whoever decides is trusted to skip consent, to introspect every token and to set any lifetime. */
  trusted: boolean;
  scopes: string[];
  redirectUris: RedirectRules;
  passwordGrant: boolean;
  /** The longest lifetimes in seconds. */
  longest: { accessToken: number; refreshToken: number; refreshGracePeriod: number };
}

/** What every check reads, and the errors it adds to. */
export interface Checking {
  input: ApplicationInput;
  rules: Rules;
  /** undefined: a new application. */
  current: ApplicationSettings | undefined;
  kind: ApplicationKind;
  errors: FieldErrors;
}

/** URIs, or origins, of one application. */
export const MAX_URIS = 100;

const DAY = 86_400;

/** @param trusted a superuser, or the command line */
export function rulesFor(config: Config, trusted: boolean): Rules {
  const { accessToken, refreshToken, refreshGracePeriod, grant } = config.lifetimes;
  return {
    trusted,
    scopes: listScopes(config.scopes),
    redirectUris: redirectRulesOf(config),
    passwordGrant: config.passwordGrant,
    longest: trusted
      ? {
          accessToken: LONGEST_LIFETIME,
          refreshToken: LONGEST_LIFETIME,
          refreshGracePeriod: LONGEST_LIFETIME,
        }
      : {
          accessToken: Math.max(accessToken, DAY),
          refreshToken: Math.max(refreshToken, grant),
          refreshGracePeriod: Math.max(refreshGracePeriod, 300),
        },
  };
}
