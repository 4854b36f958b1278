import type { Db } from '../database/database.js';
import type { Application, ApplicationSettings } from './application.js';
import { enforceApplicationQuota } from './quotas.js';
import { type Change, recordChange } from './record-change.js';
import { generateClientId, generateClientSecret, hashSecret, hintOf } from './secrets/client-secrets.js';
import { insertSecret } from './secrets/secrets-store.js';
import { insertApplication } from './store.js';

const FIRST_SECRET = 'First secret';

export interface Registration extends Change {
  settings: ApplicationSettings;
  /** null: nobody's, only superusers see it. */
  ownerId: number | null;
  /** Whether the owner's quota applies: not for superusers nor the command line. */
  quota: boolean;
  /** One that somebody has chosen, not taken so far; random otherwise. */
  clientId?: string;
  /** One that somebody has chosen, at random; made here otherwise. */
  secret?: string;
}

/**
 * @returns the application, and for a confidential one its secret, which is stored only as a hash: whoever calls shows
 *   it now or never
 * @throws AppError 429 when the owner has too many, or has registered too many within the hour
 */
export async function registerApplication(
  db: Db,
  { settings, ownerId, quota, clientId = generateClientId(), secret: chosen, ...change }: Registration,
): Promise<{ application: Application; secret?: string }> {
  const { at } = change;
  return db.transaction(async (transaction) => {
    if (quota && ownerId !== null) await enforceApplicationQuota(transaction, ownerId, at);
    const application = await insertApplication(transaction, {
      clientId,
      ownerId,
      settings,
      at,
    });
    await recordChange(transaction, 'application.created', application, change, { name: application.name });
    if (application.clientType === 'public') return { application };
    const secret = chosen ?? generateClientSecret();
    await insertSecret(transaction, {
      applicationId: application.id,
      hash: hashSecret(secret),
      hint: hintOf(secret),
      name: FIRST_SECRET,
      createdBy: change.by.accountId,
      at,
      expiresAt: null,
      expiryMails: 0,
    });
    return { application, secret };
  });
}
