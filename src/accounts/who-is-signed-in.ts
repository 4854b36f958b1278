import type { Context, Middleware } from 'koa';
import { actAs } from '../audit/acting.js';
import type { BrowserSessions } from '../engine/browser-sessions.js';

/** Whose session came with the request, for pages and for front ends; what is done in it is recorded as done by who acts. */
export function whoIsSignedIn(sessions: BrowserSessions): Middleware {
  return async (ctx, next) => {
    const found = await sessions.find(ctx as Context);
    ctx.state.account = found?.account;
    ctx.state.signIn = found?.signIn;
    ctx.state.ownLocale = found?.account.claims.locale;
    ctx.state.actor = found?.actor;
    ctx.state.actsAs = found?.account.username;
    await (found?.actor ? actAs(found.actor.accountId, next) : next());
  };
}
