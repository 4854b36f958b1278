import type { Context } from 'koa';
import type { CredentialsResult } from './check-credentials.js';
import { describeWait } from './wait.js';

const WRONG = 'That username and password do not match. Please check both and try again.';

/** What a sign-in page says of a failed attempt, the same for every cause; sets Retry-After when it has to wait. */
export function describeFailure(
  ctx: Context,
  failure: Exclude<CredentialsResult, { outcome: 'ok' }>,
): { status: number; error: string } {
  if (failure.outcome === 'wrong') return { status: 401, error: WRONG };
  ctx.set('Retry-After', String(failure.retryAfter));
  const wait = describeWait(failure.retryAfter);
  return { status: 429, error: `There were too many attempts. Please wait ${wait}, then try again.` };
}
