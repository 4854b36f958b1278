import { recordEvent } from '../audit/audit.js';
import type { Account } from './account.js';
import { recordThrottled } from './record-throttled.js';
import { findSignInName } from './store.js';
import { checkThrottledPassword, type PasswordCheckDeps, type Throttled } from './throttled-password.js';

export interface OwnPassword {
  account: Account;
  password: string;
  /** What it is asked for, for the audit trail. */
  purpose: 'current_password' | 'confirmation';
  at: Date;
  /** The client's address. */
  network: string;
  requestId: string;
}

/**
 * The password of somebody who is signed in, under the throttle of the login page; what fails is recorded.
 * @throws AppError overloaded when too many are waiting for their password to be checked
 */
export async function checkOwnPassword(
  deps: PasswordCheckDeps,
  { account, password, purpose, at, network, requestId }: OwnPassword,
): Promise<{ outcome: 'right'; account: Account } | { outcome: 'wrong' } | Throttled> {
  const { knex } = deps.database;
  const { foldedName } = await findSignInName(knex, account.username, { byEmail: false });
  const result = await checkThrottledPassword(deps, { foldedName, account, password, network, at });
  const event = { at, accountId: account.id, network, requestId };
  if (result.outcome === 'throttled') await recordThrottled(knex, event, result);
  if (result.outcome === 'wrong')
    await recordEvent(knex, { ...event, event: 'login.failed', details: { reason: purpose } });
  return result;
}
