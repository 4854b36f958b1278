/** The registration form: its stable field names on one side, the input of the rules on the other. */

import type { ApplicationSettings } from './application.js';
import type { ApplicationInput } from './rules.js';

type Body = Record<string, unknown>;

/** Takes the fields of the form and nothing else, so that no other property of an application can be sent along. */
export function readForm(body: Body): ApplicationInput {
  return {
    name: textOf(body.name),
    clientType: textOf(body.client_type),
    grantTypes: checkedOf(body.grant_types),
    redirectUris: wordsOf(body.redirect_uris),
    postLogoutRedirectUris: wordsOf(body.post_logout_redirect_uris),
    scopes: checkedOf(body.scopes),
    corsOrigins: wordsOf(body.cors_origins),
    skipConsent: textOf(body.skip_consent) !== undefined,
    introspectAny: textOf(body.introspect_any) !== undefined,
    pkce: textOf(body.pkce),
    redirectMatch: textOf(body.redirect_match),
    accessTokenLifetime: textOf(body.access_token_lifetime),
    refreshTokenLifetime: textOf(body.refresh_token_lifetime),
    refreshGracePeriod: textOf(body.refresh_grace_period),
    idTokenAlg: textOf(body.id_token_alg),
    tokenFormat: textOf(body.token_format),
  };
}

/** The form filled in with what is stored. */
export function fillForm(settings: ApplicationSettings): ApplicationInput {
  return {
    ...settings,
    scopes: settings.scopes ?? [],
    corsOrigins: settings.corsOrigins ?? [],
    accessTokenLifetime: settings.accessTokenLifetime?.toString() ?? '',
    refreshTokenLifetime: settings.refreshTokenLifetime?.toString() ?? '',
    refreshGracePeriod: settings.refreshGracePeriod?.toString() ?? '',
  };
}

/** The form of a new application: a web application with a server, which most are. */
export const EMPTY_FORM: ApplicationInput = {
  clientType: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token'],
};

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A checkbox group: absent when nothing is ticked, a string for one, an array or (above 20) an object for several. */
function checkedOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Object.values(value ?? {}).filter((item): item is string => typeof item === 'string');
}

function wordsOf(value: unknown): string[] | undefined {
  return textOf(value)?.split(/\s+/).filter(Boolean);
}
