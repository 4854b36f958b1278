import { AppError, type Link } from '../http/errors.js';
import { type Text, text } from '../languages/texts.js';

/** How long to wait, as one says it: '40 seconds', '1 minute', '12 minutes'. Rounded up, so that it is long enough. */
export function describeWait(seconds: number): Text {
  if (seconds < 60) return text('accounts.wait.seconds', { count: seconds });
  return text('accounts.wait.minutes', { count: Math.ceil(seconds / 60) });
}

/** For what was asked too often: says when to try again, in words and by Retry-After. @param retryAfter seconds */
export function tooMany(code: string, sentence: Text, retryAfter: number, link?: Link): AppError {
  return new AppError(429, code, sentence, {
    hint: text('accounts.wait.tryAgain', { wait: describeWait(retryAfter) }),
    headers: { 'Retry-After': String(retryAfter) },
    ...(link ? { link } : {}),
  });
}
