/**
 * For whatever watches the server. /healthz: the process is alive (restart it otherwise). /readyz: it can do its work
 * (send it no requests otherwise): it is not shutting down, the database answers, its tables are those of this build,
 * and the clocks agree. Both answer any Host, since probes use addresses. Tables: only the list of migrations.
 */
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { measureClock } from '../database/clock.js';
import type { Database } from '../database/database.js';
import { schemaState } from '../database/migrate.js';
import type { Logger } from '../logging/log.js';

interface HealthDeps {
  database: Database;
  log: Logger;
  isDraining: () => boolean;
  /** True as long as there is nothing but these routes. */
  isStarting?: boolean;
}

// Milliseconds the database has to answer.
const PATIENCE = 1_000;

// Seconds. Each node decides by its own clock what has expired; further off than this it would go on taking codes and
// tokens that the others refuse.
const CLOCK_TOLERANCE = 30;

function withinPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The database does not answer')), PATIENCE);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

// Before a router, which every request would have to pass.
const PROBE = /^\/(healthz|readyz)\/?$/i;

export function healthRoutes({ database, log, isDraining, isStarting = false }: HealthDeps): Middleware {
  // Once the tables are up to date they stay so: nothing takes a migration back.
  let isMigrated = false;
  let isClockRight = true;

  const checkClock = async (): Promise<void> => {
    const ahead = await withinPatience(measureClock(database.knex));
    const isRight = Math.round(Math.abs(ahead)) <= CLOCK_TOLERANCE;
    if (!isRight && isClockRight)
      log.error({ secondsAhead: Math.round(ahead) }, "this machine's clock is not that of the database");
    isClockRight = isRight;
  };

  const findProblem = async (): Promise<string | undefined> => {
    if (isDraining()) return 'shutting_down';
    try {
      isMigrated ||= (await withinPatience(schemaState(database.knex))) !== 'behind';
      if (!isMigrated) return 'migrations_missing';
      await checkClock();
      if (!isClockRight) return 'clock_differs';
      return isStarting ? 'starting' : undefined;
    } catch {
      return 'database_unreachable';
    }
  };

  const answer = (ctx: Context, status: number, body: Record<string, string>): void => {
    ctx.status = status;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = body;
  };

  const router = new Router()
    .get('/healthz', (ctx) => answer(ctx, 200, { status: 'alive' }))
    .get('/readyz', async (ctx) => {
      const problem = await findProblem();
      if (problem) answer(ctx, 503, { status: 'not_ready', reason: problem });
      else answer(ctx, 200, { status: 'ready' });
    });
  const serve = router.routes() as Middleware;
  return (ctx, next) => (PROBE.test(ctx.path) ? serve(ctx, next) : next());
}
