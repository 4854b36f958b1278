/**
 * Where a row lives until it expires. A bucket numbers the day (or half month) in which rows expire and is a partition of
 * its own; once that day is over the partition is dropped, which takes the same time for ten rows as for ten million
 * and touches nobody else's row. Bucket 0 takes what outlives the partitions that exist yet; it alone is cleaned by
 * (bounded) deletes.
 */
import type { Database, Db, Statement } from '../database/database.js';

interface BucketedTable {
  /** Seconds that one bucket spans. */
  span: number;
  /** Buckets kept ready after the current one. */
  ahead: number;
}

const DAY = 86_400;

export const bucketedTables = {
  // As few as will do, since a statement locks every partition: those of an hour and of thirty days, the lifetimes of
  // access and refresh tokens unless they are set otherwise, with one to spare.
  authorization_codes: { span: DAY, ahead: 2 },
  access_tokens: { span: DAY, ahead: 2 },
  refresh_tokens: { span: 15 * DAY, ahead: 3 },
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

interface Bucket {
  number: number;
  /** 'detaching': a DETACH was interrupted; 'detached': it was done, but the table was not dropped. */
  state: 'attached' | 'detaching' | 'detached';
}

async function listBuckets(db: Db, table: BucketedTableName): Promise<Bucket[]> {
  const { rows } = await db.raw<{ rows: Bucket[] }>(
    `SELECT substring(c.relname FROM '[0-9]+$')::int AS number,
      CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'detaching' ELSE 'attached' END AS state
    FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = :table::regclass)
      AND c.relkind = 'r' AND c.relname ~ :pattern`,
    { table, pattern: `^${table}_[0-9]+$` },
  );
  return rows;
}

/**
 * Makes the partitions that rows of the coming days will need. Several nodes may do so at once.
 * Attaching a table takes a lock that lets reads and writes go on; CREATE TABLE ... PARTITION OF would stop them.
 */
export async function addBuckets(db: Db, now: Date): Promise<void> {
  for (const [table, { span, ahead }] of Object.entries(bucketedTables) as [
    BucketedTableName,
    BucketedTable,
  ][]) {
    const attached = (await listBuckets(db, table)).filter((bucket) => bucket.state === 'attached');
    const existing = new Set(attached.map((bucket) => bucket.number));
    const current = Math.floor(now.getTime() / 1000 / span);
    const wanted = [LONG_LIVED, ...Array.from({ length: ahead + 1 }, (_, i) => current + i)];
    for (const bucket of wanted.filter((number) => !existing.has(number))) await addBucket(db, table, bucket);
  }
}

async function addBucket(db: Db, table: BucketedTableName, bucket: number): Promise<void> {
  const name = partitionName(table, bucket);
  await db.transaction(async (transaction) => {
    await transaction.raw('SELECT pg_advisory_xact_lock(hashtext(?))', [name]);
    const known = (await listBuckets(transaction, table)).find(({ number }) => number === bucket);
    if (known?.state === 'attached') return;
    await transaction.raw('CREATE TABLE IF NOT EXISTS ?? (LIKE ?? INCLUDING ALL)', [name, table]);
    // The only one from which rows leave one by one (sweep.ts).
    if (bucket === LONG_LIVED) await transaction.raw('CREATE INDEX ON ?? (expires_at)', [name]);
    await transaction.raw(`ALTER TABLE ?? ATTACH PARTITION ?? FOR VALUES IN (${bucket})`, [table, name]);
  });
}

// PostgreSQL's code for a row that no partition takes (check_violation, as for any constraint).
const CHECK_VIOLATION = '23514';

function isBucketMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === CHECK_VIOLATION &&
    /no partition/.test(error.message)
  );
}

/**
 * Runs a statement that inserts into bucketed tables. When a bucket is missing, as on a laptop that has slept longer
 * than buckets are made ahead, it is made and the statement, which has done nothing so far, is run again.
 */
export async function insertIntoBuckets<Row>(
  database: Database,
  statement: Statement,
  values: unknown[],
): Promise<Row[]> {
  try {
    return await database.query<Row>(statement, values);
  } catch (error) {
    if (!isBucketMissing(error)) throw error;
    await addBuckets(database.knex, new Date());
    return database.query<Row>(statement, values);
  }
}

/**
 * Drops the partitions whose whole span was over at `at`.
 * @param onDropped told the name of each
 * @throws the driver's error at the first that cannot be taken out within the statement's time; the next call goes on there
 */
export async function dropExpiredBuckets(db: Db, at: Date, onDropped: (name: string) => void): Promise<void> {
  for (const [table, { span }] of Object.entries(bucketedTables) as [BucketedTableName, BucketedTable][]) {
    const current = Math.floor(at.getTime() / 1000 / span);
    const over = (await listBuckets(db, table)).filter(
      ({ number }) => number !== LONG_LIVED && number < current,
    );
    for (const bucket of over)
      if (await dropBucket(db, table, bucket)) onDropped(partitionName(table, bucket.number));
  }
}

/** Takes up again where a node that died left off; of two nodes at the same partition one does it. */
async function dropBucket(db: Db, table: BucketedTableName, { number, state }: Bucket): Promise<boolean> {
  const name = partitionName(table, number);
  try {
    // CONCURRENTLY, so that no request waits for the lock that a plain DETACH or DROP takes on the whole table.
    if (state === 'attached') await db.raw('ALTER TABLE ?? DETACH PARTITION ?? CONCURRENTLY', [table, name]);
    if (state === 'detaching') await db.raw('ALTER TABLE ?? DETACH PARTITION ?? FINALIZE', [table, name]);
    await db.raw('DROP TABLE ??', [name]);
    return true;
  } catch (error) {
    const left = (await listBuckets(db, table)).find((bucket) => bucket.number === number);
    // Another node is detaching it at this moment (55000), or has done so since it was listed.
    const isAnotherAtIt = left?.state !== state || (error as { code?: string }).code === '55000';
    if (!isAnotherAtIt) throw error;
    return false;
  }
}
