/**
 * What has expired leaves by itself, without cron: whole partitions of codes and tokens are dropped, and what lives in
 * ordinary tables goes in small batches. Every node does this now and then; they do not get in each other's way.
 */
import type { Database } from '../database/database.js';
import type { Logger } from '../logging/log.js';
import { addBuckets, dropExpiredBuckets } from './buckets.js';

/** Tables cleaned row by row, with the column that says when a row is over. */
const EXPIRING = {
  access_tokens_0: 'expires_at',
  refresh_tokens_0: 'expires_at',
  authorization_codes_0: 'expires_at',
  grants: 'expires_at',
  sessions: 'expires_at',
  interactions: 'expires_at',
  device_codes: 'expires_at',
  one_time_links: 'expires_at',
  throttles: 'resets_at',
  outgoing_mails: 'leaves_at',
};

// Rows per statement: some milliseconds of work, so that nobody waits for a lock or for the log.
const BATCH = 500;

async function deleteExpired(
  database: Database,
  table: keyof typeof EXPIRING,
  now: Date,
  isStopped: () => boolean,
): Promise<number> {
  const column = EXPIRING[table];
  let deleted = 0;
  while (!isStopped()) {
    const { rowCount } = await database.knex.raw<{ rowCount: number }>(
      `DELETE FROM ?? WHERE ctid = ANY(ARRAY(SELECT ctid FROM ?? WHERE ?? <= ? LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
      [table, table, column, now],
    );
    deleted += rowCount;
    if (rowCount < BATCH) break;
  }
  return deleted;
}

// Milliseconds for which a row stays after its end: the clocks of the nodes differ, and what one of them takes for
// expired may be live on another.
const CLOCK_SLACK = 10 * 60_000;

export interface Swept {
  /** Names of the partitions dropped. */
  partitions: string[];
  /** Rows deleted, by table. */
  rows: Record<string, number>;
  /** What could not be cleared this time, by table. */
  problems: Record<string, unknown>;
}

/** One round. Nodes that do it at the same time share the work: a row locked by one is passed over by the other. */
export async function sweep(
  database: Database,
  now: Date,
  isStopped: () => boolean = () => false,
): Promise<Swept> {
  const over = new Date(now.getTime() - CLOCK_SLACK);
  await addBuckets(database.knex, now);
  const partitions = await dropExpiredBuckets(database.knex, over);
  const swept: Swept = { partitions, rows: {}, problems: {} };
  for (const table of Object.keys(EXPIRING) as (keyof typeof EXPIRING)[]) {
    try {
      const deleted = await deleteExpired(database, table, over, isStopped);
      if (deleted) swept.rows[table] = deleted;
    } catch (error) {
      // One table that is slow or locked must not keep the others from being cleared.
      swept.problems[table] = error;
    }
  }
  return swept;
}

// Milliseconds. Often enough that no table grows by much, and days before the partitions made ahead run out.
const SWEEP_EVERY = 10 * 60_000;

/** Sweeps now and then until stopped; the returned function waits for the batch that is under way. */
export function startSweeping(database: Database, log: Logger): () => Promise<void> {
  let isStopped = false;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const round = async (): Promise<void> => {
    try {
      const { problems, ...left } = await sweep(database, new Date(), () => isStopped);
      if (left.partitions.length || Object.keys(left.rows).length) log.info(left, 'expired rows have left');
      for (const [table, err] of Object.entries(problems))
        log.warn({ err, table }, 'could not clear expired rows');
    } catch (error) {
      log.warn({ err: error }, 'could not clear expired rows; trying again later');
    }
    if (!isStopped) plan();
  };
  // Planned anew at the end of each round, so that no two overlap.
  const plan = () => {
    timer = setTimeout(() => {
      running = round();
    }, SWEEP_EVERY);
    timer.unref();
  };

  plan();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await running;
  };
}
