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
import { readAuthentication } from '../passkeys/answer.js';
import { checkPasskey } from '../passkeys/check-passkey.js';
import { recordThrottled } from '../record-throttled.js';
import type { Throttled } from '../throttled-password.js';
import type { FactorDeps, FactorOrigin } from './factor-deps.js';
import type { Way } from './find-factors.js';
import { useRecoveryCode } from './recovery-codes.js';
import { useAppCode } from './totp.js';

export type FactorAnswer =
  /** As it was typed. */
  | { way: 'app' | 'recovery_code'; code: string }
  /** The field of the form, as it came, and what only this browser knows. */
  | { way: 'passkey'; response: unknown; browser: string };

export type FactorResult = { outcome: 'right'; methods: Method[] } | { outcome: 'wrong' } | Throttled;

/** What an answer proves, for the claim amr; or, for the operator, what was wrong with it. */
type Proof = { methods: Method[] } | { reason: string };

/** A recovery code is a one-time code as well. */
const BY_CODE: Proof = { methods: ['otp', 'mfa'] };

/**
 * Three of a million codes are right at any time: at 20 an hour a guesser who knows the password needs two years, and is
 * seen by then. Each way has a count of its own: who spends that of the app leaves the owner their passkey and their
 * recovery codes, which nobody guesses.
 */
function throttleRules({ id }: Account, way: Way, network: string): ThrottleRule[] {
  return [
    { key: `factor:account-network:${way}:${id}:${networkPrefix(network)}`, limit: 10, window: 900 },
    { key: `factor:account:${way}:${id}`, limit: 20, window: 3600 },
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
  const reservation = await reserveAttempt(knex, throttleRules(account, answer.way, network), at);
  if (!reservation.allowed) {
    const { retryAfter } = reservation;
    const throttled: Throttled = { outcome: 'throttled', retryAfter, by: 'account', refusal: reservation };
    await recordThrottled(knex, event, throttled);
    return throttled;
  }
  const proof = await checkAnswer(deps, account.id, answer, from);
  if ('methods' in proof) {
    await giveBackAttempt(knex, reservation.reserved);
    return { outcome: 'right', ...proof };
  }
  await recordEvent(knex, { ...event, event: 'login.failed', details: proof });
  return { outcome: 'wrong' };
}

async function checkAnswer(
  deps: FactorDeps,
  accountId: number,
  answer: FactorAnswer,
  from: FactorOrigin,
): Promise<Proof> {
  const { way } = answer;
  if (way === 'passkey') return checkOwnPasskey(deps, accountId, answer, from);
  const { code } = answer;
  const { at } = from;
  const isRight =
    way === 'app'
      ? await useAppCode(deps.database.knex, deps.factorKeys.seeds, { accountId, code, at })
      : await spendRecoveryCode(deps, accountId, code, from);
  return isRight ? BY_CODE : { reason: way };
}

/** Whether or not its owner was verified: here it is the second factor, beside what was shown before. */
async function checkOwnPasskey(
  deps: FactorDeps,
  accountId: number,
  { response, browser }: Extract<FactorAnswer, { way: 'passkey' }>,
  { at, network, requestId }: FactorOrigin,
): Promise<Proof> {
  const answer = readAuthentication(response);
  if (!answer) return { reason: 'passkey_missing' };
  const use = { purpose: 'second-step', accountId, browser } as const;
  const result = await checkPasskey(deps, { answer, use, at, network, requestId });
  if (result.outcome === 'wrong') return { reason: result.reason };
  return { methods: [...new Set<Method>([...result.methods, 'mfa'])] };
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
