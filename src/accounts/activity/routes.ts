/**
 * What has happened to one's account lately, in words.
 *
 *   /account/activity    GET; ?before=<id of an event> goes on with what was before it
 *
 * Table: audit_events, by src/audit, which keeps them for AUDIT_KEEP_DAYS.
 */
import Router from '@koa/router';
import { listEventsOf } from '../../audit/list-events.js';
import type { AccountDeps } from '../account-deps.js';
import { requireAccount } from '../require-account.js';
import { shortAddress } from '../short-address.js';
import { DESCRIBED, describeEvent } from './describe-event.js';

const PAGE = 25;

export function activityRoutes({ config, database, pages }: AccountDeps): Router {
  const router = new Router();

  router.get('/account/activity', async (ctx) => {
    const account = requireAccount(ctx);
    const asked = ctx.query.before;
    const before = typeof asked === 'string' && /^\d{1,15}$/.test(asked) ? Number(asked) : undefined;
    // One more than is shown tells whether there are older ones.
    const found = await listEventsOf(database.knex, account.id, {
      events: DESCRIBED,
      before,
      limit: PAGE + 1,
    });
    const events = found.slice(0, PAGE).map((event) => ({
      at: event.at,
      sentence: describeEvent(event),
      network: shortAddress(event.network),
    }));
    const older = found.length > PAGE ? found[PAGE - 1]?.id : undefined;
    pages.render(ctx, 'accounts/activity/list', {
      events,
      older,
      isFirst: !before,
      days: config.auditKeepDays,
    });
  });

  return router;
}
