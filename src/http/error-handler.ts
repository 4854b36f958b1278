/**
 * The one place where an error becomes an answer: a page for a person, JSON for a program, and the whole truth for the
 * log. What is not AppError or OAuthError is our fault and tells the reader nothing but the request id.
 */
import type { Context, Middleware } from 'koa';
import { isDatabaseOutOfReach } from '../database/out-of-reach.js';
import type { Language } from '../languages/languages.js';
import { type Text, text, translatorFor } from '../languages/texts.js';
import type { Logger } from '../logging/log.js';
import { loggedPath } from '../logging/logged-path.js';
import { AppError, type FieldErrors, notFound, OAuthError, overloaded } from './errors.js';
import type { Pages } from './pages.js';
import { isForFrontEnds, wantsJson } from './wants-json.js';

interface ErrorHandlerOptions {
  pages: Pages;
  log: Logger;
}

const RETRY_SECONDS = 2;

/** The errors of the body parser and of Koa itself carry a status; their texts are for developers, so ours are used. */
const REQUEST_PROBLEMS: Record<number, [code: string, message: Text, hint: Text]> = {
  400: ['bad_request', text('errors.badRequest.message'), text('errors.badRequest.hint')],
  405: ['method_not_allowed', text('errors.method.message'), text('errors.method.hint')],
  413: ['too_large', text('errors.tooLarge.message'), text('errors.tooLarge.hint')],
  415: ['unsupported_encoding', text('errors.encoding.message'), text('errors.encoding.hint')],
};

function requestProblem(status: number, cause?: unknown): AppError {
  const known = REQUEST_PROBLEMS[status] ?? REQUEST_PROBLEMS[400]!;
  const [code, message, hint] = known;
  return new AppError(status, code, message, { hint, cause });
}

/** A body that says it is gzip, deflate or brotli, and is not. */
function isUnreadableCompression(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^(Z_|ERR_BROTLI|ERR__ERROR_FORMAT)/.test(code);
}

/** PostgreSQL's code for text it cannot store, which NUL is: whatever parameter has one, it is the request's fault. */
const UNSTORABLE_TEXT = '22021';

function hasUnstorableText(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === UNSTORABLE_TEXT;
}

function findStatus(error: unknown): number | undefined {
  if (error instanceof URIError || isUnreadableCompression(error) || hasUnstorableText(error)) return 400;
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** Whatever was thrown, as one of the two errors a reader may see. */
function toPublicError(error: unknown): AppError | OAuthError {
  if (error instanceof AppError || error instanceof OAuthError) return error;
  if (isDatabaseOutOfReach(error)) return overloaded(RETRY_SECONDS, error);
  const status = findStatus(error);
  if (status === 404) return notFound();
  if (status) return requestProblem(status, error);
  return new AppError(500, 'server_error', text('errors.server.message'), {
    hint: text('errors.server.hint'),
    cause: error,
  });
}

function renderOAuthError(ctx: Context, error: OAuthError): void {
  ctx.status = error.status;
  ctx.set(error.headers);
  ctx.set('Cache-Control', 'no-store');
  ctx.body = {
    error: error.error,
    error_description: error.message,
    ...(ctx.state.errorUri ? { error_uri: ctx.state.errorUri } : {}),
  };
}

/** What a program reads is English; a front end shows it to a person. */
const languageOfErrors = (ctx: Context): Language => (isForFrontEnds(ctx.path) ? ctx.state.language : 'en');

function inWords({ sentence, hint, fields }: AppError, language: Language): Record<string, unknown> {
  const { say } = translatorFor(language);
  const inEach = (errors: FieldErrors) =>
    Object.fromEntries(Object.entries(errors).map(([name, problem]) => [name, say(problem)]));
  return { message: say(sentence), hint: hint && say(hint), fields: fields && inEach(fields) };
}

function renderAppError(ctx: Context, error: AppError, pages: Pages): void {
  ctx.set(error.headers);
  ctx.set('Cache-Control', 'no-store');
  const requestId = ctx.state.requestId;
  if (wantsJson(ctx)) {
    ctx.status = error.status;
    ctx.body = { error: error.code, ...inWords(error, languageOfErrors(ctx)), request_id: requestId };
    return;
  }
  if (error.status < 400) {
    ctx.status = error.status;
    ctx.body = '';
    return;
  }
  const { status, sentence, hint, link } = error;
  const { errorUri } = ctx.state;
  pages.render(ctx, 'errors/page', { status, sentence, hint, link, errorUri }, { status });
}

function logError(ctx: Context, error: AppError | OAuthError, log: Logger): void {
  const facts = {
    requestId: ctx.state.requestId,
    method: ctx.method,
    path: loggedPath(ctx.path),
    status: error.status,
  };
  if (error.status >= 500) log.error({ ...facts, err: error.cause ?? error }, 'request failed');
  else log.debug({ ...facts, reason: error.message, cause: String(error.cause ?? '') }, 'request refused');
}

function hasNoAnswer(ctx: Context): boolean {
  return [404, 405].includes(ctx.status) && (ctx.body === undefined || ctx.body === null);
}

export function errorHandler({ pages, log }: ErrorHandlerOptions): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.respond === false || ctx.headerSent || !hasNoAnswer(ctx)) return;
      throw ctx.status === 404 ? notFound() : requestProblem(ctx.status);
    } catch (thrown) {
      const error = toPublicError(thrown);
      logError(ctx, error, log);
      if (ctx.headerSent) return;
      // Of a redirect that failed after it was written: an error must not hand out the code in it.
      ctx.remove('Location');
      if (error instanceof OAuthError) renderOAuthError(ctx, error);
      else renderAppError(ctx, error, pages);
    }
  };
}
