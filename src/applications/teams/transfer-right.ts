/** From whom a person may take an application, and to whom they may give it. */
import type { Account } from '../../accounts/account.js';
import type { Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import { findRole } from './store.js';
import type { Team } from './team.js';
import type { NewOwner } from './transfer-application.js';

type Asking = Pick<Account, 'id' | 'isSuperuser'>;

/**
 * Members change the applications of a team; its owners alone take one out of it.
 * @param team whose the application is; undefined: a person's
 * @throws AppError 403
 */
export async function requireMayTakeFrom(db: Db, account: Asking, team: Team | undefined): Promise<void> {
  if (!team || account.isSuperuser) return;
  if ((await findRole(db, team.id, account.id)) === 'owner') return;
  throw new AppError(403, 'owners_only', 'Only an owner of the team can hand its applications over.', {
    hint: 'The owners are named on the page of the team.',
    link: { href: `/applications/teams/${team.id}`, text: team.name },
  });
}

/** To oneself, or to a team that one is an owner of. */
export async function mayGiveTo(db: Db, account: Pick<Account, 'id'>, to: NewOwner): Promise<boolean> {
  if ('accountId' in to) return to.accountId === account.id;
  return (await findRole(db, to.teamId, account.id)) === 'owner';
}
