/**
 * Disabling ends what an account can do without losing what it did: its sessions and tokens are refused wherever they are
 * checked, and are gone for good, so that enabling it again gives nothing back to whoever had stolen them.
 */
import { recordEvent } from '../audit/audit.js';
import type { Database } from '../database/database.js';
import { endSessionsOf } from '../engine/storage/sessions-store.js';
import { AppError } from '../http/errors.js';
import { text } from '../languages/texts.js';
import { revokeAllGrantsOf } from '../tokens/grants.js';
import type { Account } from './account.js';
import { getAccountByUsername } from './find-account.js';
import { deletePersonalTokensOf } from './personal-tokens/store.js';
import { lockEnabledSuperuserIds, updateAccount } from './store.js';

/**
 * @returns the account as it is now; already being so is no error
 * @throws AppError account_not_found, or last_superuser when nobody could administer the server any more
 */
export async function setAccountEnabled(
  database: Database,
  username: string,
  isEnabled: boolean,
  at = new Date(),
): Promise<Account> {
  return database.knex.transaction(async (transaction) => {
    const superuserIds = await lockEnabledSuperuserIds(transaction);
    const account = await getAccountByUsername(transaction, username);
    if ((account.disabledAt === null) === isEnabled) return account;
    if (!isEnabled && superuserIds.length === 1 && superuserIds[0] === account.id) {
      const { username: name } = account;
      throw new AppError(
        409,
        'last_superuser',
        text('accounts.administration.lastSuperuser', { username: name }),
        {
          hint: text('accounts.administration.lastSuperuserHint'),
        },
      );
    }
    // When it is enabled too: a sign-in under way while it was disabled may have ended just after.
    await endSessionsOf(transaction, account.id);
    await revokeAllGrantsOf(transaction, account.id);
    await deletePersonalTokensOf(transaction, account.id);
    const changed = await updateAccount(transaction, account.id, { disabledAt: isEnabled ? null : at }, at);
    const event = isEnabled ? 'account.enabled' : 'account.disabled';
    await recordEvent(transaction, { event, at, accountId: account.id });
    return changed ?? account;
  });
}
