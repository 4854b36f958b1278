/**
 * Where a person is signed in, and the end of it: every browser with a session, this one marked.
 *
 *   /account/sessions             GET, the list
 *   /account/sessions/end         POST uid, ends one
 *   /account/sessions/end-others  POST, ends all but this one
 *
 * A session is a browser at this server and nothing else: what applications were allowed stays (/o/authorized_tokens).
 * Table: sessions, by src/engine/storage, which looks each of them up anew for every request; so an end is one on every
 * node at once.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { seeOther } from '../../http/see-other.js';
import { text } from '../../languages/texts.js';
import type { AccountDeps } from '../account-deps.js';
import { requireAccount } from '../require-account.js';
import { endOtherSessions, endSession } from './end-sessions.js';
import { listOwnSessions, thisBrowser } from './own-sessions.js';

const ENDED = {
  one: text('accounts.sessions.ended'),
  others: text('accounts.sessions.othersEnded'),
  none: text('accounts.sessions.goneAlready'),
};

export function sessionRoutes({ database, pages, sessions }: AccountDeps): Router {
  const router = new Router();

  const by = (ctx: Context) => {
    const { network, requestId } = ctx.state;
    return { accountId: requireAccount(ctx).id, network, requestId };
  };
  const ended = (ctx: Context, what: keyof typeof ENDED) => seeOther(ctx, `/account/sessions?ended=${what}`);

  router.get('/account/sessions', async (ctx) => {
    const account = requireAccount(ctx);
    const here = await thisBrowser(sessions, ctx);
    const listed = await listOwnSessions(database, account.id, here);
    const what = ctx.query.ended;
    const notice = typeof what === 'string' && what in ENDED ? ENDED[what as keyof typeof ENDED] : undefined;
    pages.render(ctx, 'accounts/sessions/list', { sessions: listed, notice });
  });

  router.post('/account/sessions/end', async (ctx) => {
    const { uid } = ctx.request.body as { uid?: unknown };
    const isEnded = await endSession(database, String(uid), by(ctx));
    ended(ctx, isEnded ? 'one' : 'none');
  });

  router.post('/account/sessions/end-others', async (ctx) => {
    await endOtherSessions(database, await sessions.getUid(ctx), by(ctx));
    ended(ctx, 'others');
  });

  return router;
}
