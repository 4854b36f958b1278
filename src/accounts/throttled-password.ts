/**
 * Checks a password under the throttle. The attempt is counted before it is made and given back when the password was
 * right, so that a thousand guesses at the same moment are no more than the limit.
 */
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import { findThrottled, giveBackAttempt, type Refusal, reserveAttempt } from '../throttle/throttle.js';
import type { Account } from './account.js';
import { type LoginAttempt, loginThrottleRules } from './login-throttle.js';
import type { Passwords } from './passwords.js';

export interface PasswordCheckDeps {
  database: Database;
  passwords: Passwords;
  config: Pick<Config, 'loginFailuresPerNetwork'>;
}

export interface PasswordCheck extends Omit<LoginAttempt, 'accountId'> {
  account: Account | undefined;
  password: string;
  at: Date;
}

export interface Throttled {
  outcome: 'throttled';
  /** Seconds. */
  retryAfter: number;
  by: 'account' | 'network';
  /** The rule that is at its limit. */
  refusal: Refusal;
}

interface WrongPassword {
  outcome: 'wrong';
  /** The password was right, but the account is disabled. */
  disabled?: Account;
}

/** @throws AppError overloaded when too many are waiting for their password to be checked */
export async function checkThrottledPassword(
  { database, passwords, config }: PasswordCheckDeps,
  { account, password, at, ...attempt }: PasswordCheck,
): Promise<{ outcome: 'right'; account: Account } | WrongPassword | Throttled> {
  const rules = loginThrottleRules({ ...attempt, accountId: account?.id }, config);
  const allRules = [...rules.account, ...rules.network];
  const throttled = (refusal: Refusal): Throttled => ({
    outcome: 'throttled',
    retryAfter: refusal.retryAfter,
    by: rules.network.includes(refusal.rule) ? 'network' : 'account',
    refusal,
  });

  // Those known to be over the limit are told at once, and take no place in the queue from the others.
  const refusal = await findThrottled(database.knex, allRules, at);
  if (refusal) return throttled(refusal);

  // Reserved at the head of the queue, not before it: otherwise a crowd of right passwords from one network, all
  // waiting, would count as so many failures.
  return passwords.inTurn(attempt.network, async (verify) => {
    const reservation = await reserveAttempt(database.knex, allRules, at);
    if (!reservation.allowed) return throttled(reservation);
    const isRight = await verify(account?.passwordHash, password);
    if (!account || !isRight) return { outcome: 'wrong' };
    if (account.disabledAt) return { outcome: 'wrong', disabled: account };
    await giveBackAttempt(database.knex, reservation.reserved);
    return { outcome: 'right', account };
  });
}
