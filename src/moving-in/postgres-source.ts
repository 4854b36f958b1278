import { openReadOnly } from '../database/read-only.js';
import { asText, type Source } from './source.js';

/** The name of a database without the password that may be in its URL. */
function nameOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
}

export async function openPostgresSource(url: string): Promise<Source> {
  const { select, stream, close } = await openReadOnly(url);
  return {
    name: nameOf(url),
    select,
    stream,
    close,
    moment: (date) => date,
    // to_regclass knows the search path, which may name another schema than public.
    async columnsOf(table) {
      const rows = await select(
        `SELECT attname AS name FROM pg_attribute
          WHERE attrelid = to_regclass(quote_ident($1)) AND attnum > 0 AND NOT attisdropped`,
        [table],
      );
      return new Set(rows.map((row) => asText(row.name)));
    },
    async findReferenced(table, column) {
      const [row] = await select(
        `SELECT referenced.relname AS name FROM pg_constraint c
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
          JOIN pg_class referenced ON referenced.oid = c.confrelid
          WHERE c.conrelid = to_regclass(quote_ident($1)) AND c.contype = 'f' AND a.attname = $2`,
        [table, column],
      );
      return row && asText(row.name);
    },
  };
}
