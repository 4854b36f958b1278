import { type Administrator, recordAdministration } from '../audit/audit.js';
import type { Database } from '../database/database.js';
import { endImpersonationsBy, endImpersonationsOf } from '../engine/storage/impersonations.js';
import type { Account } from './account.js';
import { getAccount, type Who } from './find-account.js';
import { requireAnotherSuperuser } from './last-superuser.js';
import { updateAccount } from './store.js';

/**
 * A superuser may see and change everything. Whoever is one no longer stays signed in, as anybody else.
 * @returns the account as it is now; already being so is no error
 * @throws AppError account_not_found, or last_superuser when nobody could administer the server any more
 */
export async function setSuperuser(
  database: Database,
  who: Who,
  isSuperuser: boolean,
  by: Administrator = {},
): Promise<Account> {
  const at = new Date();
  return database.knex.transaction(async (transaction) => {
    if (!isSuperuser) await requireAnotherSuperuser(transaction, await getAccount(transaction, who));
    const account = await getAccount(transaction, who);
    if (account.isSuperuser === isSuperuser) return account;
    const changed = await updateAccount(transaction, account.id, { isSuperuser }, at);
    // Nobody acts as a superuser, and nobody acts as somebody else who is none any more.
    await endImpersonationsOf(transaction, account.id);
    await endImpersonationsBy(transaction, account.id);
    const event = isSuperuser ? 'superuser.made' : 'superuser.unmade';
    await recordAdministration(transaction, by, { event, at, accountId: account.id });
    return changed ?? account;
  });
}
