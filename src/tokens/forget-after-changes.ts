/** What a request takes back, tokens or the right to use them, is refused by this process as soon as it is answered. */
import type { Middleware } from 'koa';
import type { LiveAccessTokens } from './live-access-tokens.js';

const CHANGES_NOTHING = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Around all that takes something back or switches it off: whatever the request changed, no token is answered for from
 * what was read before (elsewhere that takes up to a second).
 */
export function forgetTokensAfterChanges(liveTokens: LiveAccessTokens): Middleware {
  return async ({ method }, next) => {
    try {
      await next();
    } finally {
      // Also after an error, since the connection may have broken with the commit done.
      if (!CHANGES_NOTHING.includes(method)) liveTokens.forgetAll();
    }
  };
}
