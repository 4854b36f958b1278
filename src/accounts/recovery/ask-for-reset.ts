/** The first steps back in, for somebody of whom nothing is known yet: what they are told is the same for everybody. */
import type { Database } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import { text } from '../../languages/texts.js';
import type { Mails } from '../../mail/mails.js';
import { networkRules } from '../../throttle/network-rules.js';
import { HOUR, reserveAttempt } from '../../throttle/throttle.js';
import { tooMany } from '../wait.js';
import { findRecoverable, type ResetDeps, type ResetRequest, sendResetMails } from './send-reset-mails.js';

/** From one network in an hour. */
const MOST_REQUESTS = 30;
const MOST_CODES = 60;

/**
 * Milliseconds. The answer comes at a multiple of this, so that its time does not tell whether a mail was written,
 * which takes some milliseconds.
 */
const PACE = 200;

/** @throws AppError mail_off */
export function requireMail(mails: Mails): void {
  if (mails.areAvailable) return;
  throw new AppError(404, 'mail_off', text('recovery.mailOff'), { hint: text('recovery.mailOffHint') });
}

/** @throws AppError too_many_resets */
async function countFor(database: Database, network: string, key: string, limit: number): Promise<void> {
  const rules = networkRules({ key, limit, window: HOUR }, network);
  const counted = await reserveAttempt(database.knex, rules, new Date());
  if (counted.allowed) return;
  throw tooMany('too_many_resets', text('recovery.tooMany'), counted.retryAfter);
}

async function atPace<T>(work: Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work;
  } finally {
    const elapsed = performance.now() - start;
    const wait = Math.ceil(elapsed / PACE) * PACE - elapsed;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** @throws AppError mail_off, too_many_resets */
export async function askForReset(deps: ResetDeps, request: ResetRequest): Promise<void> {
  requireMail(deps.mails);
  await countFor(deps.database, request.network, 'recovery:requests', MOST_REQUESTS);
  await atPace(sendResetMails(deps, request));
}

/** The code of the account that was meant, or of one of those that share the address. */
async function findTokenByCode(
  { database, mailedLinks }: ResetDeps,
  name: string,
  code: string,
): Promise<string | undefined> {
  let token: string | undefined;
  for (const { id } of await findRecoverable(database, name)) {
    const of = { accountId: id, purpose: 'password reset' } as const;
    token ??= await mailedLinks.exchangeCode(database.knex, of, code, new Date());
  }
  return token;
}

/**
 * @param typed the name as in the request, the code as it was typed
 * @returns the token that the link of the mail holds, undefined for a wrong code
 * @throws AppError mail_off, too_many_resets
 */
export async function exchangeResetCode(
  deps: ResetDeps,
  typed: { name: string; code: string },
  network: string,
): Promise<string | undefined> {
  requireMail(deps.mails);
  await countFor(deps.database, network, 'recovery:codes', MOST_CODES);
  return atPace(findTokenByCode(deps, typed.name, typed.code.replace(/\D/g, '')));
}
