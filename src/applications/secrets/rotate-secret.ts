import type { Db } from '../../database/database.js';
import { getLockedApplication } from '../find-application.js';
import { type Change, recordChange } from '../record-change.js';
import { publicClientsHaveNoSecret } from './add-secret.js';
import { generateClientSecret, hashSecret, hintOf } from './client-secrets.js';
import { endExpiredSecrets, endSecrets } from './retired-secrets.js';
import { expireSecrets, insertSecret, selectLiveSecrets } from './secrets-store.js';

export interface Rotation extends Change {
  /** How many seconds the secrets there are stay valid; 0: not at all. */
  overlap: number;
}

/**
 * Puts one new secret in the place of all others, and records it as one event.
 * @returns the new secret, which is stored only as a hash: whoever calls shows it now or never
 * @throws AppError 404 when there is no such application, 422 for a public client
 */
export async function rotateSecret(
  db: Db,
  applicationId: number,
  { overlap, ...change }: Rotation,
): Promise<string> {
  const { at } = change;
  return db.transaction(async (transaction) => {
    const application = await getLockedApplication(transaction, applicationId);
    if (application.clientType === 'public') throw publicClientsHaveNoSecret();
    const replaced = await selectLiveSecrets(transaction, applicationId, at);
    if (overlap) {
      await expireSecrets(transaction, { applicationId }, new Date(at.getTime() + overlap * 1000));
      await endExpiredSecrets(transaction, applicationId, at);
    } else await endSecrets(transaction, { applicationId }, { why: 'retired', at });
    const secret = generateClientSecret();
    const hint = hintOf(secret);
    await insertSecret(transaction, {
      applicationId,
      hash: hashSecret(secret),
      hint,
      name: '',
      createdBy: change.by.accountId,
      at,
      expiresAt: null,
      expiryMails: 0,
    });
    const replaces = replaced.map((old) => old.hint);
    await recordChange(transaction, 'secret.added', application, change, { hint, replaces, overlap });
    return secret;
  });
}
