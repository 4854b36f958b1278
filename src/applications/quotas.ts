/** How many applications a person may register: far above what is needed, far below what fills a table. */
import type { Db } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { HOUR, reserveAttempt, type ThrottleRule } from '../throttle/throttle.js';
import { countApplicationsOf } from './owned-store.js';
import { countTeamApplications } from './teams/store.js';
import type { NewOwner } from './teams/transfer-application.js';

const REGISTRATIONS_PER_HOUR = 50;

/**
 * Counts one more, here and in the quotas of teams/ and secrets/. In a transaction this holds the counter until its end,
 * so that of many at the same moment each sees those before it.
 * @param message what there were too many of, in a sentence
 * @throws AppError 429
 */
export async function enforceRate(db: Db, rule: ThrottleRule, message: string, at: Date): Promise<void> {
  const reservation = await reserveAttempt(db, [rule], at);
  if (reservation.allowed) return;
  const { retryAfter } = reservation;
  const minutes = Math.ceil(retryAfter / 60);
  throw new AppError(429, 'too_many', message, {
    hint: `Please try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`,
    headers: { 'Retry-After': String(retryAfter) },
  });
}

const CHANGES_PER_HOUR = 600;

/** Of one person, whatever it is they change about applications. @throws AppError 429 */
export async function enforceChangeQuota(transaction: Db, accountId: number, at: Date): Promise<void> {
  const rule = { key: `applications:changed:${accountId}`, limit: CHANGES_PER_HOUR, window: HOUR };
  await enforceRate(transaction, rule, `You have made ${CHANGES_PER_HOUR} changes within an hour.`, at);
}

/**
 * In the transaction of the registration (enforceRate).
 * @param most how many applications one owner may have (APPLICATIONS_PER_PERSON); undefined: no limit
 * @throws AppError 429
 */
export async function enforceApplicationQuota(
  transaction: Db,
  owner: NewOwner,
  { accountId, most, at }: { accountId: number; most: number | undefined; at: Date },
): Promise<void> {
  const rule = { key: `applications:registered:${accountId}`, limit: REGISTRATIONS_PER_HOUR, window: HOUR };
  const message = `You have registered ${REGISTRATIONS_PER_HOUR} applications within an hour.`;
  await enforceRate(transaction, rule, message, at);
  if (most !== undefined) await enforceOwnedQuota(transaction, owner, most);
}

/** @throws AppError 429 */
export async function enforceOwnedQuota(transaction: Db, owner: NewOwner, most: number): Promise<void> {
  const isTeam = 'teamId' in owner;
  const count = isTeam
    ? await countTeamApplications(transaction, owner.teamId)
    : await countApplicationsOf(transaction, owner.accountId);
  if (count < most) return;
  const applications = `${most} application${most === 1 ? '' : 's'}`;
  throw new AppError(
    429,
    'too_many',
    isTeam
      ? `The team has ${applications}, and that is the most one may have.`
      : `You have ${applications}, and that is the most one may have.`,
    { hint: 'Delete one that is no longer used, or ask an administrator.' },
  );
}
