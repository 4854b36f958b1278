/**
 * Where a row lives until it expires. A bucket numbers the day (or week) in which rows expire and is a partition of
 * its own; once that day is over the partition is dropped, which takes the same time for ten rows as for ten million
 * and touches nobody else's row. Bucket 0 takes what outlives the partitions that exist yet; it alone is cleaned by
 * (bounded) deletes.
 */
import type { Db } from '../database/database.js';

interface BucketedTable {
  /** Seconds that one bucket spans. */
  span: number;
  /** Buckets kept ready after the current one. */
  ahead: number;
}

const DAY = 86_400;

export const bucketedTables = {
  authorization_codes: { span: DAY, ahead: 2 },
  access_tokens: { span: DAY, ahead: 3 },
  refresh_tokens: { span: 7 * DAY, ahead: 9 },
} as const satisfies Record<string, BucketedTable>;

export type BucketedTableName = keyof typeof bucketedTables;

export const LONG_LIVED = 0;

/** The bucket of a row of `table` that expires at `expiresAt`. */
export function bucketFor(table: BucketedTableName, expiresAt: Date, now: Date): number {
  const { span, ahead } = bucketedTables[table];
  const bucket = Math.floor(expiresAt.getTime() / 1000 / span);
  const current = Math.floor(now.getTime() / 1000 / span);
  // One bucket less than exists: nodes whose clocks differ, or one that has not added today's bucket yet, still fit.
  return bucket > current + ahead - 1 ? LONG_LIVED : bucket;
}

const partitionName = (table: BucketedTableName, bucket: number) => `${table}_${bucket}`;

async function listBuckets(db: Db, table: BucketedTableName): Promise<number[]> {
  const { rows } = await db.raw<{ rows: { name: string }[] }>(
    'SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = ?::regclass',
    [table],
  );
  return rows.map((row) => Number(row.name.slice(table.length + 1)));
}

/**
 * Makes the partitions that rows of the coming days will need. Several nodes may do so at once.
 * Attaching a table takes a lock that lets reads and writes go on; CREATE TABLE ... PARTITION OF would stop them.
 */
export async function addBuckets(db: Db, now: Date): Promise<void> {
  for (const [table, { span, ahead }] of Object.entries(bucketedTables) as [BucketedTableName, BucketedTable][]) {
    const existing = new Set(await listBuckets(db, table));
    const current = Math.floor(now.getTime() / 1000 / span);
    const wanted = [LONG_LIVED, ...Array.from({ length: ahead + 1 }, (_, i) => current + i)];
    for (const bucket of wanted.filter((number) => !existing.has(number))) {
      await addBucket(db, table, bucket);
    }
  }
}

async function addBucket(db: Db, table: BucketedTableName, bucket: number): Promise<void> {
  const name = partitionName(table, bucket);
  await db.transaction(async (transaction) => {
    await transaction.raw('SELECT pg_advisory_xact_lock(hashtext(?))', [name]);
    if ((await listBuckets(transaction, table)).includes(bucket)) return;
    await transaction.raw('CREATE TABLE IF NOT EXISTS ?? (LIKE ?? INCLUDING ALL)', [name, table]);
    await transaction.raw(`ALTER TABLE ?? ATTACH PARTITION ?? FOR VALUES IN (${bucket})`, [table, name]);
  });
}

/** @returns the names of the partitions dropped: those whose whole span is over. */
export async function dropExpiredBuckets(db: Db, now: Date): Promise<string[]> {
  const dropped: string[] = [];
  for (const [table, { span }] of Object.entries(bucketedTables) as [BucketedTableName, BucketedTable][]) {
    const current = Math.floor(now.getTime() / 1000 / span);
    for (const bucket of await listBuckets(db, table)) {
      if (bucket === LONG_LIVED || bucket >= current) continue;
      const name = partitionName(table, bucket);
      // CONCURRENTLY, so that no request waits for the lock that a plain DETACH or DROP takes on the whole table.
      await db.raw('ALTER TABLE ?? DETACH PARTITION ?? CONCURRENTLY', [table, name]);
      await db.raw('DROP TABLE ??', [name]);
      dropped.push(name);
    }
  }
  return dropped;
}
