/**
 * A form becomes a typed value at the edge, once. What no field of any form may hold is refused here, whatever the
 * schema says: NUL (PostgreSQL cannot store it) and values longer than any page asks for.
 */
import { z } from 'zod';
import type { FieldErrors } from './errors.js';

export type FormResult<T> = { ok: true; value: T } | { ok: false; errors: FieldErrors };

const LONGEST_VALUE = 20_000;

/** One line of text without surrounding space; '' when the field is missing. */
export function line(options: {
  label: string;
  max: number;
  required?: boolean;
}): z.ZodType<string, unknown> {
  const { label, max, required = false } = options;
  return z
    .string({ error: `${label} must be text.` })
    .default('')
    .transform((text) => text.trim())
    .refine((text) => !required || text !== '', { error: `${label} is missing.`, abort: true })
    .refine((text) => text.length <= max, {
      error: `${label} may have at most ${max} characters.`,
      abort: true,
    })
    .refine((text) => !/\p{Cc}/u.test(text), {
      error: `${label} may not contain line breaks or control characters.`,
    });
}

/** Every value of a repeated field; above 20 of them the body parser makes an object. */
export function valuesOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return typeof value === 'object' ? Object.values(value) : [value];
}

function findUnfit(value: unknown): string | undefined {
  for (const text of valuesOf(value)) {
    if (typeof text !== 'string') continue;
    if (text.includes('\0')) return 'This may not contain the NUL character.';
    if (text.length > LONGEST_VALUE) return 'This is too long.';
  }
  return undefined;
}

/**
 * @param body what the body parser made of the form
 * @returns the value, or the first problem of each field under the field's name; `form` for the form as a whole
 */
export function parseForm<T>(schema: z.ZodType<T, unknown>, body: unknown): FormResult<T> {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const errors: FieldErrors = {};
  for (const [name, value] of Object.entries(fields)) {
    const problem = findUnfit(value);
    if (problem) errors[name] = problem;
  }
  if (Object.keys(errors).length) return { ok: false, errors };

  const result = schema.safeParse(fields);
  if (result.success) return { ok: true, value: result.data };
  for (const issue of result.error.issues) errors[String(issue.path[0] ?? 'form')] ??= issue.message;
  return { ok: false, errors };
}

/** The fields of a form as they were typed, to be shown again beside their errors. */
export function typedValues(body: unknown, names: readonly string[]): Record<string, string> {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  return Object.fromEntries(
    names.map((name) => [name, typeof fields[name] === 'string' ? fields[name] : '']),
  );
}
