/** Turns what a form or the command line holds into settings that may be stored, or into a sentence per field. */
import { isDeepStrictEqual } from 'node:util';
import type { FieldErrors } from '../../http/errors.js';
import {
  APPLICATION_KINDS,
  type ApplicationKind,
  type ApplicationSettings,
  ID_TOKEN_ALGS,
  REDIRECT_MATCHES,
  TOKEN_FORMATS,
} from '../application.js';
import { checkContacts, checkDescription, checkName } from './check-about.js';
import { checkClientType, checkConsent, checkGrantTypes, checkPkce } from './check-grants.js';
import { checkDefaultScopes, checkScopes } from './check-scopes.js';
import { checkOrigins, checkPostLogoutRedirectUris, checkRedirectUris } from './check-uris.js';
import { choose } from './choose.js';
import { guessKind, inOrder, usualSettings } from './kinds.js';
import type { ApplicationInput, Checking, Rules } from './rules.js';

type Checked =
  | { settings: ApplicationSettings; errors?: undefined }
  | { settings?: undefined; errors: FieldErrors };

/** @param current the application that is changed; undefined for a new one */
export function checkSettings(typed: ApplicationInput, rules: Rules, current?: ApplicationSettings): Checked {
  const errors: FieldErrors = {};
  const kind = checkKind(typed, current, errors);
  const input = takeUsualOf(kind, typed, current);
  const checking: Checking = { input, rules, current, kind, errors };
  const { longest } = rules;
  const clientType = checkClientType(checking);
  const grantTypes = checkGrantTypes(checking, clientType);
  const scopes = checkScopes(checking);
  const settings: ApplicationSettings = {
    name: checkName(checking),
    kind,
    description: checkDescription(checking),
    contacts: checkContacts(checking),
    clientType,
    grantTypes,
    redirectUris: checkRedirectUris(checking, clientType, grantTypes),
    postLogoutRedirectUris: checkPostLogoutRedirectUris(checking, clientType),
    scopes,
    defaultScopes: checkDefaultScopes(checking, scopes),
    corsOrigins: checkOrigins(checking),
    consent: checkConsent(checking),
    introspectAny: (rules.trusted ? input.introspectAny : undefined) ?? current?.introspectAny ?? false,
    pkce: checkPkce(checking, clientType),
    redirectMatch: choose(checking, 'redirectMatch', REDIRECT_MATCHES, current?.redirectMatch ?? 'exact'),
    idTokenAlg: choose(checking, 'idTokenAlg', ID_TOKEN_ALGS, current?.idTokenAlg ?? 'RS256'),
    tokenFormat: choose(checking, 'tokenFormat', TOKEN_FORMATS, current?.tokenFormat ?? 'opaque'),
    accessTokenLifetime: checkSeconds(checking, 'accessTokenLifetime', 1, longest.accessToken),
    refreshTokenLifetime: checkSeconds(checking, 'refreshTokenLifetime', 1, longest.refreshToken),
    refreshGracePeriod: checkSeconds(checking, 'refreshGracePeriod', 0, longest.refreshGracePeriod),
  };
  if (settings.introspectAny && clientType === 'public') {
    errors.introspectAny = 'Only a confidential client may introspect the tokens of others.';
  }
  return Object.keys(errors).length ? { errors } : { settings };
}

function checkKind(
  input: ApplicationInput,
  current: ApplicationSettings | undefined,
  errors: FieldErrors,
): ApplicationKind {
  const guessed = guessKind({
    clientType: input.clientType === 'public' ? 'public' : 'confidential',
    grantTypes: input.grantTypes ?? [],
    redirectUris: input.redirectUris ?? [],
  });
  return choose({ input, errors }, 'kind', APPLICATION_KINDS, current?.kind ?? guessed);
}

/**
 * Whoever changes the kind means what is usual for it as well: a setting that was as usual for the old kind, and that the
 * form sent back as it was, becomes as usual for the new one.
 */
function takeUsualOf(
  kind: ApplicationKind,
  input: ApplicationInput,
  current: ApplicationSettings | undefined,
): ApplicationInput {
  if (!current || kind === current.kind) return input;
  const usual = usualSettings(current.kind);
  const isUntouched = (field: 'clientType' | 'pkce') =>
    current[field] === usual[field] && (input[field] ?? current[field]) === current[field];
  const isUntouchedList =
    isDeepStrictEqual(current.grantTypes, usual.grantTypes) &&
    isDeepStrictEqual(inOrder(input.grantTypes ?? current.grantTypes), current.grantTypes);
  const taken = { ...input };
  if (isUntouched('clientType')) taken.clientType = usualSettings(kind).clientType;
  if (isUntouched('pkce')) taken.pkce = '';
  if (isUntouchedList) taken.grantTypes = usualSettings(kind).grantTypes;
  return taken;
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
