import type { Middleware } from 'koa';
import { notForOthers } from '../../accounts/require-recent-sign-in.js';
import { isSafeMethod } from '../../http/safe-method.js';

/** What would let whoever made it act for the person's applications later: secrets, API tokens, teams and their members. */
const LASTING = /^\/(o\/)?applications\/(teams|tokens|[^/]+\/(secrets|transfer|previews))(\/|$)/i;

/**
 * What belongs to the person alone: the password, factors, addresses, tokens, what applications were allowed, sessions,
 * and leaving; not signing out. The router takes a path in whatever case it is written.
 */
const PERSONAL = /^\/(account|api\/account(?!\/session\/?$)|login\/confirm|(o\/)?authorized_tokens)(\/|$)/i;
const PROFILE = /^\/account\/edit\/?$/i;

/** Refuses what a superuser may not do while acting as somebody else. The profile may be put right. */
export function keepImpersonatorsOut(): Middleware {
  return async (ctx, next) => {
    const isChange = !isSafeMethod(ctx.method);
    const isPersonal = (PERSONAL.test(ctx.path) && !PROFILE.test(ctx.path)) || LASTING.test(ctx.path);
    if (ctx.state.actor && isChange && isPersonal) throw notForOthers();
    await next();
  };
}
