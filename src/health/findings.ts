/** What is looked at to know whether a server is well, one sentence each: by the doctor and on the page of superusers. */
import type { Config } from '../config/config.js';
import { measureClock } from '../database/clock.js';
import type { Database } from '../database/database.js';
import { schemaState } from '../database/migrate.js';

export interface Finding {
  about: string;
  /** A note is worth knowing, and nothing is wrong. */
  verdict: 'fine' | 'note' | 'problem';
  /** What is so, or what to do. */
  text: string;
}

export type Verdict = Omit<Finding, 'about'>;

export const fine = (text: string): Verdict => ({ verdict: 'fine', text });
export const note = (text: string): Verdict => ({ verdict: 'note', text });
export const problem = (text: string): Verdict => ({ verdict: 'problem', text });

// Seconds.
const MOST_CLOCK_DIFFERENCE = 2;

export async function checkDatabase(config: Config, database: Database): Promise<Verdict> {
  const { rows } = await database.knex.raw<{ rows: { version: string; connections: number }[] }>(
    `SELECT current_setting('server_version') AS version,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS connections`,
  );
  const { version, connections } = rows[0]!;
  const state = await schemaState(database.knex);
  if (state === 'ahead')
    return problem(
      'A newer Latchkey has taken away what this version needs: run that version, or restore a backup.',
    );
  const wanted = config.workers * config.databasePoolSize;
  // A pgbouncer takes more than the database behind it, whose limit this is.
  if (wanted > connections && config.databasePreparedStatements) {
    return problem(
      `This server may open ${wanted} connections (WEB_CONCURRENCY times DATABASE_POOL_SIZE), and the database takes ${connections}: lower one of them, or raise max_connections.`,
    );
  }
  if (state === 'behind')
    return note('Its tables are not up to date; the next start of the server does that.');
  return fine(`PostgreSQL ${version}, tables up to date`);
}

export async function checkClock(database: Database): Promise<Verdict> {
  const difference = Math.abs(await measureClock(database.knex));
  if (difference <= MOST_CLOCK_DIFFERENCE) return fine('this machine and the database agree');
  return problem(
    `This machine and the database are ${difference.toFixed(1)} seconds apart. Set both by NTP: lifetimes are counted here.`,
  );
}
