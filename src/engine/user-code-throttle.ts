/**
 * How often a device's code may be mistyped (RFC 8628 5.1): of 20^8 codes some are live at any time, and whoever guesses
 * one could take the device over.
 */
import type { Context } from 'koa';
import type { Database } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { text } from '../languages/texts.js';
import { networkRules } from '../throttle/network-rules.js';
import { giveBackAttempt, reserveAttempt } from '../throttle/throttle.js';

const WRONG_CODES_PER_MINUTE = 10;

/** What the page of a code that is not valid answers (engine-pages.ts). */
export const WRONG_USER_CODE_STATUS = 422;

/** @throws AppError 429 once too many wrong codes came from this network */
export async function throttleUserCodes(
  database: Database,
  ctx: Context,
  next: () => Promise<void>,
): Promise<void> {
  const rule = { key: 'device-code:network', limit: WRONG_CODES_PER_MINUTE, window: 60 };
  const reservation = await reserveAttempt(database.knex, networkRules(rule, ctx.state.network), new Date());
  if (!reservation.allowed) {
    throw new AppError(429, 'too_many_attempts', text('authorization.device.tooMany'), {
      hint: text('authorization.device.tooManyHint'),
      headers: { 'Retry-After': String(reservation.retryAfter) },
    });
  }
  let isWrong = false;
  try {
    await next();
    isWrong = ctx.status === WRONG_USER_CODE_STATUS;
  } finally {
    if (!isWrong) await giveBackAttempt(database.knex, reservation.reserved);
  }
}
