/** How long anybody has waited for a lock of PostgreSQL: asked every 50 ms, and read from its log (log_lock_waits). */
import { readFileSync } from 'node:fs';
import { pause } from './pause.js';
import type { Postgres } from './postgres.js';

export interface LockWaits {
  /** Ends the asking. @returns the longest wait so far, in milliseconds, and what it was for */
  stop(): Promise<{ longest: number; what: string }>;
}

const SAMPLE_EVERY = 50;

const WAITING = `SELECT extract(epoch FROM clock_timestamp() - l.waitstart)::float * 1000 AS milliseconds,
    coalesce(l.relation::regclass::text, l.locktype) || ' ' || l.mode || ' by ' || left(a.query, 60) AS what
  FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE NOT l.granted AND l.waitstart IS NOT NULL AND l.locktype <> 'advisory'
  ORDER BY 1 DESC LIMIT 1`;

// "process 123 acquired ShareLock on relation 16500 of database 16384 after 712.044 ms"
const LOGGED = /(?:acquired|still waiting for) (\w+ on \w+ \d+[^\n]*?) after ([\d.]+) ms/g;

/** @param postgres with log_lock_waits on; what waited for less than deadlock_timeout is not in its log */
export async function watchLockWaits(postgres: Postgres): Promise<LockWaits> {
  const client = await postgres.connect();
  const begun = readFileSync(postgres.logFile, 'utf8').length;
  const seen = { longest: 0, what: 'none' };
  let isOver = false;
  const note = (longest: number, what: string) => {
    if (longest > seen.longest) Object.assign(seen, { longest, what });
  };
  const loop = (async () => {
    for (; !isOver; await pause(SAMPLE_EVERY)) {
      const { rows } = await client.query<{ milliseconds: number; what: string }>(WAITING);
      if (rows[0]) note(rows[0].milliseconds, rows[0].what.replace(/\s+/g, ' '));
    }
    await client.end();
  })();
  return {
    async stop() {
      isOver = true;
      await loop;
      const log = readFileSync(postgres.logFile, 'utf8').slice(begun);
      for (const [, what = '', milliseconds] of log.matchAll(LOGGED)) {
        if (!what.includes('advisory')) note(Number(milliseconds), what);
      }
      return seen;
    },
  };
}
