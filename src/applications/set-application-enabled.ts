import type { Db } from '../database/database.js';
import { notFound } from '../http/errors.js';
import { type Change, recordChange } from './record-change.js';
import { lockApplication, updateDisabledAt } from './store.js';

/**
 * A disabled application is refused like an unknown one, and its tokens are dead until it is enabled again.
 * @throws AppError 404 when it was deleted meanwhile
 */
export async function setApplicationEnabled(
  db: Db,
  id: number,
  { enabled, ...change }: Change & { enabled: boolean },
): Promise<void> {
  await db.transaction(async (transaction) => {
    const application = await lockApplication(transaction, id);
    if (!application) throw notFound();
    if (enabled === (application.disabledAt === null)) return;
    await updateDisabledAt(transaction, id, enabled ? null : change.at, change.at);
    const event = enabled ? 'application.enabled' : 'application.disabled';
    await recordChange(transaction, event, application, change);
  });
}
