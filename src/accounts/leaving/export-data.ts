/** Everything the server holds about a person, for themselves: names, times and places, and no secret of any kind. */
import { listApplications } from '../../applications/list-applications.js';
import { selectTeamsOf } from '../../applications/teams/store.js';
import { recordEvent } from '../../audit/audit.js';
import { listEveryEventOf } from '../../audit/list-events.js';
import { listAuthorizedApplications } from '../../authorization/consents.js';
import type { Db } from '../../database/database.js';
import { listSessionsOf } from '../../engine/storage/account-sessions.js';
import type { Account } from '../account.js';
import { findEmailChange } from '../email-addresses/store.js';
import { findFactors } from '../factors/find-factors.js';
import { listRememberedBrowsers } from '../factors/remembered-browsers.js';
import { listGroupsOf } from '../groups.js';
import { listPasskeysOf } from '../passkeys/store.js';
import { listPersonalTokensOf } from '../personal-tokens/store.js';

interface Origin {
  network: string;
  requestId: string;
}

/** That it was handed out is recorded, and so among what is handed out. */
export async function exportData(
  db: Db,
  account: Account,
  issuer: string,
  from: Origin,
): Promise<Record<string, unknown>> {
  await recordEvent(db, { event: 'data.exported', at: new Date(), accountId: account.id, ...from });
  return collectData(db, account, issuer);
}

/** JSON, its names written as on the wire; times are ISO 8601 in UTC. */
async function collectData(db: Db, account: Account, issuer: string): Promise<Record<string, unknown>> {
  const at = new Date();
  const { id } = account;
  const emailChange = await findEmailChange(db, id, at);
  const factors = await findFactors(db, id);
  const owned = await listApplications(db, { ownerId: id });
  return {
    exported_at: at,
    server: issuer,
    account: {
      id,
      username: account.username,
      email: account.email,
      email_verified_at: account.emailVerifiedAt,
      email_wanted: emailChange?.email,
      first_name: account.firstName,
      last_name: account.lastName,
      is_superuser: account.isSuperuser,
      has_password: account.passwordHash !== null,
      ...account.claims,
      created_at: account.createdAt,
      updated_at: account.updatedAt,
    },
    groups: await listGroupsOf(db, id),
    sessions: (await listSessionsOf(db, id, at)).map((session) => ({
      signed_in_at: session.createdAt,
      last_used_at: session.lastUsedAt,
      network: session.network,
      user_agent: session.userAgent,
      by_operators: session.isImpersonation,
    })),
    authorized_applications: (await listAuthorizedApplications(db, id, at)).map((application) => ({
      client_id: application.clientId,
      name: application.name,
      scopes: application.scopes,
      allowed_at: application.allowedAt,
      sign_ins: application.signIns,
      last_sign_in_at: application.lastSignInAt,
    })),
    own_applications: owned.applications.map((application) => ({
      client_id: application.clientId,
      name: application.name,
      created_at: application.createdAt,
    })),
    teams: (await selectTeamsOf(db, id)).map((team) => ({ name: team.name, role: team.role })),
    second_step: { app_since: factors.appSince, recovery_codes_left: factors.recoveryCodes },
    remembered_browsers: (await listRememberedBrowsers(db, id, at)).map((browser) => ({
      remembered_at: browser.createdAt,
      last_used_at: browser.lastUsedAt,
      expires_at: browser.expiresAt,
      network: browser.network,
      user_agent: browser.userAgent,
    })),
    passkeys: (await listPasskeysOf(db, id)).map((passkey) => ({
      name: passkey.name,
      created_at: passkey.createdAt,
      last_used_at: passkey.lastUsedAt,
    })),
    access_tokens: (await listPersonalTokensOf(db, id, at)).map((token) => ({
      name: token.name,
      scopes: token.scopes,
      created_at: token.createdAt,
      expires_at: token.expiresAt,
      last_used_at: token.lastUsedAt,
      last_network: token.lastNetwork,
    })),
    events: await listEveryEventOf(db, id),
  };
}
