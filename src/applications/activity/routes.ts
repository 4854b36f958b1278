/**
 * What happens at an application, as it happens: its last sign-ins step by step, and its numbers by day.
 *
 * URL: /applications/<id>/activity, and under /o. views/assets/live.js reads it anew every two seconds. Tables:
 * application_counters, sign_in_steps. What was refused is explained by src/applications/problems.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Application } from '../application.js';
import { type ApplicationDeps, pathsOf, withApplication } from '../application-pages.js';
import { COUNTERS } from './activity.js';
import { readNumbers, readSignIns } from './read-activity.js';

export function applicationActivityRoutes(deps: ApplicationDeps): Router {
  return new Router().get(
    pathsOf('/:id/activity'),
    withApplication(deps, (ctx, application) => showActivity(deps, ctx, application)),
  );
}

async function showActivity(
  { database, pages }: ApplicationDeps,
  ctx: Context,
  application: Application,
): Promise<void> {
  const now = new Date();
  pages.render(ctx, 'applications/activity/show', {
    application,
    signIns: await readSignIns(database.knex, application.id, now),
    ...(await readNumbers(database.knex, application.id, now)),
    counters: COUNTERS,
  });
}
