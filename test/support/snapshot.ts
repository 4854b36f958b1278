/** The whole content of a database, to show that a refused request changed nothing. */
import type { Database } from '../../src/database/database.js';

/** What is noted in the background about requests, refused ones too, and that the server is alive. */
const NOTES = ['application_counters', 'heartbeat', 'outages', 'refused_requests', 'sign_in_steps'];

const ROWS: Record<string, string> = {
  // Every visit prolongs a session, and a refused form of the engine gets a new token.
  sessions: "(t.uid, t.account_id, t.details::jsonb - 'state')::text",
  // That one was used is noted some time after.
  client_secrets: "(to_jsonb(t) - 'last_used_at' - 'last_network')::text",
};

/** Every row of every table but those as text, by table; two snapshots are equal when nothing was written in between. */
export async function snapshot({ database }: { database: Database }): Promise<Record<string, string[]>> {
  const tables: { name: string }[] = await database
    .knex('pg_tables')
    .where({ schemaname: 'public' })
    .whereNotIn('tablename', NOTES)
    .orderBy('tablename')
    .select({ name: 'tablename' });
  const rows: Record<string, string[]> = {};
  for (const { name } of tables) {
    const row = ROWS[name] ?? 't::text';
    // An attempt that was counted and given back leaves a counter that stands at nothing.
    const which = name === 'throttles' ? 'WHERE attempts > 0' : '';
    const found = await database.knex.raw<{ rows: { row: string }[] }>(
      `SELECT ${row} AS row FROM ?? t ${which} ORDER BY 1`,
      [name],
    );
    rows[name] = found.rows.map(({ row }) => row);
  }
  return rows;
}
