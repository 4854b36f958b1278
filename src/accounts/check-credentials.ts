/**
 * One username and password, for the login page and the password grant alike: throttled, checked and recorded. Unknown,
 * disabled, without a password and wrong are one outcome, reached by the same work in the same time. Where
 * the password is right but not enough, nobody is signed in yet (src/accounts/factors).
 */
import { recordEvent } from '../audit/audit.js';
import { AppError } from '../http/errors.js';
import type { Account } from './account.js';
import { findFactors, hasFactor } from './factors/find-factors.js';
import { useRememberedBrowser } from './factors/remembered-browsers.js';
import type { LeavingPerson } from './leaving/keep-link.js';
import { findCancellableDeletion } from './leaving/store.js';
import { recordThrottled } from './record-throttled.js';
import { findSignInName, replacePasswordHash } from './store.js';
import { checkThrottledPassword, type PasswordCheckDeps, type Throttled } from './throttled-password.js';

export interface CredentialsAttempt {
  /** On the pages the email address will do; applications with the password grant have only ever sent a username. */
  username: string;
  password: string;
  /** The client's address. */
  network: string;
  requestId: string;
  /** The application the person signs in at. */
  clientId?: string;
  /** The application whose server sends what people typed there (the password grant). */
  sentBy?: string;
  /** What to count by in a browser that knows the account; see KnownBrowsers. */
  findKnownBrowser?: (account: Account) => string | undefined;
  /** The token of a browser that may be remembered. */
  browserToken?: string | undefined;
  /** The application insists on a second factor, whatever is remembered. */
  needsFactor?: boolean;
}

export interface Refused {
  outcome: 'wrong';
  leaving?: LeavingPerson;
}

export type CredentialsResult =
  | { outcome: 'ok'; account: Account }
  /** The password is right, and a second factor is to be shown or, where there is none yet, set up. */
  | { outcome: 'second_step'; account: Account }
  | Refused
  | Throttled;

/** For the operator; what was typed as a username is never written down, since it may be a password. */
function whyRefused(account: Account | undefined): string {
  if (!account) return 'unknown_user';
  if (account.disabledAt) return 'disabled';
  return account.passwordHash ? 'wrong_password' : 'no_password';
}

/** @throws AppError overloaded when too many are waiting for their password to be checked */
export async function checkCredentials(
  deps: PasswordCheckDeps,
  {
    username,
    password,
    network,
    requestId,
    clientId,
    sentBy,
    findKnownBrowser,
    ...browser
  }: CredentialsAttempt,
): Promise<CredentialsResult> {
  const { knex } = deps.database;
  const at = new Date();
  const { foldedName, account } = await findSignInName(knex, username, { byEmail: sentBy === undefined });
  const knownBrowser = account && findKnownBrowser?.(account);
  const check = { foldedName, account, password, network, sentBy, knownBrowser, at };
  const result = await checkThrottledPassword(deps, check);

  const event = { at, accountId: account?.id, clientId, network, requestId };
  if (result.outcome === 'throttled') {
    await recordThrottled(knex, event, result);
    return result;
  }
  if (result.outcome === 'wrong') {
    await recordEvent(knex, { ...event, event: 'login.failed', details: { reason: whyRefused(account) } });
    const { disabled } = result;
    const isLeaving = disabled && (await findCancellableDeletion(knex, disabled.id, at));
    if (!isLeaving) return { outcome: 'wrong' };
    const accountId = disabled.id;
    return {
      outcome: 'wrong',
      leaving: { accountId, lacksFactor: hasFactor(await findFactors(knex, accountId)) },
    };
  }
  const isEnough = await isPasswordEnough(deps, result.account, { ...browser, network }, at);
  await recordEvent(knex, { ...event, event: isEnough ? 'login.succeeded' : 'login.second_step' });
  await renewHash(deps, result.account, password, network);
  return { outcome: isEnough ? 'ok' : 'second_step', account: result.account };
}

async function isPasswordEnough(
  { database: { knex } }: PasswordCheckDeps,
  { id: accountId }: Account,
  {
    browserToken,
    needsFactor,
    network,
  }: Pick<CredentialsAttempt, 'browserToken' | 'needsFactor' | 'network'>,
  at: Date,
): Promise<boolean> {
  if (needsFactor) return false;
  const factors = await findFactors(knex, accountId);
  if (!hasFactor(factors)) return !factors.isRequired;
  if (!browserToken) return false;
  return useRememberedBrowser(knex, { token: browserToken, accountId, network, at });
}

/** An account hashed with parameters of the past gets those of today; when the queue is full, another time. */
async function renewHash(
  { database, passwords }: PasswordCheckDeps,
  account: Account,
  password: string,
  network: string,
): Promise<void> {
  const old = account.passwordHash;
  if (!old || !passwords.needsRehash(old)) return;
  try {
    await replacePasswordHash(database.knex, account.id, old, await passwords.hash(password, network));
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'overloaded')) throw error;
  }
}
