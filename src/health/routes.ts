/**
 * For whatever watches the server. /healthz: the process is alive (restart it otherwise). /readyz: it can do its work
 * (send it no requests otherwise): it is not shutting down, the database answers, and its tables are those of this
 * build. Both answer any Host, since probes use addresses. Tables: only the list of migrations.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Database } from '../database/database.js';
import { schemaState } from '../database/migrate.js';

interface HealthDeps {
  database: Database;
  isDraining: () => boolean;
  /** True as long as there is nothing but these routes. */
  isStarting?: boolean;
}

// Milliseconds the database has to answer.
const PATIENCE = 1_000;

function withinPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The database does not answer')), PATIENCE);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

export function healthRoutes({ database, isDraining, isStarting = false }: HealthDeps): Router {
  // Once the tables are up to date they stay so: nothing takes a migration back.
  let isMigrated = false;

  const findProblem = async (): Promise<string | undefined> => {
    if (isDraining()) return 'shutting_down';
    try {
      if (isMigrated) await withinPatience(database.knex.raw('SELECT 1'));
      else isMigrated = (await withinPatience(schemaState(database.knex))) !== 'behind';
      if (!isMigrated) return 'migrations_missing';
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

  return new Router()
    .get('/healthz', (ctx) => answer(ctx, 200, { status: 'alive' }))
    .get('/readyz', async (ctx) => {
      const problem = await findProblem();
      if (problem) answer(ctx, 503, { status: 'not_ready', reason: problem });
      else answer(ctx, 200, { status: 'ready' });
    });
}
