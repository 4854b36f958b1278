import type { Db } from '../../database/database.js';
import { AppError, notFound } from '../../http/errors.js';
import { type Change, recordChange } from '../record-change.js';
import { lockApplication } from '../store.js';
import { deleteSecret, selectLiveSecrets } from './secrets-store.js';

/**
 * From now on the secret is refused. The last one stays, so that nobody locks the application out by mistake.
 * @throws AppError 404 when there is no such secret, 422 when it is the last one
 */
export async function retireSecret(
  db: Db,
  applicationId: number,
  secretId: number,
  change: Change,
): Promise<void> {
  await db.transaction(async (transaction) => {
    const application = await lockApplication(transaction, applicationId);
    if (!application) throw notFound();
    const secrets = await selectLiveSecrets(transaction, applicationId, change.at);
    const secret = secrets.find(({ id }) => id === secretId);
    if (!secret) throw notFound();
    if (secrets.length === 1) {
      throw new AppError(422, 'last_secret', 'This is the only secret of the application.', {
        hint: 'Go back and add a new one first, then retire this one.',
      });
    }
    await deleteSecret(transaction, secretId);
    await recordChange(transaction, 'secret.retired', application, change, { hint: secret.hint });
  });
}
