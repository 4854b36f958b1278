/** The kinds of application, and what is usual for each: what a form that says no more than the kind stands for. */
import {
  type ApplicationKind,
  type ApplicationSettings,
  type ClientType,
  DEVICE_CODE,
  GRANT_TYPES,
  type GrantType,
} from '../application.js';

interface Kind {
  label: string;
  sentence: string;
  /** Whether people come back to it from a browser. */
  hasRedirectUris: boolean;
  clientType: ClientType;
  grantTypes: GrantType[];
}

/** In the order of the form. */
export const KINDS: Record<ApplicationKind, Kind> = {
  web: {
    label: 'Web app',
    sentence: 'Pages made by a server of yours, which can keep a secret: Django, Rails, Next.js, PHP.',
    hasRedirectUris: true,
    clientType: 'confidential',
    grantTypes: ['authorization_code', 'refresh_token'],
  },
  spa: {
    label: 'Single-page app',
    sentence:
      'JavaScript in the browser that calls APIs itself, without a server of its own: React, Vue, Angular.',
    hasRedirectUris: true,
    clientType: 'public',
    grantTypes: ['authorization_code', 'refresh_token'],
  },
  native: {
    label: 'Mobile or desktop app',
    sentence:
      'Installed on a phone or a computer: iOS, Android, Electron, a command line with a browser beside it.',
    hasRedirectUris: true,
    clientType: 'public',
    grantTypes: ['authorization_code', 'refresh_token'],
  },
  service: {
    label: 'Service',
    sentence: 'A program that acts for itself, without a person: a nightly job, a server that calls another.',
    hasRedirectUris: false,
    clientType: 'confidential',
    grantTypes: ['client_credentials'],
  },
  device: {
    label: 'Device',
    sentence:
      'Without a browser or a keyboard: a television, a printer, a terminal. People confirm on their phone.',
    hasRedirectUris: false,
    clientType: 'public',
    grantTypes: ['refresh_token', DEVICE_CODE],
  },
};

/** RFC 9700 2.1.1: a public client has nothing but PKCE; of old confidential ones many do not know it. */
export function usualPkce(clientType: ClientType): ApplicationSettings['pkce'] {
  return clientType === 'public' ? 'required' : 'optional';
}

/** What every application has to say for itself. */
type OwnSettings = 'name' | 'kind' | 'description' | 'contacts' | 'redirectUris';

export function usualSettings(kind: ApplicationKind): Omit<ApplicationSettings, OwnSettings> {
  const { clientType, grantTypes } = KINDS[kind];
  return {
    clientType,
    grantTypes,
    pkce: usualPkce(clientType),
    postLogoutRedirectUris: [],
    scopes: null,
    defaultScopes: null,
    corsOrigins: null,
    consent: 'once',
    introspectAny: false,
    redirectMatch: 'exact',
    accessTokenLifetime: null,
    refreshTokenLifetime: null,
    refreshGracePeriod: null,
    idTokenAlg: 'RS256',
    tokenFormat: 'opaque',
  };
}

// RFC 8252 7.1 and 7.3: what only an app on a device can be reached at.
const NATIVE_URI = /^(?!https?:)|^http:\/\/(?:127\.0\.0\.1|\[::1\])(?:[/?]|$)/i;

/** The kind of an application that never said one: of a script that fills in the old fields, or of an import. */
export function guessKind({
  clientType,
  grantTypes,
  redirectUris,
}: {
  clientType: ClientType;
  grantTypes: readonly string[];
  redirectUris: readonly string[];
}): ApplicationKind {
  const has = (...names: GrantType[]) => names.some((name) => grantTypes.includes(name));
  if (!has('authorization_code', 'password')) {
    if (has(DEVICE_CODE)) return 'device';
    if (has('client_credentials')) return 'service';
  }
  if (clientType === 'confidential') return 'web';
  return redirectUris.some((uri) => NATIVE_URI.test(uri)) || !redirectUris.length ? 'native' : 'spa';
}

/** The same grants, in whatever order they were ticked. */
export const inOrder = (grantTypes: readonly string[]): GrantType[] =>
  GRANT_TYPES.filter((grantType) => grantTypes.includes(grantType));
