/** The settings of an application in words, for its page: what its developer has chosen apart from what is usual anyway. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../config/config.js';
import { defaultScopesFor } from '../../scopes/scopes.js';
import { type Application, originsOf } from '../application.js';
import { GRANT_LABELS } from './grant-labels.js';
import { usualSettings } from './kinds.js';

type Shown = Omit<ReturnType<typeof usualSettings>, 'grantTypes'> & Pick<Application, 'grantTypes'>;

export interface DescribedSetting {
  label: string;
  /** One line each. */
  lines: string[];
  /** What it would be if nobody had chosen; undefined where it is just that. */
  usual: string[] | undefined;
}

type Describe = (settings: Shown) => string[];

const CONSENT = {
  once: 'asked once, and remembered',
  always: 'asked at every sign-in',
  skip: 'never asked',
};

/** In the order of the form. */
function describers(application: Application, config: Config): [keyof Shown, string, Describe][] {
  const { lifetimes } = config;
  const seconds = (own: number | null, usual: number) => [
    own === null ? `${usual} seconds, as on this server` : `${own} seconds`,
  ];
  const list = (values: string[] | null, none: string) => (values?.length ? values : [none]);
  return [
    ['clientType', 'Client type', ({ clientType }) => [clientType]],
    ['grantTypes', 'Grants', ({ grantTypes }) => grantTypes.map((each) => GRANT_LABELS[each].label)],
    ['scopes', 'Scopes', ({ scopes }) => [scopes?.join(' ') ?? 'every scope of this server']],
    [
      'defaultScopes',
      'Scopes when it names none',
      ({ defaultScopes }) => [
        defaultScopesFor(config.scopes, { scopes: application.scopes, defaultScopes }).join(' ') ||
          'none: it has to name them',
      ],
    ],
    ['consent', 'Consent', ({ consent }) => [CONSENT[consent]]],
    ['pkce', 'PKCE', ({ pkce }) => [pkce]],
    [
      'redirectMatch',
      'Redirect URI matching',
      ({ redirectMatch }) => [redirectMatch === 'exact' ? 'exact' : 'may add query parameters'],
    ],
    [
      'postLogoutRedirectUris',
      'Post-logout redirect URIs',
      (shown) => list(shown.postLogoutRedirectUris, 'none'),
    ],
    [
      'corsOrigins',
      'CORS origins',
      ({ corsOrigins }) => list(originsOf({ corsOrigins, redirectUris: application.redirectUris }), 'none'),
    ],
    [
      'accessTokenLifetime',
      'Access token lifetime',
      (shown) => seconds(shown.accessTokenLifetime, lifetimes.accessToken),
    ],
    [
      'refreshTokenLifetime',
      'Refresh token lifetime',
      (shown) => seconds(shown.refreshTokenLifetime, lifetimes.refreshToken),
    ],
    [
      'refreshGracePeriod',
      'Refresh grace period',
      (shown) => seconds(shown.refreshGracePeriod, lifetimes.refreshGracePeriod),
    ],
    ['idTokenAlg', 'ID token algorithm', ({ idTokenAlg }) => [idTokenAlg]],
    [
      'tokenFormat',
      'Access token format',
      ({ tokenFormat, idTokenAlg }) =>
        tokenFormat === 'jwt'
          ? [
              `JWT (RFC 9068), signed with ${idTokenAlg}`,
              'An API that checks it by itself accepts it until it expires, even after it was revoked here.',
            ]
          : ['opaque'],
    ],
    [
      'introspectAny',
      'Introspection',
      ({ introspectAny }) => [introspectAny ? 'every token' : 'its own tokens'],
    ],
  ];
}

/** Those that differ from what is usual for the kind, and those that do not. */
export function describeSettings(
  application: Application,
  config: Config,
): { chosen: DescribedSetting[]; usual: DescribedSetting[] } {
  const usual = usualSettings(application.kind);
  const described = describers(application, config).map(([name, label, describe]) => ({
    label,
    lines: describe(application),
    usual: isDeepStrictEqual(application[name], usual[name]) ? undefined : describe(usual),
  }));
  return {
    chosen: described.filter((each) => each.usual !== undefined),
    usual: described.filter((each) => each.usual === undefined),
  };
}
