import { type Administrator, recordAdministration } from '../audit/audit.js';
import type { Database } from '../database/database.js';
import type { Account } from './account.js';
import { dropEmailChange } from './email-addresses/change-email.js';
import { endAllAccess } from './end-all-access.js';
import { getAccount, type Who } from './find-account.js';

/**
 * For an account that may be in the wrong hands: every browser is signed out, applications lose what they hold, and tokens
 * made by hand are revoked; a change of the email address that is under way, which may be theirs, is dropped. What the person has consented to is remembered, so that signing in again asks nothing new.
 * @throws AppError account_not_found
 */
export async function signOutEverywhere(
  database: Database,
  who: Who,
  by: Administrator = {},
): Promise<Account> {
  return database.knex.transaction(async (transaction) => {
    const account = await getAccount(transaction, who);
    await endAllAccess(transaction, account.id);
    await dropEmailChange(transaction, account.id);
    const event = { event: 'account.signed_out', at: new Date(), accountId: account.id } as const;
    await recordAdministration(transaction, by, event);
    return account;
  });
}
