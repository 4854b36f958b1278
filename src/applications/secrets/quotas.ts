/** How many secrets an application may be given, and how many a person may try. */
import type { Db } from '../../database/database.js';
import { HOUR } from '../../throttle/throttle.js';
import { enforceRate } from '../quotas.js';

const SECRETS_PER_HOUR = 20;
const TRIED_SECRETS_PER_HOUR = 60;

/** @throws AppError 429 */
export async function enforceSecretQuota(transaction: Db, applicationId: number, at: Date): Promise<void> {
  const rule = { key: `applications:secret:${applicationId}`, limit: SECRETS_PER_HOUR, window: HOUR };
  const message = `The application was given ${SECRETS_PER_HOUR} secrets within an hour.`;
  await enforceRate(transaction, rule, message, at);
}

/** Of one person, at all applications. @throws AppError 429 */
export async function enforceTriedSecretQuota(db: Db, accountId: number, at: Date): Promise<void> {
  const rule = { key: `applications:tried:${accountId}`, limit: TRIED_SECRETS_PER_HOUR, window: HOUR };
  await enforceRate(db, rule, `You have tried ${TRIED_SECRETS_PER_HOUR} secrets within an hour.`, at);
}
