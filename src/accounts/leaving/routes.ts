/**
 * What one can take along, and leaving.
 *
 *   /account/data           GET, the two offers
 *   /account/data/export    POST, everything held about the person as a JSON file
 *   /account/data/delete    GET asks, POST begins it
 *   /account/keep           ?token=... GET asks, POST cancels the deletion; one comes here by signing in meanwhile
 *
 * Export and deletion ask for a recent sign-in. Tables: account_deletions, retired_usernames (store.ts) and one_time_links
 * (keep-link.ts); the sweep removes accounts whose time has come.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { listApplications } from '../../applications/list-applications.js';
import { textOf } from '../../http/form-input.js';
import type { Text } from '../../languages/texts.js';
import type { AccountDeps } from '../account-deps.js';
import { describeFailure, originOf } from '../factors/second-step-page.js';
import { requireAccount } from '../require-account.js';
import { requireRecentSignIn } from '../require-recent-sign-in.js';
import { askToDelete } from './delete-account.js';
import { exportData } from './export-data.js';
import { getDeletionOf, useKeepLink } from './keep-link.js';

const PAGE = '/account/data';

export function leavingRoutes(deps: AccountDeps): Router {
  const { config, database, pages } = deps;
  const router = new Router();

  const from = (ctx: Context) => {
    const { network, requestId } = ctx.state;
    return { network, requestId };
  };

  router.get(PAGE, (ctx) => {
    requireAccount(ctx);
    pages.render(ctx, 'accounts/leaving/data', { days: config.accountDeletionGraceDays });
  });

  router.post(`${PAGE}/export`, async (ctx) => {
    const account = requireRecentSignIn(ctx, PAGE);
    const data = await exportData(database.knex, account, config.issuer, from(ctx));
    ctx.set('Cache-Control', 'no-store');
    ctx.attachment('latchkey-account.json');
    ctx.type = 'json';
    ctx.body = `${JSON.stringify(data, null, 2)}\n`;
  });

  router.get(`${PAGE}/delete`, async (ctx) => {
    const account = requireRecentSignIn(ctx);
    const { applications } = await listApplications(database.knex, { ownerId: account.id });
    pages.render(ctx, 'accounts/leaving/delete', { applications, days: config.accountDeletionGraceDays });
  });

  router.post(`${PAGE}/delete`, async (ctx) => {
    const account = requireRecentSignIn(ctx, `${PAGE}/delete`);
    const { language } = ctx.state;
    const dueAt = await askToDelete(deps, account, { ...from(ctx), language });
    // The page is for somebody who is signed out by now.
    ctx.state.account = undefined;
    pages.render(ctx, 'accounts/leaving/asked', { dueAt });
  });

  async function showKeep(ctx: Context, token: string, failure: { error?: Text; status?: number } = {}) {
    const { dueAt, isCodeRequired, hasApp } = await getDeletionOf(database.knex, token);
    const { error, status = 200 } = failure;
    const way = hasApp ? 'app' : 'recovery_code';
    pages.render(ctx, 'accounts/leaving/keep', { token, dueAt, isCodeRequired, way, error }, { status });
  }

  router.get('/account/keep', (ctx) => showKeep(ctx, textOf(ctx.query.token)));

  router.post('/account/keep', async (ctx) => {
    const { token, code } = ctx.request.body as { token?: unknown; code?: unknown };
    const given = { token: textOf(token), code: textOf(code) };
    const result = await useKeepLink(deps, given, originOf(ctx, new Date()));
    if (result.outcome === 'kept') return pages.render(ctx, 'accounts/leaving/kept');
    await showKeep(ctx, given.token, describeFailure(ctx, result, result.way));
  });

  return router;
}
