import type { Knex } from 'knex';
import { bucketedTables, LONG_LIVED } from '../tokens/buckets.js';
import { EXPIRING } from '../tokens/expiring-tables.js';
import { describeTable, isExpiring, partitionOf } from './kinds.js';
import type { TableSize } from './table-sizes.js';

/** A partition, which leaves as a whole. */
export interface LeavingPartition {
  what: string;
  table: string;
  /** The end of the days whose expired rows it holds: it goes with the next sweep. */
  leavesAfter: Date;
  rows: number;
  isEstimate: boolean;
  bytes: number;
}

/** Rows that are deleted some minutes after their end. */
export interface LeavingRows {
  what: string;
  table: string;
  expired: number;
  withinDay: number;
  withinWeek: number;
  /** There are more than were counted. */
  isMore: boolean;
}

export interface Leaving {
  partitions: LeavingPartition[];
  rows: LeavingRows[];
  audit: { keepDays: number; oldest: Date | null };
  /** What stays until somebody deletes it. */
  stays: string[];
}

const DAY = 86_400_000;
/** Rows counted of a table, at most: those that leave first, in the order of an index. */
export const MOST_COUNTED = 10_000;

function listPartitions(sizes: TableSize[]): LeavingPartition[] {
  return sizes.flatMap(({ table, rows, isEstimate, tableBytes, indexBytes }) => {
    const partition = partitionOf(table);
    if (!partition || partition.bucket === LONG_LIVED) return [];
    const { span } = bucketedTables[partition.parent];
    const leavesAfter = new Date((partition.bucket + 1) * span * 1000);
    const bytes = tableBytes + indexBytes;
    return [{ what: describeTable(table), table, leavesAfter, rows, isEstimate, bytes }];
  });
}

async function countLeaving(knex: Knex, table: string, column: string, now: Date): Promise<LeavingRows> {
  const [day, week] = [1, 7].map((days) => new Date(now.getTime() + days * DAY));
  const { rows } = await knex.raw<{ rows: Omit<LeavingRows, 'what' | 'table'>[] }>(
    `SELECT count(*) FILTER (WHERE over <= :now) AS expired, count(*) FILTER (WHERE over <= :day) AS "withinDay",
        count(*) AS "withinWeek", count(*) = ${MOST_COUNTED} AS "isMore"
      FROM (SELECT :column: AS over FROM :table: WHERE :column: <= :week ORDER BY 1 LIMIT ${MOST_COUNTED}) first`,
    { table, column, now, day: day!, week: week! },
  );
  const isLongLived = partitionOf(table) !== undefined;
  return { what: `${describeTable(table)}${isLongLived ? ' that live long' : ''}`, table, ...rows[0]! };
}

export async function readLeaving(
  knex: Knex,
  sizes: TableSize[],
  { auditKeepDays, now }: { auditKeepDays: number; now: Date },
): Promise<Leaving> {
  const existing = Object.entries(EXPIRING).filter(([table]) => sizes.some((size) => size.table === table));
  const rows: LeavingRows[] = [];
  for (const [table, column] of existing) rows.push(await countLeaving(knex, table, column, now));
  const oldest = await knex.raw<{ rows: { at: Date }[] }>('SELECT at FROM audit_events ORDER BY id LIMIT 1');
  return {
    partitions: listPartitions(sizes),
    rows,
    audit: { keepDays: auditKeepDays, oldest: oldest.rows[0]?.at ?? null },
    stays: sizes.filter(({ table }) => !isExpiring(table)).map(({ table }) => describeTable(table)),
  };
}
