import type { Db } from '../../database/database.js';
import { AppError, notFound } from '../../http/errors.js';
import { getLockedApplication } from '../find-application.js';
import { type Change, recordChange } from '../record-change.js';
import { endSecrets } from './retired-secrets.js';
import { expireSecrets, selectLiveSecrets } from './secrets-store.js';

export interface Retirement extends Change {
  /** For how many seconds it still works; 0: not at all. */
  grace?: number;
}

/**
 * From now on, or when its grace is over, the secret is refused. The last one stays, so that nobody locks the
 * application out by mistake.
 * @throws AppError 404 when there is no such secret, 422 when no other lives longer
 */
export async function retireSecret(
  db: Db,
  applicationId: number,
  secretId: number,
  { grace = 0, ...change }: Retirement,
): Promise<void> {
  const { at } = change;
  const end = new Date(at.getTime() + grace * 1000);
  await db.transaction(async (transaction) => {
    const application = await getLockedApplication(transaction, applicationId);
    const secrets = await selectLiveSecrets(transaction, applicationId, at);
    const secret = secrets.find(({ id }) => id === secretId);
    if (!secret) throw notFound();
    const others = secrets.filter(({ id, expiresAt }) => id !== secretId && (!expiresAt || expiresAt > end));
    if (!others.length) throw lastSecret(secrets.length === 1);
    if (grace) await expireSecrets(transaction, { applicationId, id: secretId }, end);
    else await endSecrets(transaction, { applicationId, id: secretId }, { why: 'retired', at });
    const { hint, name } = secret;
    const details = { hint, ...(name ? { name } : {}), ...(grace ? { until: end } : {}) };
    await recordChange(transaction, 'secret.retired', application, change, details);
  });
}

function lastSecret(isOnly: boolean): AppError {
  const message = isOnly
    ? 'This is the only secret of the application.'
    : 'No other secret of the application lives longer than this one.';
  return new AppError(422, 'last_secret', message, {
    hint: 'Go back and add a new one first, then retire this one.',
  });
}
