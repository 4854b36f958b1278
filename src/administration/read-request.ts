/** What the addresses and forms of these pages hold, each value checked or left out. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { AppError, type FieldErrors } from '../http/errors.js';

/** A parameter or field given once, trimmed and without NUL, which PostgreSQL does not take; '' when there is none. */
export function trimmedTextOf(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll('\0', '').trim() : '';
}

/** A field of the form that was sent. */
export function fieldOf(ctx: Context, name: string): string {
  return trimmedTextOf((ctx.request.body as Record<string, unknown> | undefined)?.[name]);
}

const LONGEST_REASON = 500;

/** Why an administrator does something, for the audit trail. */
export function readReason(
  ctx: Context,
  { isRequired = false } = {},
): { reason: string; errors: FieldErrors } {
  const reason = fieldOf(ctx, 'reason');
  const refuse = (problem: string) => ({ reason, errors: { reason: problem } });
  if (isRequired && !reason) return refuse('The reason is missing.');
  if (reason.length > LONGEST_REASON)
    return refuse(`The reason may have at most ${LONGEST_REASON} characters.`);
  if (/\p{Cc}/u.test(reason)) return refuse('The reason may not contain line breaks or control characters.');
  return { reason, errors: {} };
}

/** What a field was refused for, where a function throws it as the sentence for the whole page. */
export function refusedField(error: unknown, field: string): FieldErrors {
  if (error instanceof AppError && error.status < 500) return { [field]: error.sentence };
  throw error;
}
