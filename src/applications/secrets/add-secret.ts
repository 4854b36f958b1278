import type { Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import { getLockedApplication } from '../find-application.js';
import { type Change, recordChange } from '../record-change.js';
import { generateClientSecret, hashSecret, hintOf } from './client-secrets.js';
import { enforceSecretQuota } from './quotas.js';
import { endExpiredSecrets } from './retired-secrets.js';
import { insertSecret, selectLiveSecrets } from './secrets-store.js';
import { countSparedMails } from './warn-of-expiry.js';

export const MAX_LIVE_SECRETS = 5;

export interface Addition extends Change {
  name?: string;
  /** null: it works until it is retired. */
  expiresAt?: Date | null;
  /** One that somebody has chosen, at random; made here otherwise. */
  secret?: string;
}

/**
 * The secrets there are stay valid, so that a deployment can take up the new one before the old one is retired.
 * @returns the new secret, which is stored only as a hash: whoever calls shows it now or never
 * @throws AppError 422 for a public client or when there are too many secrets, 429 when too many were made of late
 */
export async function addSecret(
  db: Db,
  applicationId: number,
  { name = '', expiresAt = null, secret = generateClientSecret(), ...change }: Addition,
): Promise<string> {
  const { at } = change;
  return db.transaction(async (transaction) => {
    const application = await getLockedApplication(transaction, applicationId);
    if (application.clientType === 'public') throw publicClientsHaveNoSecret();
    await enforceSecretQuota(transaction, applicationId, at);
    await endExpiredSecrets(transaction, applicationId, at);
    if ((await selectLiveSecrets(transaction, applicationId, at)).length >= MAX_LIVE_SECRETS) {
      throw new AppError(
        422,
        'too_many_secrets',
        `The application has ${MAX_LIVE_SECRETS} secrets, and that is the most it may have.`,
        {
          hint: 'Go back and retire one that is no longer used, then add the new one.',
        },
      );
    }
    const hint = hintOf(secret);
    await insertSecret(transaction, {
      applicationId,
      hash: hashSecret(secret),
      hint,
      name,
      createdBy: change.by.accountId,
      at,
      expiresAt,
      expiryMails: countSparedMails(at, expiresAt),
    });
    const details = { hint, ...(name ? { name } : {}), ...(expiresAt ? { expires: expiresAt } : {}) };
    await recordChange(transaction, 'secret.added', application, change, details);
    return secret;
  });
}

export function publicClientsHaveNoSecret(): AppError {
  return new AppError(422, 'public_client', 'A public client has no secret.', {
    hint: 'Make it a confidential client first if it runs where a secret can be kept.',
  });
}
