/** What people are told, in their language, when something is not done; nothing was changed. */
import { describeWait } from '../accounts/wait.js';
import { AppError } from '../http/errors.js';
import { type Text, text } from '../languages/texts.js';

/** @param seconds how long to wait */
export function tooManyWrongPasswords(seconds: number): AppError {
  const wait = describeWait(seconds);
  return new AppError(429, 'throttled', text('accounts.wait.wrongPasswords', { wait }), {
    headers: { 'Retry-After': String(seconds) },
  });
}

/** Whatever it failed for sounds the same; only having to wait is told. @param failure as a sign-in page shows it */
export function signInFailed({ status, error }: { status: number; error: Text }): AppError {
  return new AppError(status, status === 429 ? 'throttled' : 'wrong_credentials', error);
}

export function secondStepIsOver(): AppError {
  return new AppError(401, 'sign_in_over', text('factors.step.over'));
}
