/**
 * How large the database is, how it grows and what will leave it when: from the catalog, from small samples and from the
 * ends of indexes, so that it costs the same with ten million rows as with ten thousand.
 */
import type { Knex } from 'knex';
import { type Growth, readGrowth } from './growth.js';
import { describeTable, rankOf } from './kinds.js';
import { type Leaving, readLeaving } from './leaving.js';
import { readTableSizes, type TableSize } from './table-sizes.js';

/** All tables that hold the same, such as the partitions of the access tokens. */
export interface Size extends Omit<TableSize, 'table'> {
  what: string;
}

export interface Stats {
  sizes: Size[];
  growth: Growth[];
  leaving: Leaving;
}

function sumUp(tables: TableSize[]): Size[] {
  const sums = new Map<string, Size>();
  for (const { table, ...size } of tables) {
    const what = describeTable(table);
    const sum = sums.get(what) ?? { what, rows: 0, isEstimate: false, tableBytes: 0, indexBytes: 0 };
    sums.set(what, {
      what,
      rows: sum.rows + size.rows,
      isEstimate: sum.isEstimate || size.isEstimate,
      tableBytes: sum.tableBytes + size.tableBytes,
      indexBytes: sum.indexBytes + size.indexBytes,
    });
  }
  return [...sums.values()];
}

export async function readStats(
  knex: Knex,
  { auditKeepDays, now }: { auditKeepDays: number; now: Date },
): Promise<Stats> {
  const found = await readTableSizes(knex);
  const tables = found.sort((a, b) => rankOf(describeTable(a.table)) - rankOf(describeTable(b.table)));
  return {
    sizes: sumUp(tables),
    growth: await readGrowth(knex, tables, now),
    leaving: await readLeaving(knex, tables, { auditKeepDays, now }),
  };
}
