/** Another PostgreSQL, to be read and nothing else: one connection in one read-only transaction, so that all of it fits together. */
import pg from 'pg';

export interface ReadOnlyDatabase {
  select(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Lists of at most `size` rows; other statements may come between two of them. */
  stream(sql: string, values: unknown[], size: number): AsyncIterable<Record<string, unknown>[]>;
  close(): Promise<void>;
}

// Milliseconds.
const CONNECT_PATIENCE = 10_000;

export async function openReadOnly(url: string): Promise<ReadOnlyDatabase> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_PATIENCE,
    application_name: 'latchkey import',
  });
  await client.connect();
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query("SET LOCAL timezone = 'UTC'");
  let cursors = 0;

  return {
    select: async (sql, values = []) => (await client.query(sql, values)).rows,
    async *stream(sql, values, size) {
      const cursor = `reading_${++cursors}`;
      await client.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`, values);
      for (;;) {
        const { rows } = await client.query(`FETCH ${size} FROM ${cursor}`);
        if (rows.length) yield rows;
        if (rows.length < size) break;
      }
      await client.query(`CLOSE ${cursor}`);
    },
    close: () => client.end(),
  };
}
