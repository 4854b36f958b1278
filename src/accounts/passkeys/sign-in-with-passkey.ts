/**
 * A passkey in the place of username and password, for the sign-in page and for sign-ins at an application: checked,
 * throttled and recorded. Whatever is wrong with it is one outcome.
 */
import { recordEvent } from '../../audit/audit.js';
import type { Config } from '../../config/config.js';
import { giveBackAttempt, reserveAttempt } from '../../throttle/throttle.js';
import type { Account } from '../account.js';
import type { Method } from '../authentication.js';
import type { Refused } from '../check-credentials.js';
import { findEnabledAccount } from '../find-account.js';
import { findCancellableDeletion } from '../leaving/store.js';
import { networkLoginRules } from '../login-throttle.js';
import { recordThrottled } from '../record-throttled.js';
import type { Throttled } from '../throttled-password.js';
import { readAuthentication } from './answer.js';
import { checkPasskey, type PasskeyCheck, type PasskeyDeps } from './check-passkey.js';

export interface PasskeySignIn {
  /** The field of the form, as it came. */
  response: unknown;
  browser: string;
  /** The client's address. */
  network: string;
  requestId: string;
  /** The application the person signs in at. */
  clientId?: string;
}

export type PasskeySignInResult =
  | { outcome: 'ok'; account: Account; methods: Method[] }
  | Refused
  | Throttled;

export async function signInWithPasskey(
  deps: PasskeyDeps & { config: Pick<Config, 'loginFailuresPerNetwork'> },
  { response, browser, network, requestId, clientId }: PasskeySignIn,
): Promise<PasskeySignInResult> {
  const { knex } = deps.database;
  const at = new Date();
  const event = { at, clientId, network, requestId };
  // By network alone: whoever knows the id of somebody's passkey must not be able to keep them out.
  const reservation = await reserveAttempt(knex, networkLoginRules(network, deps.config), at);
  if (!reservation.allowed) {
    const { retryAfter } = reservation;
    const throttled: Throttled = { outcome: 'throttled', retryAfter, by: 'network', refusal: reservation };
    await recordThrottled(knex, event, throttled);
    return throttled;
  }

  const answer = readAuthentication(response);
  const use = { purpose: 'sign-in' as const, browser };
  const result: PasskeyCheck = answer
    ? await checkPasskey(deps, { answer, use, at, network, requestId })
    : { outcome: 'wrong', reason: 'passkey_missing' };
  const { accountId } = result;
  const account = accountId === undefined ? undefined : await findEnabledAccount(knex, accountId);
  if (result.outcome === 'wrong' || !account) {
    const reason = result.outcome === 'wrong' ? result.reason : 'disabled';
    await recordEvent(knex, { ...event, accountId, event: 'login.failed', details: { reason } });
    const isLeaving =
      result.outcome === 'right' && (await findCancellableDeletion(knex, result.accountId, at)) !== undefined;
    return {
      outcome: 'wrong',
      ...(isLeaving ? { leaving: { accountId: result.accountId, lacksFactor: false } } : {}),
    };
  }
  await giveBackAttempt(knex, reservation.reserved);
  const { methods } = result;
  await recordEvent(knex, { ...event, accountId, event: 'login.succeeded', details: { methods } });
  return { outcome: 'ok', account, methods };
}
