import type { Middleware } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { notForOthers } from '../../accounts/require-recent-sign-in.js';

/** What belongs to the person alone: the password, factors, addresses, tokens, sessions, and leaving; not signing out. */
const PERSONAL = /^\/(account|api\/account(?!\/session\/?$)|login\/confirm)(\/|$)/;
const PROFILE = /^\/account\/edit\/?$/;

/**
 * Refuses what a superuser may not do while acting as somebody else. The profile may be put right, the address not: by
 * it the account could be recovered later on.
 */
export function keepImpersonatorsOut(): Middleware {
  return async (ctx, next) => {
    const { account, actor } = ctx.state;
    const isChange = !['GET', 'HEAD', 'OPTIONS'].includes(ctx.method);
    if (actor && isChange && PERSONAL.test(ctx.path)) {
      const { email = account?.email } = (ctx.request.body ?? {}) as Record<string, unknown>;
      if (!PROFILE.test(ctx.path) || email !== account?.email) throw notForOthers();
    }
    await next();
  };
}
