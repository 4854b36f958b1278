/** Who is in a team, and as what. A team always keeps an owner who can sign in. */
import { lockAccount } from '../../accounts/store.js';
import type { Db } from '../../database/database.js';
import { AppError, notFound } from '../../http/errors.js';
import type { Change } from '../record-change.js';
import { deleteInvitationsBy } from './invitations-store.js';
import { recordTeamEvent } from './manage-team.js';
import { deleteMember, insertMember, lockTeam, selectMembers, updateRole } from './store.js';
import type { Member, Role, Team } from './team.js';

/** Holds the team. @throws AppError 404 when it is gone, or this is none of its members */
async function lockMember(
  transaction: Db,
  teamId: number,
  accountId: number,
): Promise<{ team: Team; member: Member; others: Member[] }> {
  const team = await lockTeam(transaction, teamId);
  const members = team ? await selectMembers(transaction, teamId) : [];
  const member = members.find((each) => each.accountId === accountId);
  if (!team || !member) throw notFound();
  return { team, member, others: members.filter((each) => each !== member) };
}

export const isOwnerLeft = (members: Member[]): boolean =>
  members.some(({ role, isDisabled }) => role === 'owner' && !isDisabled);

function requireOwnerAmong(others: Member[], { name }: Team): void {
  if (isOwnerLeft(others)) return;
  throw new AppError(422, 'last_owner', `Nobody else is an owner of the team ${name}.`, {
    hint: 'Go back and make somebody else an owner first, or delete the team.',
  });
}

/** @throws AppError 404, 422 when it takes away the last owner */
export async function setRole(
  db: Db,
  teamId: number,
  accountId: number,
  { role, ...change }: Change & { role: Role },
): Promise<void> {
  await db.transaction(async (transaction) => {
    const { team, member, others } = await lockMember(transaction, teamId, accountId);
    if (member.role === role) return;
    if (role === 'member') requireOwnerAmong(others, team);
    await updateRole(transaction, teamId, accountId, role);
    // What they have invited somebody as is theirs to offer no longer.
    if (role === 'member') await deleteInvitationsBy(transaction, teamId, accountId);
    await recordTeamEvent(transaction, 'team.role_changed', team, change, { accountId, role });
  });
}

/** Also for somebody who leaves by themselves. @throws AppError 404, 422 when it takes away the last owner */
export async function removeMember(db: Db, teamId: number, accountId: number, change: Change): Promise<void> {
  await db.transaction(async (transaction) => {
    const { team, member, others } = await lockMember(transaction, teamId, accountId);
    if (member.role === 'owner') requireOwnerAmong(others, team);
    await deleteMember(transaction, teamId, accountId);
    // Or else whoever was removed comes back by an invitation to themselves.
    await deleteInvitationsBy(transaction, teamId, accountId);
    await recordTeamEvent(transaction, 'team.left', team, change, { accountId });
  });
}

/**
 * Without an invitation: for whoever runs the server.
 * @returns false when they are in it already
 * @throws AppError 404
 */
export async function addMember(
  db: Db,
  teamId: number,
  accountId: number,
  { role, ...change }: Change & { role: Role },
): Promise<boolean> {
  return db.transaction(async (transaction) => {
    // The account before the team, as whoever is leaving holds them.
    await lockAccount(transaction, accountId);
    const team = await lockTeam(transaction, teamId);
    if (!team) throw notFound();
    const isNew = await insertMember(transaction, { teamId, accountId, role, at: change.at });
    if (isNew) await recordTeamEvent(transaction, 'team.joined', team, change, { accountId, role });
    return isNew;
  });
}
