import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from './database.js';

/** Rows per statement: some milliseconds of work, so that nobody waits for a lock or for the log. */
export const BATCH = 500;

export interface Batch<Mark> {
  deleted: number;
  /** Where the next one goes on. */
  reached: Mark;
}

/**
 * Deletes batch by batch until one is not full or somebody stops it.
 * @param deleteBatch deletes up to BATCH rows from the mark on that the batch before has reached
 * @returns how many rows have gone
 */
export async function deleteInBatches<Mark>(
  first: Mark,
  deleteBatch: (from: Mark) => Promise<Batch<Mark>>,
  isStopped: () => boolean,
): Promise<number> {
  let total = 0;
  let from = first;
  while (!isStopped()) {
    const begun = performance.now();
    const { deleted, reached } = await deleteBatch(from);
    total += deleted;
    if (deleted < BATCH) break;
    from = reached;
    // As long as the work took: whatever there is to delete, requests have half of that core and of the disk.
    await pause(performance.now() - begun);
  }
  return total;
}

export interface Expired {
  table: string;
  /** Says when a row is over; it has an index. */
  column: string;
  before: Date;
  /** Further condition, as SQL. */
  only?: string;
}

/**
 * Deletes the rows that were over before a moment. The order makes the planner take the index: with most of a large
 * table expired it would read the table from its start for every batch. Going on where the last batch ended spares the
 * next one the index entries of what is deleted already (2 million rows: 4 s instead of a time that grows by the square).
 * A row that another node has locked is passed over.
 */
export function deleteExpired(
  { knex }: Database,
  { table, column, before, only = 'true' }: Expired,
  isStopped: () => boolean,
): Promise<number> {
  return deleteInBatches(
    new Date(0),
    async (from) => {
      const { rows } = await knex.raw<{ rows: { deleted: number; reached: Date | null }[] }>(
        `WITH gone AS (
          DELETE FROM :table: WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM :table: WHERE :column: >= :from AND :column: <= :before AND ${only}
            ORDER BY :column: LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))
          RETURNING :column: AS reached)
        SELECT count(*)::int AS deleted, max(reached) AS reached FROM gone`,
        { table, column, from, before },
      );
      const { deleted = 0, reached } = rows[0] ?? {};
      return { deleted, reached: reached ?? from };
    },
    isStopped,
  );
}
