/** A registered application (an OAuth client), as the rest of the server sees it. */

/** What it is built as: from this its usual settings follow (settings/kinds.ts). */
export const APPLICATION_KINDS = ['web', 'spa', 'native', 'service', 'device'] as const;
export type ApplicationKind = (typeof APPLICATION_KINDS)[number];

export const CLIENT_TYPES = ['confidential', 'public'] as const;
export type ClientType = (typeof CLIENT_TYPES)[number];

/** RFC 8628 3.4. */
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

export const GRANT_TYPES = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'password',
  DEVICE_CODE,
] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

export const PKCE_RULES = ['required', 'optional'] as const;
export const REDIRECT_MATCHES = ['exact', 'extra-query'] as const;
export type RedirectMatch = (typeof REDIRECT_MATCHES)[number];
/** Ask people once and remember it, at every sign-in, or never. */
export const CONSENT_RULES = ['once', 'always', 'skip'] as const;
export const ID_TOKEN_ALGS = ['RS256', 'ES256'] as const;
export const TOKEN_FORMATS = ['opaque', 'jwt'] as const;

/** What the owner or an operator chooses; everything else about an application is decided by the server. */
export interface ApplicationSettings {
  name: string;
  kind: ApplicationKind;
  /** Empty: none. For its developers and the administrators. */
  description: string;
  /** Email addresses of its developers. */
  contacts: string[];
  clientType: ClientType;
  grantTypes: GrantType[];
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  /** null: every scope the server knows. */
  scopes: string[] | null;
  /** What a request that names no scope is given; null: the defaults of the server. */
  defaultScopes: string[] | null;
  /** null: the origins of the redirect URIs, see originsOf. */
  corsOrigins: string[] | null;
  consent: (typeof CONSENT_RULES)[number];
  introspectAny: boolean;
  pkce: (typeof PKCE_RULES)[number];
  redirectMatch: RedirectMatch;
  /** Seconds; null: the server's setting. The same holds for the two below. */
  accessTokenLifetime: number | null;
  refreshTokenLifetime: number | null;
  refreshGracePeriod: number | null;
  idTokenAlg: (typeof ID_TOKEN_ALGS)[number];
  /** Of access tokens. A JWT is signed as the ID tokens are; resource servers go on accepting it until it expires. */
  tokenFormat: (typeof TOKEN_FORMATS)[number];
}

export interface Application extends ApplicationSettings {
  id: number;
  clientId: string;
  /** null: made by the command line for nobody, or its owner is gone. */
  ownerId: number | null;
  disabledAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface ClientSecret {
  id: number;
  /** '' where none was given. */
  name: string;
  /** The last four characters, by which a person recognises it; '' of one that moved in and was not used here yet. */
  hint: string;
  createdAt: Date;
  /** The username of who made it; null: the command line, a version before, or somebody who is gone. */
  createdBy: string | null;
  expiresAt: Date | null;
  /** Up to a minute ago it may have been used again (secrets/secret-uses.ts); null: no use was seen. */
  lastUsedAt: Date | null;
  /** As 192.0.2.0/24. */
  lastNetwork: string | null;
}

/** Who makes a change, for the audit trail; the command line acts as nobody from nowhere. */
export interface Actor {
  accountId?: number;
  network?: string;
  requestId?: string;
  /** By which way, where it is no page: 'API token deploy', 'latchkey apply'. */
  via?: string;
}

/** The origins whose scripts may call the token endpoint and the like for this application (CORS). */
export function originsOf(application: Pick<Application, 'corsOrigins' | 'redirectUris'>): string[] {
  if (application.corsOrigins) return application.corsOrigins;
  const origins = application.redirectUris
    .filter((uri) => /^https?:/i.test(uri))
    .map((uri) => new URL(uri).origin);
  return [...new Set(origins)];
}
