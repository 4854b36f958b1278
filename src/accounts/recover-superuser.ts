import { type Administrator, recordAdministration } from '../audit/audit.js';
import type { Database } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { text } from '../languages/texts.js';
import type { Mails } from '../mail/mails.js';
import type { Account } from './account.js';
import { resetFactors } from './factors/reset-factors.js';
import { getAccount } from './find-account.js';
import type { MailedLinks } from './mailed-links.js';
import { startReset } from './recovery/start-reset.js';
import { setAccountEnabled } from './set-account-enabled.js';
import { setSuperuser } from './set-superuser.js';
import { listSuperusers } from './store.js';

interface RecoverDeps {
  database: Database;
  mails: Mails;
  mailedLinks: MailedLinks;
}

/** @throws AppError superuser_unclear unless there is exactly one */
async function getOnlySuperuser({ knex }: Database): Promise<Account> {
  const superusers = await listSuperusers(knex);
  const [only, ...others] = superusers;
  if (only && !others.length) return only;
  throw new AppError(409, 'superuser_unclear', text('accounts.administration.superuserUnclear'), {
    hint: superusers.map(({ username }) => username).join(', '),
  });
}

/**
 * For the owner of the machine, by the command line alone: makes the account a superuser that can sign in, whatever it
 * was before.
 * @param username undefined: the only superuser
 * @returns a link for a new password, good for an hour
 * @throws AppError account_not_found, superuser_unclear
 */
export async function recoverSuperuser(
  deps: RecoverDeps,
  username: string | undefined,
  { by, removeFactors }: { by: Administrator; removeFactors: boolean },
): Promise<{ account: Account; link: string }> {
  const { database } = deps;
  const { id } =
    username === undefined ? await getOnlySuperuser(database) : await getAccount(database.knex, username);
  return database.knex.transaction(async (transaction) => {
    const inTransaction = { ...deps, database: { ...database, knex: transaction } };
    await setAccountEnabled(inTransaction.database, id, true, by);
    await setSuperuser(inTransaction.database, id, true, by);
    if (removeFactors) await resetFactors(inTransaction, id, by);
    const event = { event: 'superuser.recovered', at: new Date(), accountId: id } as const;
    await recordAdministration(transaction, by, event);
    const { account, link } = await startReset(inTransaction, id, { by, isMailed: false });
    return { account, link: link! };
  });
}
