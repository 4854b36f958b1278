/**
 * The errors that reach a reader. AppError is a page or JSON for a person; OAuthError is the JSON of RFC 6749 5.2 for
 * a client's developer. Both carry a stable code; `cause` is for the operator's log and never leaves the server.
 */

interface ErrorOptions {
  /** What the reader can do about it. */
  hint?: string;
  /** Where the reader can go on, on a page. */
  link?: { href: string; text: string };
  headers?: Record<string, string>;
  cause?: unknown;
}

export class AppError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly link: { href: string; text: string } | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    message: string,
    { hint, link, headers = {}, cause }: ErrorOptions = {},
  ) {
    super(message, { cause });
    this.name = 'AppError';
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.link = link;
    this.headers = headers;
  }
}

export class OAuthError extends Error {
  readonly status: number;
  readonly error: string;
  readonly headers: Record<string, string>;

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

export function notFound(): AppError {
  return new AppError(404, 'not_found', 'There is no page at this address.', {
    hint: 'Check the address, or go back to the start page.',
  });
}

/** @param seconds how long to wait before the next try */
export function overloaded(seconds: number, cause?: unknown): AppError {
  return new AppError(503, 'overloaded', 'The server is busy at the moment.', {
    hint: 'Please try again in a few seconds.',
    headers: { 'Retry-After': String(seconds) },
    cause,
  });
}

/** What went wrong with a form, field by field; `form` is for what concerns no single field. */
export type FieldErrors = Record<string, string>;
