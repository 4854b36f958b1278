/** How many teams a person may be in, and how often they may join one or invite somebody. */
import { lockAccount } from '../../accounts/store.js';
import type { Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import { HOUR } from '../../throttle/throttle.js';
import { enforceRate } from '../quotas.js';
import { selectTeamsOf } from './store.js';

const MAX_TEAMS = 20;
const INVITATIONS_PER_HOUR = 30;

/** @throws AppError 429 */
export async function enforceTeamQuota(transaction: Db, accountId: number, at: Date): Promise<void> {
  // Counted under a lock of the account, so that of two at once the second sees the first.
  await lockAccount(transaction, accountId);
  const rule = { key: `teams:joined:${accountId}`, limit: 2 * MAX_TEAMS, window: HOUR };
  await enforceRate(transaction, rule, 'You have made or joined too many teams within an hour.', at);
  if ((await selectTeamsOf(transaction, accountId)).length < MAX_TEAMS) return;
  throw new AppError(429, 'too_many', `You are in ${MAX_TEAMS} teams, and that is the most one may be in.`, {
    hint: 'Leave one that you no longer need.',
  });
}

/** @throws AppError 429 */
export async function enforceInvitationQuota(transaction: Db, accountId: number, at: Date): Promise<void> {
  const rule = { key: `teams:invited:${accountId}`, limit: INVITATIONS_PER_HOUR, window: HOUR };
  const message = `You have invited people ${INVITATIONS_PER_HOUR} times within an hour.`;
  await enforceRate(transaction, rule, message, at);
}
