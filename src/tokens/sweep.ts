/**
 * What has expired leaves by itself, without cron: whole partitions of codes and tokens are dropped, and what lives in
 * ordinary tables goes in small batches. Every node does this now and then; they do not get in each other's way.
 */
import { randomInt } from 'node:crypto';
import { removeDueAccounts } from '../accounts/leaving/delete-account.js';
import { endAllExpiredSecrets } from '../applications/secrets/retired-secrets.js';
import { deleteEventsBefore } from '../audit/delete-events.js';
import type { Config } from '../config/config.js';
import { measureClock } from '../database/clock.js';
import type { Database } from '../database/database.js';
import { deleteExpired } from '../database/delete-in-batches.js';
import { deleteAbandonedSignIns } from '../engine/storage/abandoned-sign-ins.js';
import type { Logger } from '../logging/log.js';
import { addBuckets, dropExpiredBuckets } from './buckets.js';
import { EXPIRING } from './expiring-tables.js';

// Milliseconds for which a row stays after its end: the clocks of the nodes differ, and what one of them takes for
// expired may be live on another.
const CLOCK_SLACK = 10 * 60_000;
const DAY = 86_400_000;

export interface Swept {
  /** Names of the partitions dropped. */
  partitions: string[];
  /** Rows deleted, by table. */
  rows: Record<string, number>;
  /** What could not be cleared this time, by table, or by 'partitions'. */
  problems: Record<string, unknown>;
}

export type SweepRules = Pick<Config, 'auditKeepDays'>;

/** One round. Nodes that do it at the same time share the work: a row locked by one is passed over by the other. */
export async function sweep(
  database: Database,
  { auditKeepDays }: SweepRules,
  now: Date,
  isStopped: () => boolean = () => false,
): Promise<Swept> {
  const over = new Date(now.getTime() - CLOCK_SLACK);
  await addBuckets(database.knex, now);
  const swept: Swept = { partitions: [], rows: {}, problems: {} };
  try {
    await dropExpiredBuckets(database.knex, over, (name) => swept.partitions.push(name));
  } catch (error) {
    // A transaction that has read the tokens, such as that of a backup, keeps its partitions until it ends.
    swept.problems.partitions = error;
  }

  async function clear(table: string, work: () => Promise<number>): Promise<void> {
    try {
      const deleted = await work();
      if (deleted) swept.rows[table] = (swept.rows[table] ?? 0) + deleted;
    } catch (error) {
      // One table that is slow or locked must not keep the others from being cleared.
      swept.problems[table] = error;
    }
  }

  for (const [table, column] of Object.entries(EXPIRING))
    await clear(table, () => deleteExpired(database, { table, column, before: over }, isStopped));
  await clear('interactions', () => deleteAbandonedSignIns(database, now, isStopped));
  await clear('client_secrets', () => endAllExpiredSecrets(database, over, isStopped));
  await clear('accounts', () => removeDueAccounts(database, now, isStopped));
  const auditEnd = new Date(now.getTime() - auditKeepDays * DAY);
  await clear('audit_events', () => deleteEventsBefore(database, auditEnd, isStopped));
  return swept;
}

/**
 * One round of a server. A node whose clock has jumped ahead would take what everybody is signed in with for expired,
 * and what is dropped does not come back: it leaves the sweeping to nodes that agree with the database on the time.
 */
export async function sweepOnTime(
  database: Database,
  rules: SweepRules,
  isStopped: () => boolean,
): Promise<Swept> {
  const ahead = await measureClock(database.knex);
  if (ahead * 1000 > CLOCK_SLACK) {
    throw new Error(
      `This machine's clock is ${Math.round(ahead)} seconds ahead of the database's: set both by NTP.`,
    );
  }
  return sweep(database, rules, new Date(), isStopped);
}

// Milliseconds. Soon after the start, so that a server that is restarted often sweeps as well, but not at the same moment
// on nodes that were started together; then often enough that no table grows by much.
const FIRST_SWEEP = { from: 30_000, to: 90_000 };
const SWEEP_EVERY = 10 * 60_000;

/** Sweeps now and then until stopped; the returned function waits for the batch that is under way. */
export function startSweeping(database: Database, rules: SweepRules, log: Logger): () => Promise<void> {
  let isStopped = false;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const round = async (): Promise<void> => {
    try {
      const { problems, ...left } = await sweepOnTime(database, rules, () => isStopped);
      if (left.partitions.length || Object.keys(left.rows).length) log.info(left, 'expired rows have left');
      for (const [table, err] of Object.entries(problems))
        log.warn({ err, table }, 'could not clear expired rows');
    } catch (error) {
      log.warn({ err: error }, 'could not clear expired rows; trying again later');
    }
    if (!isStopped) plan(SWEEP_EVERY);
  };
  // Planned anew at the end of each round, so that no two overlap.
  const plan = (delay: number) => {
    timer = setTimeout(() => {
      running = round();
    }, delay);
    timer.unref();
  };

  plan(randomInt(FIRST_SWEEP.from, FIRST_SWEEP.to));
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await running;
  };
}
