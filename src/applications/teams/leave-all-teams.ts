/** What becomes of teams when the account of somebody in them is deleted. */
import { recordEvent } from '../../audit/audit.js';
import type { Db } from '../../database/database.js';
import { isOwnerLeft } from './members.js';
import {
  countTeamApplications,
  deleteAllTeamApplications,
  deleteMember,
  deleteTeam,
  lockTeam,
  selectMembers,
  selectTeamsOf,
  updateRole,
} from './store.js';
import type { Team } from './team.js';

/** A team that would be left to people who cannot manage it, or with applications and nobody at all. */
export async function findTeamOnlyOwnedBy(transaction: Db, accountId: number): Promise<Team | undefined> {
  for (const team of await selectTeamsOf(transaction, accountId)) {
    if (team.role !== 'owner' || !(await lockTeam(transaction, team.id))) continue;
    const others = (await selectMembers(transaction, team.id)).filter((each) => each.accountId !== accountId);
    const isUsed = others.length > 0 || (await countTeamApplications(transaction, team.id)) > 0;
    if (isUsed && !isOwnerLeft(others)) return team;
  }
  return undefined;
}

/**
 * Before the account is removed. Who asks for that is first made to hand over what only they look after
 * (findTeamOnlyOwnedBy), but in the days until it is done the other owners may have gone as well: then the member who has
 * been there longest becomes one. A team of nobody goes, and its applications are nobody's.
 */
export async function leaveAllTeams(transaction: Db, accountId: number, at: Date): Promise<void> {
  for (const team of await selectTeamsOf(transaction, accountId)) {
    if (!(await lockTeam(transaction, team.id))) continue;
    await deleteMember(transaction, team.id, accountId);
    const details = { team: team.name, team_id: team.id };
    await recordEvent(transaction, { event: 'team.left', at, accountId, details });
    const others = await selectMembers(transaction, team.id);
    if (others.some(({ role }) => role === 'owner')) continue;
    const heir = others.find(({ isDisabled }) => !isDisabled) ?? others[0];
    if (heir) {
      await updateRole(transaction, team.id, heir.accountId, 'owner');
      const event = { event: 'team.role_changed', at, accountId: heir.accountId } as const;
      await recordEvent(transaction, { ...event, details: { ...details, role: 'owner' } });
      continue;
    }
    await deleteAllTeamApplications(transaction, team.id);
    await deleteTeam(transaction, team.id);
    await recordEvent(transaction, { event: 'team.deleted', at, accountId, details });
  }
}
