/**
 * The second step of a sign-in. After the right password nobody is signed in and there is no session: all there is is a
 * row and its token in a cookie. Whoever must have a second factor and has none sets one up here.
 */
import { recordEvent } from '../../audit/audit.js';
import type { Account } from '../account.js';
import type { Method } from '../authentication.js';
import { findEnabledAccount } from '../find-account.js';
import type { Throttled } from '../throttled-password.js';
import { addAuthenticatorApp } from './change-factors.js';
import type { FactorDeps, FactorOrigin } from './factor-deps.js';
import { type Factors, findFactors, hasFactor, waysOf } from './find-factors.js';
import {
  deletePendingSignIn,
  findPendingSignIn,
  type PendingSignIn,
  takeAttempt,
} from './pending-sign-ins.js';
import { type FactorAnswer, proveFactor } from './prove-factor.js';
import { rememberBrowser } from './remembered-browsers.js';
import { openSetup } from './totp.js';

export interface OpenSecondStep {
  account: Account;
  methods: Method[];
  factors: Factors;
}

export type StepAnswer = FactorAnswer | { way: 'setup'; sealed: string; code: string };

export interface SecondStep {
  /** Of the pending sign-in. */
  token: string;
  answer: StepAnswer;
  /** When this browser is not to be asked the next time: what it says of itself, and the token it is known by. */
  remember?: { userAgent: string; known: string | undefined } | undefined;
}

export type SecondStepResult =
  | {
      outcome: 'done';
      account: Account;
      methods: Method[];
      /** Made with a factor that was set up just now, to be shown this once. */
      recoveryCodes: string[];
      /** The new token of a browser that is remembered from now on. */
      browserToken: string | undefined;
    }
  | { outcome: 'wrong' }
  | Throttled
  /** Too late, too often wrong, or done already: it begins again with the password. */
  | { outcome: 'over' };

async function openStep(
  { database }: FactorDeps,
  pending: PendingSignIn | undefined,
): Promise<OpenSecondStep | undefined> {
  const account = pending && (await findEnabledAccount(database.knex, pending.accountId));
  if (!pending || !account) return undefined;
  // What comes of it counts as begun with the password.
  const isOver = pending.accessEpoch !== null && pending.accessEpoch !== account.accessEpoch;
  if (isOver) return undefined;
  return { account, methods: pending.methods, factors: await findFactors(database.knex, account.id) };
}

/** What is to be asked of this browser; undefined when it is in the middle of nothing. */
export async function findSecondStep(
  deps: FactorDeps,
  token: string,
  at: Date,
): Promise<OpenSecondStep | undefined> {
  return openStep(deps, await findPendingSignIn(deps.database.knex, token, at));
}

type Proof = { outcome: 'right'; methods: Method[]; recoveryCodes: string[] };

async function prove(
  deps: FactorDeps,
  { account, factors }: OpenSecondStep,
  answer: StepAnswer,
  from: FactorOrigin,
): Promise<Proof | { outcome: 'wrong' } | Throttled> {
  if (answer.way !== 'setup') {
    if (!waysOf(factors).includes(answer.way)) return { outcome: 'wrong' };
    const result = await proveFactor(deps, account, answer, from);
    return result.outcome === 'right' ? { ...result, recoveryCodes: [] } : result;
  }
  // Whoever has a factor is asked for it; otherwise the password alone could add another.
  if (hasFactor(factors)) return { outcome: 'wrong' };
  const seed = openSetup(deps.factorKeys.seeds, answer.sealed, account, from.at);
  if (!seed) return { outcome: 'wrong' };
  const added = await addAuthenticatorApp(deps, account.id, { seed, code: answer.code }, from);
  if (added.outcome !== 'added') return { outcome: 'wrong' };
  return { outcome: 'right', methods: ['otp', 'mfa'], recoveryCodes: added.recoveryCodes };
}

export async function takeSecondStep(
  deps: FactorDeps,
  { token, answer, remember }: SecondStep,
  from: FactorOrigin,
): Promise<SecondStepResult> {
  const { knex } = deps.database;
  const { at, network, requestId, clientId } = from;
  const step = await openStep(deps, await takeAttempt(knex, token, at));
  if (!step) return { outcome: 'over' };
  const proof = await prove(deps, step, answer, from);
  if (proof.outcome === 'wrong') {
    const isAlive = await findPendingSignIn(knex, token, at);
    return isAlive ? proof : { outcome: 'over' };
  }
  if (proof.outcome === 'throttled') return proof;

  const { account } = step;
  const methods = [...new Set([...step.methods, ...proof.methods])];
  return knex.transaction(async (transaction) => {
    // Setting up a factor has ended it already, with whatever else was half done.
    const isLive = (await deletePendingSignIn(transaction, token)) || answer.way === 'setup';
    if (!isLive) return { outcome: 'over' };
    const event = { at, accountId: account.id, clientId, network, requestId };
    await recordEvent(transaction, { ...event, event: 'login.succeeded', details: { methods } });
    const browser = remember && { accountId: account.id, ...remember, network, at };
    const browserToken = browser && (await rememberBrowser(transaction, browser));
    if (browser) await recordEvent(transaction, { ...event, event: 'browser.remembered' });
    return { outcome: 'done', account, methods, recoveryCodes: proof.recoveryCodes, browserToken };
  });
}
