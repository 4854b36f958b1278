/** What a request takes back, tokens or the right to use them, is refused by this process as soon as it is answered. */
import type { Middleware } from 'koa';
import { AppError } from '../http/errors.js';
import { isSafeMethod } from '../http/safe-method.js';
import type { LiveAccessTokens } from './live-access-tokens.js';

const isRefusal = (status: number): boolean => status >= 400 && status < 500;

/**
 * Around all that takes something back or switches it off: whatever the request changed, no token is answered for from
 * what was read before (elsewhere that takes up to a second). A refused request has changed nothing, and strangers must not
 * be able to have everybody's tokens read anew by sending some.
 */
export function forgetTokensAfterChanges(liveTokens: LiveAccessTokens): Middleware {
  return async (ctx, next) => {
    if (isSafeMethod(ctx.method)) return next();
    let isRefused = false;
    try {
      await next();
      isRefused = isRefusal(ctx.status);
    } catch (error) {
      // With any other error the connection may have broken when the commit was done.
      isRefused = error instanceof AppError && isRefusal(error.status);
      throw error;
    } finally {
      if (!isRefused) liveTokens.forgetAll();
    }
  };
}
