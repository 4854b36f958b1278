import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import type { FieldErrors } from '../http/errors.js';
import { trimmedTextOf } from '../http/form-input.js';

const LONGEST_REASON = 500;

/** Why an administrator does something, for the audit trail. */
export function readReason(
  ctx: Context,
  { isRequired = false } = {},
): { reason: string; errors: FieldErrors } {
  const reason = trimmedTextOf((ctx.request.body as Record<string, unknown> | undefined)?.reason);
  const refuse = (problem: string) => ({ reason, errors: { reason: problem } });
  if (isRequired && !reason) return refuse('The reason is missing.');
  if (reason.length > LONGEST_REASON)
    return refuse(`The reason may have at most ${LONGEST_REASON} characters.`);
  if (/\p{Cc}/u.test(reason)) return refuse('The reason may not contain line breaks or control characters.');
  return { reason, errors: {} };
}
