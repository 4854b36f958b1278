/** How many applications and secrets a person may make: far above what is needed, far below what fills a table. */
import type { Db } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { reserveAttempt } from '../throttle/throttle.js';
import { countApplicationsOf } from './store.js';

const MAX_APPLICATIONS = 100;
const REGISTRATIONS_PER_HOUR = 50;
const SECRETS_PER_HOUR = 20;
const TRIED_SECRETS_PER_HOUR = 60;
const HOUR = 3600;

/**
 * In the transaction of the registration: counting it holds the owner's counter until the end, so that of many
 * registrations at the same moment each sees those before it.
 * @throws AppError 429
 */
export async function enforceApplicationQuota(transaction: Db, ownerId: number, at: Date): Promise<void> {
  const rule = { key: `applications:registered:${ownerId}`, limit: REGISTRATIONS_PER_HOUR, window: HOUR };
  const reservation = await reserveAttempt(transaction, [rule], at);
  if (!reservation.allowed) {
    throw tooMany(
      `You have registered ${REGISTRATIONS_PER_HOUR} applications within an hour.`,
      reservation.retryAfter,
    );
  }
  if ((await countApplicationsOf(transaction, ownerId)) >= MAX_APPLICATIONS) {
    throw new AppError(
      429,
      'too_many',
      `You have ${MAX_APPLICATIONS} applications, and that is the most one may have.`,
      {
        hint: 'Delete one that is no longer used, or ask an administrator.',
      },
    );
  }
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
