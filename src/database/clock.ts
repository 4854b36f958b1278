import type { Db } from './database.js';

/**
 * By how many seconds this machine's clock is ahead of the database's. The one place that asks the database for the time:
 * what has expired is decided by our own.
 */
export async function measureClock(db: Db): Promise<number> {
  const before = Date.now();
  const { rows } = await db.raw<{ rows: { now: Date }[] }>('SELECT clock_timestamp() AS now');
  return ((before + Date.now()) / 2 - rows[0]!.now.getTime()) / 1_000;
}
