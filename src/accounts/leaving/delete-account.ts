/**
 * A person deletes their account. It is disabled at once, which ends its sessions and tokens everywhere, and removed for
 * good after some days in which they can change their mind (ACCOUNT_DELETION_GRACE_DAYS). Nothing stays but the username,
 * as a hash, so that nobody becomes them at applications that know people by name, and events under a number.
 */
import { listApplications } from '../../applications/list-applications.js';
import { findTeamOnlyOwnedBy, leaveAllTeams } from '../../applications/teams/leave-all-teams.js';
import { recordEvent } from '../../audit/audit.js';
import type { Config } from '../../config/config.js';
import type { Database, Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import type { Language } from '../../languages/languages.js';
import { text } from '../../languages/texts.js';
import type { Mails } from '../../mail/mails.js';
import { notify } from '../../mail/notify.js';
import type { Account } from '../account.js';
import { endAllAccess } from '../end-all-access.js';
import { requireAnotherSuperuser } from '../last-superuser.js';
import { lockAccount, updateAccount } from '../store.js';
import { cancelDeletion, deleteAccount, insertDeletion, takeDueDeletion } from './store.js';

const DAY = 24 * 60 * 60 * 1000;

interface Origin {
  network: string;
  requestId: string;
}

interface DeletionDeps {
  config: Pick<Config, 'accountDeletionGraceDays'>;
  database: Database;
  mails: Mails;
}

async function removeForGood(transaction: Db, accountId: number, at: Date, from?: Origin): Promise<void> {
  await leaveAllTeams(transaction, accountId, at);
  await endAllAccess(transaction, accountId);
  await deleteAccount(transaction, accountId, at);
  await recordEvent(transaction, { event: 'account.deleted', at, accountId, ...from });
}

/** Applications need somebody to look after them, and their users would be locked out. */
async function refuseOwners(transaction: Db, accountId: number): Promise<void> {
  const { total } = await listApplications(transaction, { ownerId: accountId });
  if (!total) return;
  throw new AppError(409, 'owns_applications', text('accounts.leaving.ownsApplications', { count: total }), {
    hint: text('accounts.leaving.ownsApplicationsHint'),
    link: { href: '/applications', text: text('layout.applications') },
  });
}

/** As little as applications can a team be without somebody who looks after it. */
async function refuseLastOwners(transaction: Db, accountId: number): Promise<void> {
  const team = await findTeamOnlyOwnedBy(transaction, accountId);
  if (!team) return;
  throw new AppError(409, 'owns_team', text('accounts.leaving.ownsTeam', { team: team.name }), {
    hint: text('accounts.leaving.ownsTeamHint'),
    link: { href: `/applications/teams/${team.id}`, text: team.name },
  });
}

/**
 * @returns when it is removed; undefined when that is done
 * @throws AppError last_superuser, owns_applications, owns_team
 */
export async function askToDelete(
  { config, database, mails }: DeletionDeps,
  account: Account,
  { language, ...from }: Origin & { language: Language },
): Promise<Date | undefined> {
  const at = new Date();
  const accountId = account.id;
  const graceDays = config.accountDeletionGraceDays;
  return database.knex.transaction(async (transaction) => {
    await requireAnotherSuperuser(transaction, account);
    // Of two requests at once the second finds the account disabled, and itself signed out.
    await lockAccount(transaction, accountId);
    await refuseOwners(transaction, accountId);
    await refuseLastOwners(transaction, accountId);
    if (graceDays === 0) {
      await removeForGood(transaction, accountId, at, from);
      return undefined;
    }
    const dueAt = new Date(at.getTime() + graceDays * DAY);
    await insertDeletion(transaction, { accountId, dueAt }, at);
    await endAllAccess(transaction, accountId);
    await updateAccount(transaction, accountId, { disabledAt: at }, at);
    await recordEvent(transaction, { event: 'account.deletion_asked', at, accountId, ...from });
    const values = { until: dueAt };
    const { network } = from;
    await notify(mails, transaction, {
      accountId,
      notice: 'accountDeletionAsked',
      values,
      network,
      language,
    });
    return dueAt;
  });
}

/** @returns false when there is nothing to cancel any more */
export async function keepAccount(
  transaction: Db,
  accountId: number,
  at: Date,
  from: Origin,
): Promise<boolean> {
  if (!(await cancelDeletion(transaction, accountId, at))) return false;
  await updateAccount(transaction, accountId, { disabledAt: null }, at);
  await recordEvent(transaction, { event: 'account.deletion_cancelled', at, accountId, ...from });
  return true;
}

/**
 * Removes the accounts whose time has come, each in a transaction of its own.
 * @returns how many
 */
export async function removeDueAccounts(
  database: Database,
  at: Date,
  isStopped: () => boolean,
): Promise<number> {
  let removed = 0;
  while (!isStopped()) {
    const isRemoved = await database.knex.transaction(async (transaction) => {
      const accountId = await takeDueDeletion(transaction, at);
      if (accountId !== undefined) await removeForGood(transaction, accountId, at);
      return accountId !== undefined;
    });
    if (!isRemoved) break;
    removed++;
  }
  return removed;
}
