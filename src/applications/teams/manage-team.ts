/** Making, renaming and deleting a team; each is recorded. */
import { type EventName, recordEvent } from '../../audit/audit.js';
import type { Db } from '../../database/database.js';
import { AppError, notFound } from '../../http/errors.js';
import type { Change } from '../record-change.js';
import { enforceTeamQuota } from './quotas.js';
import {
  countTeamApplications,
  deleteTeam,
  insertMember,
  insertTeam,
  lockTeam,
  updateTeamName,
} from './store.js';
import type { Team } from './team.js';

/**
 * An event of a team, under the account it concerns where there is one, and who acted when that is somebody else.
 * Pass the transaction of the change itself.
 */
export async function recordTeamEvent(
  transaction: Db,
  event: EventName,
  team: Pick<Team, 'id' | 'name'>,
  { by, at }: Change,
  { accountId, ...details }: { accountId?: number | undefined; [name: string]: unknown } = {},
): Promise<void> {
  const concerned = accountId ?? by.accountId;
  await recordEvent(transaction, {
    event,
    at,
    accountId: concerned,
    actorId: by.accountId === concerned ? undefined : by.accountId,
    network: by.network,
    requestId: by.requestId,
    details: { team: team.name, team_id: team.id, ...details },
  });
}

/** @throws AppError 429 when the person is in too many teams */
export async function makeTeam(db: Db, name: string, ownerId: number, change: Change): Promise<number> {
  return db.transaction(async (transaction) => {
    await enforceTeamQuota(transaction, ownerId, change.at);
    const id = await insertTeam(transaction, name, change.at);
    await insertMember(transaction, { teamId: id, accountId: ownerId, role: 'owner', at: change.at });
    await recordTeamEvent(transaction, 'team.created', { id, name }, change, { accountId: ownerId });
    return id;
  });
}

export async function renameTeam(db: Db, id: number, name: string, change: Change): Promise<void> {
  await db.transaction(async (transaction) => {
    const team = await lockTeam(transaction, id);
    if (!team) throw notFound();
    if (team.name === name) return;
    await updateTeamName(transaction, id, name);
    await recordTeamEvent(transaction, 'team.renamed', { id, name }, change, { from: team.name });
  });
}

/** @throws AppError 409 while it owns applications */
export async function removeTeam(db: Db, id: number, change: Change): Promise<void> {
  await db.transaction(async (transaction) => {
    const team = await lockTeam(transaction, id);
    if (!team) throw notFound();
    if (await countTeamApplications(transaction, id)) throw stillOwns(team);
    await deleteTeam(transaction, id);
    await recordTeamEvent(transaction, 'team.deleted', team, change);
  });
}

function stillOwns({ id, name }: Team): AppError {
  return new AppError(409, 'owns_applications', `The team ${name} still owns applications.`, {
    hint: 'Hand each of them over to somebody, or delete it, before you delete the team.',
    link: { href: `/applications/teams/${id}`, text: name },
  });
}
