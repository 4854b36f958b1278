/**
 * The errors that reach a reader. AppError is a page or JSON for a person; OAuthError is the JSON of RFC 6749 5.2 for
 * a client's developer. Both carry a stable code; `cause` is for the operator's log and never leaves the server.
 */
import { inEnglish, type Sentence, text } from '../languages/texts.js';

interface ErrorOptions {
  /** What the reader can do about it. */
  hint?: Sentence;
  /** What is wrong with each field, under the field's name; told in JSON only, since a page shows it beside the field. */
  fields?: FieldErrors;
  /** Where the reader can go on, on a page. */
  link?: Link;
  headers?: Record<string, string>;
  cause?: unknown;
}

export interface Link {
  href: string;
  text: Sentence;
}

/** `message` is the sentence in English, for programs and the log; a page says it in the reader's language. */
export class AppError extends Error {
  readonly status: number;
  readonly code: string;
  readonly sentence: Sentence;
  readonly hint: Sentence | undefined;
  readonly fields: FieldErrors | undefined;
  readonly link: Link | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    sentence: Sentence,
    { hint, fields, link, headers = {}, cause }: ErrorOptions = {},
  ) {
    super(inEnglish(sentence), { cause });
    this.name = 'AppError';
    this.sentence = sentence;
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.fields = fields;
    this.link = link;
    this.headers = headers;
  }
}

export class OAuthError extends Error {
  readonly status: number;
  readonly error: string;
  readonly headers: Record<string, string>;
  /** A stable name of the cause (because). */
  readonly reason: string | undefined;

  constructor(
    status: number,
    error: string,
    description: string,
    { headers = {}, cause }: Pick<ErrorOptions, 'headers' | 'cause'> = {},
  ) {
    super(description, { cause });
    this.name = 'OAuthError';
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}

/**
 * The error with a stable name of its cause, by which it is explained to the owner of the application
 * (applications/problems/causes); the client is told the sentence alone.
 */
export function because<E extends Error>(reason: string, error: E): E {
  return Object.assign(error, { reason });
}

export function notFound(): AppError {
  return new AppError(404, 'not_found', text('errors.notFound.message'), {
    hint: text('errors.notFound.hint'),
  });
}

/** @param seconds how long to wait before the next try */
export function overloaded(seconds: number, cause?: unknown): AppError {
  return new AppError(503, 'overloaded', text('errors.overloaded.message'), {
    hint: text('errors.overloaded.hint'),
    headers: { 'Retry-After': String(seconds) },
    cause,
  });
}

/** What went wrong with a form, field by field; `form` is for what concerns no single field. */
export type FieldErrors = Record<string, Sentence>;
