import type { Knex } from 'knex';

export interface TableSize {
  table: string;
  rows: number;
  /** From PostgreSQL's own statistics, not counted. */
  isEstimate: boolean;
  tableBytes: number;
  indexBytes: number;
}

// Bytes of a table that are read in a millisecond: up to here rows are counted instead of estimated.
const SMALL = 1_048_576;

/**
 * The live rows of the statistics are kept up to date with every transaction, but begin at zero after a crash: until the
 * next ANALYZE those since then come on top of what it found the last time.
 */
const LIST = `SELECT c.relname AS table, pg_relation_size(c.oid) AS "heapBytes",
    pg_table_size(c.oid) AS "tableBytes", pg_indexes_size(c.oid) AS "indexBytes",
    CASE WHEN coalesce(s.last_analyze, s.last_autoanalyze, s.last_vacuum, s.last_autovacuum) IS NULL
      THEN greatest(c.reltuples, 0)::bigint + coalesce(s.n_live_tup, 0) ELSE s.n_live_tup END AS rows
  FROM pg_class c LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
  WHERE c.relkind = 'r' AND c.relname NOT LIKE 'migrations%'
    AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'accounts'::regclass)
  ORDER BY c.relname`;

/** Every table with rows of its own, partitions among them. Reads the catalog and small tables only. */
export async function readTableSizes(knex: Knex): Promise<TableSize[]> {
  const { rows: found } = await knex.raw<{ rows: (Omit<TableSize, 'isEstimate'> & { heapBytes: number })[] }>(
    LIST,
  );
  // NULL: a partition that was dropped at this moment.
  const tables = found.filter(({ tableBytes }) => tableBytes !== null);
  const small = tables.filter(({ heapBytes }) => heapBytes <= SMALL).map(({ table }) => table);
  const counts = await countRows(knex, small);
  return tables.map(({ heapBytes: _heapBytes, ...table }) => {
    const counted = counts.get(table.table);
    return { ...table, rows: counted ?? table.rows, isEstimate: counted === undefined };
  });
}

async function countRows(knex: Knex, tables: string[]): Promise<Map<string, number>> {
  if (tables.length === 0) return new Map();
  const statement = tables.map(() => 'SELECT ?::text AS table, count(*) AS rows FROM ??').join(' UNION ALL ');
  const { rows } = await knex.raw<{ rows: { table: string; rows: number }[] }>(
    statement,
    tables.flatMap((table) => [table, table]),
  );
  return new Map(rows.map((row) => [row.table, row.rows]));
}
