/** The registration form: its stable field names on one side, the input of the rules on the other. */

import type { ApplicationSettings } from '../application.js';
import type { ApplicationInput } from './rules.js';
import { GRANTS_OF_TOOLKIT } from './toolkit-grants.js';

type Body = Record<string, unknown>;

/** Takes the fields of the form and nothing else, so that no other property of an application can be sent along. */
export function readForm(body: Body): ApplicationInput {
  return {
    name: findText(body.name),
    kind: findText(body.kind),
    description: findText(body.description),
    contacts: wordsOf(body.contacts, /[\s,;]+/),
    clientType: findText(body.client_type),
    grantTypes: grantsOf(body),
    redirectUris: wordsOf(body.redirect_uris),
    postLogoutRedirectUris: wordsOf(body.post_logout_redirect_uris),
    scopes: checkedOf(body.scopes),
    defaultScopes: checkedOf(body.default_scopes),
    corsOrigins: wordsOf(body.cors_origins),
    // The form never sends skip_consent: it is how scripts say it that know the form of older versions.
    consent: findText(body.skip_consent) === undefined ? findText(body.consent) : 'skip',
    introspectAny: findText(body.introspect_any) !== undefined,
    pkce: findText(body.pkce),
    redirectMatch: findText(body.redirect_match),
    accessTokenLifetime: findText(body.access_token_lifetime),
    refreshTokenLifetime: findText(body.refresh_token_lifetime),
    refreshGracePeriod: findText(body.refresh_grace_period),
    idTokenAlg: findText(body.id_token_alg) ?? findText(body.algorithm),
    tokenFormat: findText(body.token_format),
  };
}

/** The form filled in with what is stored. */
export function fillForm(settings: ApplicationSettings): ApplicationInput {
  return {
    ...settings,
    scopes: settings.scopes ?? [],
    defaultScopes: settings.defaultScopes ?? [],
    corsOrigins: settings.corsOrigins ?? [],
    accessTokenLifetime: settings.accessTokenLifetime?.toString() ?? '',
    refreshTokenLifetime: settings.refreshTokenLifetime?.toString() ?? '',
    refreshGracePeriod: settings.refreshGracePeriod?.toString() ?? '',
  };
}

/** The form of a new application: a web application with a server, which most are. */
export const EMPTY_FORM: ApplicationInput = { kind: 'web' };

function findText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function grantsOf(body: Body): string[] {
  const grant = findText(body.authorization_grant_type);
  if (body.grant_types !== undefined || !grant) return checkedOf(body.grant_types);
  return GRANTS_OF_TOOLKIT.get(grant) ?? [grant];
}

/** A checkbox group: absent when nothing is ticked, a string for one, an array or (above 20) an object for several. */
function checkedOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Object.values(value ?? {}).filter((item): item is string => typeof item === 'string');
}

function wordsOf(value: unknown, separator = /\s+/): string[] | undefined {
  return findText(value)?.split(separator).filter(Boolean);
}
