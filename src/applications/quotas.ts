/** How many applications and secrets a person may make: far above what is needed, far below what fills a table. */
import { lockAccount } from '../accounts/store.js';
import type { Db } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { reserveAttempt } from '../throttle/throttle.js';
import { countApplicationsOf } from './store.js';
import { countTeamApplications, selectTeamsOf } from './teams/store.js';
import type { NewOwner } from './teams/transfer-application.js';

const REGISTRATIONS_PER_HOUR = 50;
const SECRETS_PER_HOUR = 20;
const TRIED_SECRETS_PER_HOUR = 60;
const MAX_TEAMS = 20;
const INVITATIONS_PER_HOUR = 30;
const HOUR = 3600;

/**
 * In the transaction of the registration: counting it holds the person's counter until the end, so that of many
 * registrations at the same moment each sees those before it.
 * @param most how many applications one owner may have (APPLICATIONS_PER_PERSON); undefined: no limit
 * @throws AppError 429
 */
export async function enforceApplicationQuota(
  transaction: Db,
  owner: NewOwner,
  { accountId, most, at }: { accountId: number; most: number | undefined; at: Date },
): Promise<void> {
  const rule = { key: `applications:registered:${accountId}`, limit: REGISTRATIONS_PER_HOUR, window: HOUR };
  const reservation = await reserveAttempt(transaction, [rule], at);
  if (!reservation.allowed) {
    throw tooMany(
      `You have registered ${REGISTRATIONS_PER_HOUR} applications within an hour.`,
      reservation.retryAfter,
    );
  }
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

/** @throws AppError 429 */
export async function enforceTeamQuota(transaction: Db, accountId: number, at: Date): Promise<void> {
  // Counted under a lock of the account, so that of two at once the second sees the first.
  await lockAccount(transaction, accountId);
  const rule = { key: `teams:joined:${accountId}`, limit: 2 * MAX_TEAMS, window: HOUR };
  const reservation = await reserveAttempt(transaction, [rule], at);
  if (!reservation.allowed)
    throw tooMany('You have made or joined too many teams within an hour.', reservation.retryAfter);
  if ((await selectTeamsOf(transaction, accountId)).length < MAX_TEAMS) return;
  throw new AppError(429, 'too_many', `You are in ${MAX_TEAMS} teams, and that is the most one may be in.`, {
    hint: 'Leave one that you no longer need.',
  });
}

/** @throws AppError 429 */
export async function enforceInvitationQuota(transaction: Db, accountId: number, at: Date): Promise<void> {
  const rule = { key: `teams:invited:${accountId}`, limit: INVITATIONS_PER_HOUR, window: HOUR };
  const reservation = await reserveAttempt(transaction, [rule], at);
  if (!reservation.allowed)
    throw tooMany(
      `You have invited people ${INVITATIONS_PER_HOUR} times within an hour.`,
      reservation.retryAfter,
    );
}

/** @throws AppError 429 */
export async function enforceSecretQuota(transaction: Db, applicationId: number, at: Date): Promise<void> {
  const rule = { key: `applications:secret:${applicationId}`, limit: SECRETS_PER_HOUR, window: HOUR };
  const reservation = await reserveAttempt(transaction, [rule], at);
  if (!reservation.allowed) {
    throw tooMany(
      `The application was given ${SECRETS_PER_HOUR} secrets within an hour.`,
      reservation.retryAfter,
    );
  }
}

/** Of one person, at all applications. @throws AppError 429 */
export async function enforceTriedSecretQuota(db: Db, accountId: number, at: Date): Promise<void> {
  const rule = { key: `applications:tried:${accountId}`, limit: TRIED_SECRETS_PER_HOUR, window: HOUR };
  const reservation = await reserveAttempt(db, [rule], at);
  if (!reservation.allowed) {
    throw tooMany(`You have tried ${TRIED_SECRETS_PER_HOUR} secrets within an hour.`, reservation.retryAfter);
  }
}

function tooMany(message: string, retryAfter: number): AppError {
  const minutes = Math.ceil(retryAfter / 60);
  return new AppError(429, 'too_many', message, {
    hint: `Please try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`,
    headers: { 'Retry-After': String(retryAfter) },
  });
}
