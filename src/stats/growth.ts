import type { Knex } from 'knex';
import { describeTable, partitionOf } from './kinds.js';
import type { TableSize } from './table-sizes.js';

/** What says how a server grows, with the column that says when a row was made. */
const GROWING = {
  accounts: 'created_at',
  grants: 'created_at',
  refresh_tokens: 'issued_at',
  access_tokens: 'issued_at',
  audit_events: 'at',
};

export interface Growth {
  what: string;
  isEstimate: boolean;
  /** By day (UTC) such as 2026-11-23, the last first: rows made on it that are still there. */
  days: Record<string, number>;
}

const DAYS = 7;
const DAY = 86_400_000;
// Bytes: a larger table is sampled, so that reading it takes as long for ten million rows as for a hundred thousand.
const MOST_READ = 32 * 1_048_576;

const dayOf = (date: Date) => date.toISOString().slice(0, 10);

export async function readGrowth(knex: Knex, sizes: TableSize[], now: Date): Promise<Growth[]> {
  const lastDays = Array.from({ length: DAYS }, (_, i) => dayOf(new Date(now.getTime() - i * DAY)));
  const since = new Date(`${lastDays.at(-1)}T00:00:00Z`);
  const growth: Growth[] = [];
  for (const [table, column] of Object.entries(GROWING)) {
    const bytes = sizes
      .filter((size) => (partitionOf(size.table)?.parent ?? size.table) === table)
      .reduce((sum, { tableBytes }) => sum + tableBytes, 0);
    const share = Math.min(1, MOST_READ / Math.max(bytes, 1));
    const { rows } = await knex.raw<{ rows: { day: string; rows: number }[] }>(
      `SELECT to_char(:column: AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*) AS rows
        FROM :table: TABLESAMPLE SYSTEM (:percent) WHERE :column: >= :since GROUP BY 1`,
      { table, column, percent: share * 100, since },
    );
    const found = new Map(rows.map((row) => [row.day, Math.round(row.rows / share)]));
    const days = Object.fromEntries(lastDays.map((day) => [day, found.get(day) ?? 0]));
    growth.push({ what: describeTable(table), isEstimate: share < 1, days });
  }
  return growth;
}
