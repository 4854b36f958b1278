import { isDeepStrictEqual } from 'node:util';
import type { Db } from '../database/database.js';
import type { Application, ApplicationSettings } from './application.js';
import { getLockedApplication } from './find-application.js';
import { type Change, recordChange } from './record-change.js';
import { endSecrets } from './secrets/retired-secrets.js';
import { updateSettings } from './store.js';

/**
 * @param decide what the settings are to be, from those of the locked row, so that nothing decided by somebody else at
 *   the same moment is undone; what it throws undoes the change
 *
 * Records what changed from what to what; a change of nothing leaves no trace.
 * @throws AppError 404 when it was deleted meanwhile
 */
export async function updateApplication(
  db: Db,
  id: number,
  { decide, ...change }: Change & { decide: (current: Application) => ApplicationSettings },
): Promise<Application> {
  return db.transaction(async (transaction) => {
    const before = await getLockedApplication(transaction, id);
    const settings = decide(before);
    const changes = findChanges(before, settings);
    if (!Object.keys(changes).length) return before;
    const after = await updateSettings(transaction, id, settings, change.at);
    // A public client has no secret: one left behind would come back to life with the old client type.
    if (before.clientType !== 'public' && after.clientType === 'public')
      await endSecrets(transaction, { applicationId: id }, { why: 'retired', at: change.at });
    await recordChange(transaction, 'application.changed', after, change, { changes });
    return after;
  });
}

function findChanges(
  before: ApplicationSettings,
  after: ApplicationSettings,
): Record<string, { from: unknown; to: unknown }> {
  const names = Object.keys(after) as (keyof ApplicationSettings)[];
  const changed = names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
  return Object.fromEntries(changed.map((name) => [name, { from: before[name], to: after[name] }]));
}
