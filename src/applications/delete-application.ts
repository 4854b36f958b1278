import type { Db } from '../database/database.js';
import { getLockedApplication } from './find-application.js';
import { type Change, recordChange } from './record-change.js';
import { deleteApplicationRow } from './store.js';

/**
 * Its secrets and consents go with the row. Its tokens, codes and grants need no deleting: each is looked up together
 * with its application, so they are dead at once on every node, and their rows go when they expire. The client id is
 * random and therefore never given out again.
 * @throws AppError 404 when it was deleted meanwhile
 */
export async function deleteApplication(db: Db, id: number, change: Change): Promise<void> {
  await db.transaction(async (transaction) => {
    const application = await getLockedApplication(transaction, id);
    await deleteApplicationRow(transaction, id);
    await recordChange(transaction, 'application.deleted', application, change, { name: application.name });
  });
}
