import { type Administrator, recordAdministration } from '../../audit/audit.js';
import type { Database } from '../../database/database.js';
import type { Mails } from '../../mail/mails.js';
import { notify } from '../../mail/notify.js';
import type { Account } from '../account.js';
import { getAccount, type Who } from '../find-account.js';
import { removeAllFactors } from './change-factors.js';

/**
 * For somebody who has lost every second factor, once whoever runs the server is sure who they are. Browsers that are
 * signed in stay so. Where a group requires a factor, one is set up at the next sign-in.
 * @throws AppError account_not_found
 */
export async function resetFactors(
  { database, mails }: { database: Database; mails: Mails },
  who: Who,
  by: Administrator = {},
): Promise<Account> {
  return database.knex.transaction(async (transaction) => {
    const account = await getAccount(transaction, who);
    await removeAllFactors(transaction, account.id);
    const event = { event: 'factors.reset', at: new Date(), accountId: account.id } as const;
    await recordAdministration(transaction, by, event);
    await notify(mails, transaction, { accountId: account.id, notice: 'factorsReset', values: {} });
    return account;
  });
}
