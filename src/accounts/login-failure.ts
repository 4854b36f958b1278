import type { Context } from 'koa';
import { type Text, text } from '../languages/texts.js';
import type { CredentialsResult } from './check-credentials.js';
import { describeWait } from './wait.js';

/** What a sign-in page says of a failed attempt, the same for every cause; sets Retry-After when it has to wait. */
export function describeFailure(
  ctx: Context,
  failure: Extract<CredentialsResult, { outcome: 'wrong' | 'throttled' }>,
): { status: number; error: Text } {
  if (failure.outcome === 'wrong') return { status: 401, error: text('accounts.login.wrong') };
  ctx.set('Retry-After', String(failure.retryAfter));
  const wait = describeWait(failure.retryAfter);
  return { status: 429, error: text('accounts.wait.attempts', { wait }) };
}
