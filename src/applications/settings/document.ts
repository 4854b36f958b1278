/** The settings of an application as programs read and write them: under the names of OAuth where it has them. */
import { z } from 'zod';
import type { FieldErrors } from '../../http/errors.js';
import {
  APPLICATION_KINDS,
  type ApplicationSettings,
  CLIENT_TYPES,
  CONSENT_RULES,
  GRANT_TYPES,
  ID_TOKEN_ALGS,
  PKCE_RULES,
  REDIRECT_MATCHES,
} from '../application.js';
import type { ApplicationInput } from './rules.js';

const words = z.array(z.string());
const seconds = z.int().nullable().meta({ description: "Seconds; null: the server's setting." });

/** What is left out keeps its value, or is as usual for the kind in a new application. What it may be is checkSettings' to say. */
export const settingsDocument = z
  .strictObject({
    name: z.string(),
    kind: z.enum(APPLICATION_KINDS),
    description: z.string(),
    contacts: words.meta({ description: 'Email addresses of its developers.' }),
    client_type: z.enum(CLIENT_TYPES),
    grant_types: z.array(z.enum(GRANT_TYPES)),
    redirect_uris: words,
    post_logout_redirect_uris: words,
    scopes: words.nullable().meta({ description: 'null: every scope of the server.' }),
    default_scopes: words.nullable().meta({ description: "null: the server's default ones." }),
    cors_origins: words.nullable().meta({ description: 'null: the origins of the redirect URIs.' }),
    consent: z.enum(CONSENT_RULES),
    introspect_any: z.boolean().meta({ description: 'Only superusers may set it.' }),
    pkce: z.enum(PKCE_RULES),
    redirect_match: z.enum(REDIRECT_MATCHES),
    access_token_lifetime: seconds,
    refresh_token_lifetime: seconds,
    refresh_grace_period: seconds,
    id_token_alg: z.enum(ID_TOKEN_ALGS),
  })
  .partial()
  .meta({ id: 'ApplicationSettings' });

export type SettingsDocument = z.infer<typeof settingsDocument>;

export function toDocument(settings: ApplicationSettings): Required<SettingsDocument> {
  return {
    name: settings.name,
    kind: settings.kind,
    description: settings.description,
    contacts: settings.contacts,
    client_type: settings.clientType,
    grant_types: settings.grantTypes,
    redirect_uris: settings.redirectUris,
    post_logout_redirect_uris: settings.postLogoutRedirectUris,
    scopes: settings.scopes,
    default_scopes: settings.defaultScopes,
    cors_origins: settings.corsOrigins,
    consent: settings.consent,
    introspect_any: settings.introspectAny,
    pkce: settings.pkce,
    redirect_match: settings.redirectMatch,
    access_token_lifetime: settings.accessTokenLifetime,
    refresh_token_lifetime: settings.refreshTokenLifetime,
    refresh_grace_period: settings.refreshGracePeriod,
    id_token_alg: settings.idTokenAlg,
  };
}

/** In the input of the rules nothing is an empty list or an empty text. */
const typedSeconds = (value: number | null | undefined) =>
  value === undefined ? undefined : String(value ?? '');
const typedWords = (value: string[] | null | undefined) => (value === null ? [] : value);

export function toInput(document: SettingsDocument): ApplicationInput {
  return {
    name: document.name,
    kind: document.kind,
    description: document.description,
    contacts: document.contacts,
    clientType: document.client_type,
    grantTypes: document.grant_types,
    redirectUris: document.redirect_uris,
    postLogoutRedirectUris: document.post_logout_redirect_uris,
    scopes: typedWords(document.scopes),
    defaultScopes: typedWords(document.default_scopes),
    corsOrigins: typedWords(document.cors_origins),
    consent: document.consent,
    introspectAny: document.introspect_any,
    pkce: document.pkce,
    redirectMatch: document.redirect_match,
    accessTokenLifetime: typedSeconds(document.access_token_lifetime),
    refreshTokenLifetime: typedSeconds(document.refresh_token_lifetime),
    refreshGracePeriod: typedSeconds(document.refresh_grace_period),
    idTokenAlg: document.id_token_alg,
  };
}

/** `redirectUris` is redirect_uris to whoever wrote the document. */
export function nameErrors(errors: FieldErrors): FieldErrors {
  const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(errors).map(([name, problem]) => [snake(name), problem]));
}
