/**
 * Disabling ends what an account can do without losing what it did: its sessions and tokens are refused wherever they are
 * checked, and are gone for good, so that enabling it again gives nothing back to whoever had stolen them.
 */
import { type Administrator, recordAdministration } from '../audit/audit.js';
import type { Database, Db } from '../database/database.js';
import type { Account } from './account.js';
import { endAllAccess } from './end-all-access.js';
import { getAccount, type Who } from './find-account.js';
import { requireAnotherSuperuser } from './last-superuser.js';
import { dropDeletion, forbidCancelling } from './leaving/store.js';
import { updateAccount } from './store.js';

/**
 * @param also done in the same transaction, when it was not so already
 * @returns the account as it is now; already being so is no error
 * @throws AppError account_not_found, or last_superuser when nobody could administer the server any more
 */
export async function setAccountEnabled(
  database: Database,
  who: Who,
  isEnabled: boolean,
  by: Administrator = {},
  also: (transaction: Db, account: Account) => Promise<void> = async () => {},
): Promise<Account> {
  const at = new Date();
  return database.knex.transaction(async (transaction) => {
    if (!isEnabled) await requireAnotherSuperuser(transaction, await getAccount(transaction, who));
    const account = await getAccount(transaction, who);
    // Whoever is leaving is disabled already; from now on they cannot undo it, or do not leave any more.
    if (isEnabled) await dropDeletion(transaction, account.id);
    else await forbidCancelling(transaction, account.id);
    if ((account.disabledAt === null) === isEnabled) return account;
    // When it is enabled too: a sign-in under way while it was disabled may have ended just after.
    await endAllAccess(transaction, account.id);
    const changed = await updateAccount(transaction, account.id, { disabledAt: isEnabled ? null : at }, at);
    const event = isEnabled ? 'account.enabled' : 'account.disabled';
    await recordAdministration(transaction, by, { event, at, accountId: account.id });
    await also(transaction, account);
    return changed ?? account;
  });
}
