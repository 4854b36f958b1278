import type { Context } from 'koa';
import { type Text, text } from '../../languages/texts.js';
import { describeFailure } from '../login-failure.js';
import type { PasskeySignInResult } from './sign-in-with-passkey.js';

/** What a sign-in page says of a passkey, the same for every cause; sets Retry-After when it has to wait. */
export function describePasskeyFailure(
  ctx: Context,
  failure: Exclude<PasskeySignInResult, { outcome: 'ok' }>,
): { status: number; error: Text } {
  if (failure.outcome === 'throttled') return describeFailure(ctx, failure);
  return { status: 401, error: text('passkeys.refused.signIn') };
}
