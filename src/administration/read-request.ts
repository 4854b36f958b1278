/** What the addresses and forms of these pages hold, each value checked or left out. */
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { AppError, type FieldErrors } from '../http/errors.js';
import { trimmedTextOf } from '../http/form-input.js';

/** A field of the form that was sent. */
export function fieldOf(ctx: Context, name: string): string {
  return trimmedTextOf((ctx.request.body as Record<string, unknown> | undefined)?.[name]);
}

/** What a field was refused for, where a function throws it as the sentence for the whole page. */
export function refusedField(error: unknown, field: string): FieldErrors {
  if (error instanceof AppError && error.status < 500) return { [field]: error.sentence };
  throw error;
}
