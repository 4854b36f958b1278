import type { Db } from '../../database/database.js';
import { notFound } from '../../http/errors.js';
import { getLockedApplication } from '../find-application.js';
import { enforceOwnedQuota } from '../quotas.js';
import { type Change, recordChange } from '../record-change.js';
import { updateOwner } from '../store.js';
import { deleteTeamApplication, findTeamOfApplication, insertTeamApplication, lockTeam } from './store.js';

/** Who is to look after an application: a person or a team. */
export type NewOwner = { accountId: number } | { teamId: number };

/**
 * Its settings, secrets and tokens stay as they are.
 * @param most how many applications one owner may have; undefined: no limit
 * @throws AppError 404 when the application or the team is gone, 429 when the new owner has as many as they may have
 */
export async function transferApplication(
  db: Db,
  id: number,
  to: NewOwner,
  { most, ...change }: Change & { most?: number | undefined },
): Promise<void> {
  await db.transaction(async (transaction) => {
    const team = 'teamId' in to ? await lockTeam(transaction, to.teamId) : undefined;
    if ('teamId' in to && !team) throw notFound();
    const application = await getLockedApplication(transaction, id);
    const before = await findTeamOfApplication(transaction, id);
    const isTheirs = 'teamId' in to ? before?.id === to.teamId : application.ownerId === to.accountId;
    if (isTheirs) return;
    if (most !== undefined) await enforceOwnedQuota(transaction, to, most);
    if ('teamId' in to) await insertTeamApplication(transaction, to.teamId, id);
    else await deleteTeamApplication(transaction, id);
    const ownerId = 'accountId' in to ? to.accountId : null;
    await updateOwner(transaction, id, ownerId, change.at);
    // Under the one it concerns: whose it was, or else whose it is now.
    const concerned = { clientId: application.clientId, ownerId: application.ownerId ?? ownerId };
    await recordChange(transaction, 'application.transferred', concerned, change, {
      from: { owner: application.ownerId, team: before?.id ?? null },
      to: { owner: ownerId, team: team?.id ?? null },
    });
  });
}
