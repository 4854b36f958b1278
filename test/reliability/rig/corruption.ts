/** Whether what PostgreSQL has on its disk hangs together: every table and every index of a database, read to the end. */
import type { Figure } from '../experiment.js';
import type { Postgres } from './postgres.js';

const AVAILABLE = "SELECT FROM pg_available_extensions WHERE name = 'amcheck'";

const RELATIONS = `SELECT c.oid::regclass::text AS name, c.relkind = 'i' AS "isIndex"
  FROM pg_class c JOIN pg_am m ON m.oid = c.relam LEFT JOIN pg_index i ON i.indexrelid = c.oid
  WHERE (c.relkind IN ('r', 't') AND m.amname = 'heap') OR (c.relkind = 'i' AND m.amname = 'btree' AND i.indisvalid)`;

// Reads every page, whose checksum is verified by that, and looks every row up in the index.
const CHECK_INDEX = 'SELECT bt_index_check($1::regclass, true)';
const CHECK_TABLE = 'SELECT msg FROM verify_heapam($1::regclass)';

interface Relation {
  name: string;
  isIndex: boolean;
}

/** @returns figures about it; one that says so when PostgreSQL comes without its extension amcheck */
export async function corruptionFigures(postgres: Postgres, log: (line: string) => void): Promise<Figure[]> {
  const what = 'tables and indexes that are corrupt';
  if ((await postgres.query(AVAILABLE)).length === 0)
    return [{ what, value: 'not looked for: this PostgreSQL has no amcheck' }];
  await postgres.query('CREATE EXTENSION IF NOT EXISTS amcheck');
  const relations = await postgres.query<Relation>(RELATIONS);
  const corrupt = new Set<string>();
  const client = await postgres.connect();
  for (const { name, isIndex } of relations) {
    const complaints = await client.query<{ msg?: string }>(isIndex ? CHECK_INDEX : CHECK_TABLE, [name]).then(
      ({ rows }) => rows.flatMap(({ msg }) => msg ?? []),
      (error: Error) => [error.message],
    );
    if (complaints.length === 0) continue;
    corrupt.add(name);
    log(`${name}: ${complaints[0]}`);
  }
  await client.end();
  return [
    { what: 'tables and indexes read to the end', value: relations.length, bar: { atLeast: 100 } },
    { what, value: corrupt.size, bar: { is: 0 } },
  ];
}
