/** Each record as the line that lines.ts reads back. */
import type { BroughtAccount, BroughtGroup } from '../../accounts/bring-accounts.js';
import type { BroughtApplication } from '../../applications/bring-applications.js';
import { toDocument } from '../../applications/settings/document.js';
import type { BroughtTeam } from '../../applications/teams/bring-teams.js';
import type { BroughtConsent } from '../../authorization/bring-consents.js';
import type { BroughtToken } from '../../tokens/bring-tokens.js';
import { FORMAT } from './lines.js';

export const headerLine = (issuer: string, at: Date) => ({
  type: 'latchkey',
  format: FORMAT,
  issuer,
  exported_at: at,
});

export const groupLine = ({ name, requiresFactor }: BroughtGroup) => ({
  type: 'group',
  name,
  requires_factor: requiresFactor,
});

export const userLine = (account: BroughtAccount) => ({
  type: 'user',
  id: account.id,
  username: account.username,
  email: account.email,
  email_verified_at: account.emailVerifiedAt,
  first_name: account.firstName,
  last_name: account.lastName,
  password_hash: account.passwordHash,
  is_superuser: account.isSuperuser,
  disabled_at: account.disabledAt,
  claims: account.claims,
  groups: account.groups,
  created_at: account.createdAt,
  updated_at: account.updatedAt,
});

export const teamLine = (team: BroughtTeam & { id: number }) => ({
  type: 'team',
  id: team.id,
  name: team.name,
  members: team.members.map(({ accountId, role, joinedAt }) => ({
    user_id: accountId,
    role,
    joined_at: joinedAt,
  })),
  created_at: team.createdAt,
});

export const applicationLine = (application: BroughtApplication) => ({
  type: 'application',
  client_id: application.clientId,
  owner_id: application.ownerId,
  team_id: application.teamId ?? null,
  ...toDocument(application),
  // For versions that know no other rule.
  skip_consent: application.consent === 'skip',
  disabled_at: application.disabledAt,
  secrets: application.secrets.map(({ hash, hint, name, createdBy, expiryMails, createdAt, expiresAt }) => ({
    hash,
    hint,
    name,
    created_by: createdBy,
    expiry_mails: expiryMails,
    created_at: createdAt,
    expires_at: expiresAt,
  })),
  created_at: application.createdAt,
  updated_at: application.updatedAt,
});

export const consentLine = (consent: BroughtConsent) => ({
  type: 'consent',
  user_id: consent.accountId,
  client_id: consent.clientId,
  scopes: consent.scopes,
  rejected_scopes: consent.rejectedScopes,
  claims: consent.claims,
  rejected_claims: consent.rejectedClaims,
  created_at: consent.createdAt,
  updated_at: consent.updatedAt,
});

export const tokenLine = ({ grant, accessTokenHash, accessTokenExpiresAt, ...token }: BroughtToken) => ({
  type: 'token',
  kind: token.kind,
  sha256: token.hash.toString('hex'),
  client_id: token.clientId,
  user_id: token.accountId,
  scope: token.scope,
  issued_at: token.issuedAt,
  expires_at: token.expiresAt,
  details: token.details,
  grant: grant
    ? { id: grant.id, details: grant.details, created_at: grant.createdAt, expires_at: grant.expiresAt }
    : null,
  access_token:
    accessTokenHash && accessTokenExpiresAt
      ? { sha256: accessTokenHash.toString('hex'), expires_at: accessTokenExpiresAt }
      : null,
});
