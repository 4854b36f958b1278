import type { Account } from '../../accounts/account.js';
import type { Db } from '../../database/database.js';
import { AppError, notFound } from '../../http/errors.js';
import { getId } from '../../http/row-id.js';
import { findRole, findTeam } from './store.js';
import type { TeamOfPerson } from './team.js';

/**
 * The team that an address names, and what this account is in it: superusers are owners everywhere.
 * @throws AppError 404 when there is none, or none that this account is in
 */
export async function getTeamFor(
  db: Db,
  account: Pick<Account, 'id' | 'isSuperuser'>,
  id: unknown,
): Promise<TeamOfPerson> {
  const team = await findTeam(db, getId(id));
  if (!team) throw notFound();
  if (account.isSuperuser) return { ...team, role: 'owner' };
  const role = await findRole(db, team.id, account.id);
  if (!role) throw notFound();
  return { ...team, role };
}

/** As getTeamFor. @throws AppError 403 for a member who is no owner */
export async function getTeamOwnedBy(
  db: Db,
  account: Pick<Account, 'id' | 'isSuperuser'>,
  id: unknown,
): Promise<TeamOfPerson> {
  const team = await getTeamFor(db, account, id);
  if (team.role === 'owner') return team;
  throw new AppError(403, 'owners_only', 'Only an owner of the team can do this.', {
    hint: 'The owners are named on the page of the team.',
    link: { href: `/applications/teams/${team.id}`, text: team.name },
  });
}
