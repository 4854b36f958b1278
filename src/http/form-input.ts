/**
 * A form becomes a typed value at the edge, once. What no field of any form may hold is refused here, whatever the
 * schema says: NUL (PostgreSQL cannot store it) and values longer than any page asks for.
 */
import { z } from 'zod';
import {
  isTextKey,
  type Sentence,
  type Text,
  type TextKey,
  type TextValues,
  text,
} from '../languages/texts.js';
import type { FieldErrors } from './errors.js';

export type FormResult<T> = { ok: true; value: T } | { ok: false; errors: FieldErrors };

const LONGEST_VALUE = 20_000;

/** What a schema's check says when it fails: the message of the issue is the key of a text, its params are the values. */
export const refusal = (key: TextKey, values?: TextValues) => ({
  error: key as string,
  params: values ?? {},
});

/** A field that only has to be text, '' when it is missing; what else it must be is its feature's to say. */
export const word = z.string(refusal('forms.mustBeText')).default('');

/** A parameter or field given once as text; anything else counts as missing. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A parameter or field given once, trimmed and without NUL, which PostgreSQL does not take; '' when there is none. */
export function trimmedTextOf(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll('\0', '').trim() : '';
}

/** One line of text without surrounding space; '' when the field is missing. */
export function line(options: { label: Text; max: number; required?: boolean }): z.ZodType<string, unknown> {
  const { label, max, required = false } = options;
  return z
    .string(refusal('forms.mustBeText'))
    .default('')
    .transform((text) => text.trim())
    .refine((text) => !required || text !== '', { ...refusal('forms.missing', { label }), abort: true })
    .refine((text) => text.length <= max, { ...refusal('forms.tooLong', { label, max }), abort: true })
    .refine((text) => !/\p{Cc}/u.test(text), refusal('forms.controlCharacters', { label }));
}

/** Every value of a repeated field; above 20 of them the body parser makes an object. */
export function valuesOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return typeof value === 'object' ? Object.values(value) : [value];
}

function findUnfit(value: unknown): Text | undefined {
  for (const each of valuesOf(value)) {
    if (typeof each !== 'string') continue;
    if (each.includes('\0')) return text('forms.nul');
    if (each.length > LONGEST_VALUE) return text('forms.endless');
  }
  return undefined;
}

/** An issue of zod's own, which no check of ours has put into words, is one that only a program can have. */
function sentenceOf({ message, ...issue }: z.core.$ZodIssue): Sentence {
  if (isTextKey(message)) return text(message, issue.code === 'custom' ? (issue.params as TextValues) : {});
  return issue.code === 'invalid_type'
    ? `This must be of type ${issue.expected}.`
    : text('forms.notAccepted');
}

/** The fields an issue concerns: a schema that takes no others names those it does not know. */
function fieldsOf(issue: z.core.$ZodIssue): string[] {
  return issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0] ?? 'form')];
}

function errorsOf(issues: z.core.$ZodIssue[]): FieldErrors {
  const errors = new Map<string, Sentence>();
  for (const issue of issues) {
    const sentence = issue.code === 'unrecognized_keys' ? 'There is no such field.' : sentenceOf(issue);
    for (const field of fieldsOf(issue)) if (!errors.has(field)) errors.set(field, sentence);
  }
  return Object.fromEntries(errors);
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
  return { ok: false, errors: errorsOf(result.error.issues) };
}

/** The fields of a form as they were typed, to be shown again beside their errors. */
export function typedValues(body: unknown, names: readonly string[]): Record<string, string> {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  return Object.fromEntries(
    names.map((name) => [name, typeof fields[name] === 'string' ? fields[name] : '']),
  );
}
