import { recordEvent } from '../audit/audit.js';
import type { Database } from '../database/database.js';
import { text } from '../languages/texts.js';
import type { Account } from './account.js';
import { isForeignAddress } from './account-fields.js';
import { type AccountResult, USERNAME_TAKEN } from './create-account.js';
import { isUsernameRetired } from './leaving/store.js';
import { claimsFrom, PROFILE_FIELDS, type Profile, profileOf } from './profile-form.js';
import { isUsernameTaken, updateAccount } from './store.js';

/** The names of what changed are recorded, not the values. */
export async function editProfile(
  database: Database,
  account: Account,
  profile: Profile,
  from: { network: string; requestId: string },
): Promise<AccountResult> {
  const before = profileOf(account);
  const changed = PROFILE_FIELDS.filter((field) => (before[field] ?? '') !== profile[field]);
  if (!changed.length) return { ok: true, account };

  if (changed.includes('username') && (await isUsernameRetired(database.knex, profile.username)))
    return { ok: false, errors: { username: USERNAME_TAKEN } };

  if (changed.includes('username') && isForeignAddress(profile.username, account.email))
    return { ok: false, errors: { username: text('accounts.refused.usernameIsAddress') } };

  const at = new Date();
  const changes = {
    username: profile.username,
    firstName: profile.first_name,
    lastName: profile.last_name,
    claims: claimsFrom(profile),
  };
  try {
    const saved = await database.knex.transaction(async (transaction) => {
      const details = { changed };
      await recordEvent(transaction, {
        event: 'profile.changed',
        at,
        accountId: account.id,
        ...from,
        details,
      });
      return updateAccount(transaction, account.id, changes, at);
    });
    return { ok: true, account: saved ?? account };
  } catch (error) {
    if (isUsernameTaken(error)) return { ok: false, errors: { username: USERNAME_TAKEN } };
    throw error;
  }
}
