/**
 * Checks what somebody answers to the question for their second factor. A wrong answer is counted against the account,
 * on all nodes: whoever gets here knows the password already, so that a guesser does not lock out anybody by a name alone.
 */
import { recordEvent } from '../../audit/audit.js';
import { notify } from '../../mail/notify.js';
import { networkPrefix } from '../../throttle/network-prefix.js';
import { giveBackAttempt, reserveAttempt, type ThrottleRule } from '../../throttle/throttle.js';
import type { Account } from '../account.js';
import type { Method } from '../authentication.js';
import { recordThrottled } from '../record-throttled.js';
import type { Throttled } from '../throttled-password.js';
import type { FactorDeps, FactorOrigin } from './factor-deps.js';
import type { Way } from './find-factors.js';
import { useRecoveryCode } from './recovery-codes.js';
import { useAppCode } from './totp.js';

export interface FactorAnswer {
  way: Way;
  /** As it was typed. */
  code: string;
}

export type FactorResult = { outcome: 'right'; methods: Method[] } | { outcome: 'wrong' } | Throttled;

/** What each way proves, for the claim amr: a recovery code is a one-time code as well. */
const METHODS: Record<Way, Method[]> = { app: ['otp', 'mfa'], recovery_code: ['otp', 'mfa'] };

/** At 20 an hour it takes seventeen years to try a million codes, three of which are right at any time. */
function throttleRules({ id }: Account, network: string): ThrottleRule[] {
  return [
    { key: `factor:account-network:${id}:${networkPrefix(network)}`, limit: 10, window: 900 },
    { key: `factor:account:${id}`, limit: 20, window: 3600 },
  ];
}

export async function proveFactor(
  deps: FactorDeps,
  account: Account,
  answer: FactorAnswer,
  from: FactorOrigin,
): Promise<FactorResult> {
  const { knex } = deps.database;
  const { at, network, requestId, clientId } = from;
  const event = { at, accountId: account.id, network, requestId, clientId };
  const reservation = await reserveAttempt(knex, throttleRules(account, network), at);
  if (!reservation.allowed) {
    const { retryAfter } = reservation;
    const throttled: Throttled = { outcome: 'throttled', retryAfter, by: 'account', refusal: reservation };
    await recordThrottled(knex, event, throttled);
    return throttled;
  }
  if (await isRight(deps, account, answer, from)) {
    await giveBackAttempt(knex, reservation.reserved);
    return { outcome: 'right', methods: METHODS[answer.way] };
  }
  await recordEvent(knex, { ...event, event: 'login.failed', details: { reason: answer.way } });
  return { outcome: 'wrong' };
}

async function isRight(
  deps: FactorDeps,
  { id: accountId }: Account,
  { way, code }: FactorAnswer,
  from: FactorOrigin,
): Promise<boolean> {
  const { at } = from;
  switch (way) {
    case 'app':
      return useAppCode(deps.database.knex, deps.factorKeys.seeds, { accountId, code, at });
    case 'recovery_code':
      return spendRecoveryCode(deps, accountId, code, from);
  }
}

/** The person is told: a code that somebody else has found is gone like any other. */
async function spendRecoveryCode(
  { database, mails, factorKeys }: FactorDeps,
  accountId: number,
  code: string,
  { at, network, requestId, language }: FactorOrigin,
): Promise<boolean> {
  return database.knex.transaction(async (transaction) => {
    const left = await useRecoveryCode(transaction, factorKeys.codes, { accountId, code, at });
    if (left === undefined) return false;
    const details = { left };
    await recordEvent(transaction, {
      event: 'recovery_code.used',
      at,
      accountId,
      network,
      requestId,
      details,
    });
    const notice = { notice: 'recoveryCodeUsed', values: { left }, network, language } as const;
    await notify(mails, transaction, { accountId, ...notice });
    return true;
  });
}
