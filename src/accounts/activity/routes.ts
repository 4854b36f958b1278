/**
 * What has happened to one's account lately, in words.
 *
 *   /account/activity    GET; ?before=<id of an event> goes on with what was before it
 *
 * Table: audit_events, by src/audit, which keeps them for AUDIT_KEEP_DAYS.
 */
import Router from '@koa/router';
import type { AccountDeps } from '../account-deps.js';
import { requireAccount } from '../require-account.js';
import { listActivity } from './list-activity.js';

export function activityRoutes({ config, database, pages }: AccountDeps): Router {
  const router = new Router();

  router.get('/account/activity', async (ctx) => {
    const account = requireAccount(ctx);
    const asked = ctx.query.before;
    const before = typeof asked === 'string' && /^\d{1,15}$/.test(asked) ? Number(asked) : undefined;
    const { events, older } = await listActivity(database.knex, account.id, before);
    pages.render(ctx, 'accounts/activity/list', {
      events,
      older,
      isFirst: !before,
      days: config.auditKeepDays,
    });
  });

  return router;
}
