/**
 * The lines of `latchkey export`, one JSON object each, documented in docs/export-format.md: what a line must be to be
 * read back, and how each is made. Names are those of the database and of OAuth; times are ISO 8601.
 */
import { z } from 'zod';
import type { BroughtAccount } from '../../accounts/bring-accounts.js';
import {
  APPLICATION_KINDS,
  CLIENT_TYPES,
  CONSENT_RULES,
  GRANT_TYPES,
  ID_TOKEN_ALGS,
  PKCE_RULES,
  REDIRECT_MATCHES,
  TOKEN_FORMATS,
} from '../../applications/application.js';
import type { BroughtApplication } from '../../applications/bring-applications.js';
import { guessKind } from '../../applications/settings/kinds.js';
import type { BroughtTeam } from '../../applications/teams/bring-teams.js';
import { ROLES } from '../../applications/teams/team.js';
import type { BroughtConsent } from '../../authorization/bring-consents.js';
import type { BroughtToken } from '../../tokens/bring-tokens.js';

export const FORMAT = 1;

const moment = z.iso.datetime().transform((text) => new Date(text));
const id = z.number().int().positive();
const seconds = z.number().int().nonnegative().nullable();
const texts = z.array(z.string());
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const toBytes = (hex: string) => Buffer.from(hex, 'hex');
const anything = z.record(z.string(), z.unknown());

const header = z.object({ type: z.literal('latchkey'), format: z.literal(FORMAT), issuer: z.string() });
const group = z
  .object({ type: z.literal('group'), name: z.string().min(1), requires_factor: z.boolean() })
  .transform(({ type, name, requires_factor: requiresFactor }) => ({
    type,
    group: { name, requiresFactor },
  }));

const user = z
  .object({
    type: z.literal('user'),
    id,
    username: z.string().min(1),
    email: z.string(),
    email_verified_at: moment.nullable(),
    first_name: z.string(),
    last_name: z.string(),
    password_hash: z.string().nullable(),
    is_superuser: z.boolean(),
    disabled_at: moment.nullable(),
    claims: anything,
    groups: texts,
    created_at: moment,
    updated_at: moment,
  })
  .transform((line) => {
    const account: BroughtAccount & { id: number } = {
      id: line.id,
      username: line.username,
      email: line.email,
      emailVerifiedAt: line.email_verified_at,
      firstName: line.first_name,
      lastName: line.last_name,
      passwordHash: line.password_hash,
      isSuperuser: line.is_superuser,
      disabledAt: line.disabled_at,
      claims: line.claims,
      groups: line.groups,
      createdAt: line.created_at,
      updatedAt: line.updated_at,
    };
    return { type: line.type, account };
  });

const team = z
  .object({
    type: z.literal('team'),
    id,
    name: z.string().min(1),
    members: z.array(z.object({ user_id: id, role: z.enum(ROLES), joined_at: moment })),
    created_at: moment,
  })
  .transform(({ type, id: teamId, name, members, created_at: createdAt }) => {
    const brought: BroughtTeam & { id: number } = {
      id: teamId,
      name,
      createdAt,
      members: members.map(({ user_id: accountId, role, joined_at: joinedAt }) => ({
        accountId,
        role,
        joinedAt,
      })),
    };
    return { type, team: brought };
  });

const secret = z
  .object({
    hash: z.string(),
    hint: z.string(),
    // The next three are not in exports of older versions.
    name: z.string().default(''),
    created_by: id.nullable().default(null),
    expiry_mails: z.number().int().min(0).max(2).default(0),
    created_at: moment,
    expires_at: moment.nullable(),
  })
  .transform((line) => ({
    hash: line.hash,
    hint: line.hint,
    name: line.name,
    createdBy: line.created_by,
    expiryMails: line.expiry_mails,
    createdAt: line.created_at,
    expiresAt: line.expires_at,
  }));

const application = z
  .object({
    type: z.literal('application'),
    client_id: z.string().min(1),
    owner_id: id.nullable(),
    // Not in exports of before teams came along.
    team_id: id.nullable().default(null),
    name: z.string().min(1),
    // The optional ones are not in the files of older versions.
    kind: z.enum(APPLICATION_KINDS).optional(),
    description: z.string().optional(),
    contacts: texts.optional(),
    client_type: z.enum(CLIENT_TYPES),
    grant_types: z.array(z.enum(GRANT_TYPES)),
    redirect_uris: texts,
    post_logout_redirect_uris: texts,
    scopes: texts.nullable(),
    default_scopes: texts.nullable().optional(),
    cors_origins: texts.nullable(),
    consent: z.enum(CONSENT_RULES).optional(),
    skip_consent: z.boolean(),
    introspect_any: z.boolean(),
    pkce: z.enum(PKCE_RULES),
    redirect_match: z.enum(REDIRECT_MATCHES),
    access_token_lifetime: seconds,
    refresh_token_lifetime: seconds,
    refresh_grace_period: seconds,
    id_token_alg: z.enum(ID_TOKEN_ALGS),
    // Not in exports of before it was a setting.
    token_format: z.enum(TOKEN_FORMATS).default('opaque'),
    disabled_at: moment.nullable(),
    secrets: z.array(secret),
    created_at: moment,
    updated_at: moment,
  })
  .refine((line) => line.owner_id === null || line.team_id === null, {
    path: ['team_id'],
    error: 'an application is of an owner or of a team, and not of both',
  })
  .transform((line) => {
    const { client_type: clientType, grant_types: grantTypes, redirect_uris: redirectUris } = line;
    const brought: BroughtApplication = {
      clientId: line.client_id,
      ownerId: line.owner_id,
      teamId: line.team_id,
      name: line.name,
      kind: line.kind ?? guessKind({ clientType, grantTypes, redirectUris }),
      description: line.description ?? '',
      contacts: line.contacts ?? [],
      clientType,
      grantTypes,
      redirectUris,
      postLogoutRedirectUris: line.post_logout_redirect_uris,
      scopes: line.scopes,
      defaultScopes: line.default_scopes ?? null,
      corsOrigins: line.cors_origins,
      consent: line.consent ?? (line.skip_consent ? 'skip' : 'once'),
      introspectAny: line.introspect_any,
      pkce: line.pkce,
      redirectMatch: line.redirect_match,
      accessTokenLifetime: line.access_token_lifetime,
      refreshTokenLifetime: line.refresh_token_lifetime,
      refreshGracePeriod: line.refresh_grace_period,
      idTokenAlg: line.id_token_alg,
      tokenFormat: line.token_format,
      disabledAt: line.disabled_at,
      createdAt: line.created_at,
      updatedAt: line.updated_at,
      secrets: line.secrets,
    };
    return { type: line.type, application: brought };
  });

const consent = z
  .object({
    type: z.literal('consent'),
    user_id: id,
    client_id: z.string(),
    scopes: texts,
    rejected_scopes: texts,
    claims: texts,
    rejected_claims: texts,
    created_at: moment,
    updated_at: moment,
  })
  .transform((line) => {
    const brought: BroughtConsent = {
      accountId: line.user_id,
      clientId: line.client_id,
      scopes: line.scopes,
      rejectedScopes: line.rejected_scopes,
      claims: line.claims,
      rejectedClaims: line.rejected_claims,
      createdAt: line.created_at,
      updatedAt: line.updated_at,
    };
    return { type: line.type, consent: brought };
  });

const token = z
  .object({
    type: z.literal('token'),
    kind: z.enum(['access', 'refresh']),
    sha256: hash,
    client_id: z.string(),
    user_id: id.nullable(),
    scope: z.string().nullable(),
    issued_at: moment,
    expires_at: moment,
    details: anything,
    grant: z
      .object({ id: z.string().min(1), details: anything, created_at: moment, expires_at: moment })
      .nullable(),
    access_token: z.object({ sha256: hash, expires_at: moment }).nullable(),
  })
  .transform((line) => {
    const { grant, user_id: accountId, client_id: clientId } = line;
    const brought: BroughtToken = {
      kind: line.kind,
      hash: toBytes(line.sha256),
      clientId,
      accountId,
      grantId: grant?.id ?? null,
      issuedAt: line.issued_at,
      expiresAt: line.expires_at,
      scope: line.scope,
      details: line.details,
      accessTokenHash: line.access_token ? toBytes(line.access_token.sha256) : null,
      accessTokenExpiresAt: line.access_token?.expires_at ?? null,
    };
    if (grant && accountId !== null) {
      const { id: grantId, details, created_at: createdAt, expires_at: expiresAt } = grant;
      brought.grant = { id: grantId, accountId, clientId, details, createdAt, expiresAt };
    }
    return { type: line.type, token: brought };
  });

/** What stands in a line, as it is stored. */
export const anyLine = z.discriminatedUnion('type', [header, group, user, team, application, consent, token]);
export type Line = z.output<typeof anyLine>;
