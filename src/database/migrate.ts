/**
 * Runs migrations/*.sql in the order of their names, each once and in a transaction of its own; knex keeps the list of
 * those done. That nodes take turns is seen to by prepare-schema.ts.
 *
 * Nodes of the version before go on working while and after a migration runs, and so does a version that was rolled
 * back: a migration only adds. One that takes something away, once no version in use needs it, says in its name which
 * migration a node must know at least to live with it: 0020_drop_old_columns_needs_0012.sql.
 *
 * A statement that waits for its lock makes everybody wait who comes after it, even if it asks for next to nothing and
 * only one long transaction (a backup, a report) is in its way. So a migration gives up after half a second, with nothing
 * done, and is tried again.
 */
import { randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import { projectFolder } from '../project-folder.js';

const FOLDER = projectFolder('migrations');

// Milliseconds. Behind a waiting statement requests queue, which are given up after 3.5 seconds (database.ts).
const LOCK_PATIENCE = 500;
// Between two tries: long enough for those who have waited behind the last one, and not in step with anything.
const PAUSE = { from: 1_000, to: 3_000 };
const PATIENCE = 5 * 60_000;

const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => (await readdir(FOLDER)).filter((file) => file.endsWith('.sql')).sort(),
  getMigrationName: (file) => file.replace(/\.sql$/, ''),
  getMigration: async (file) => {
    const sql = await readFile(join(FOLDER, file), 'utf8');
    return {
      up: async (transaction) => {
        await transaction.raw(`SET LOCAL lock_timeout = ${LOCK_PATIENCE}`);
        await transaction.raw(sql);
      },
      down: async () => {
        throw new Error(`${file} only goes forward; restore a backup to go back.`);
      },
    };
  },
};

const settings: Knex.MigratorConfig = { migrationSource, tableName: 'migrations' };

async function listDone(knex: Knex): Promise<string[]> {
  if (!(await knex.schema.hasTable('migrations'))) return [];
  const rows: { name: string }[] = await knex('migrations').select('name').orderBy('id');
  return rows.map(({ name }) => name);
}

// lock_not_available, and deadlock_detected: the transaction was rolled back, and may be tried again.
const isInTheWay = (error: unknown): boolean =>
  ['55P03', '40P01'].includes(String((error as { code?: unknown }).code));

/** Told in a line, at each try that has found somebody else's transaction in its way. */
export type OnWaiting = (line: string) => void;

/** The transaction that has been open for the longest: what is in the way of everything, mostly. */
async function describeOldestTransaction(knex: Knex): Promise<string> {
  // Our own hold an advisory lock, or are asking.
  const { rows } = await knex.raw<{ rows: { pid: number; application: string; began: Date }[] }>(
    `SELECT pid, application_name AS application, xact_start AS began FROM pg_stat_activity a
      WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
        AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory')
      ORDER BY xact_start LIMIT 1`,
  );
  const [oldest] = rows;
  if (!oldest) return 'It is over by now';
  const { pid, application, began } = oldest;
  return `The oldest is of process ${pid}${application ? ` (${application})` : ''}, since ${began.toISOString()}`;
}

/**
 * @returns the names of the migrations that were run now
 * @throws Error when others have held what it needs for minutes
 */
export async function migrate(knex: Knex, onWaiting: OnWaiting): Promise<string[]> {
  const before = await listDone(knex);
  const giveUpAt = performance.now() + PATIENCE;
  for (;;) {
    try {
      await knex.migrate.latest(settings);
      return (await listDone(knex)).filter((name) => !before.includes(name));
    } catch (error) {
      if (!isInTheWay(error)) throw error;
      const who = await describeOldestTransaction(knex);
      if (performance.now() > giveUpAt) {
        throw new Error(`its tables could not be changed, since other transactions use them. ${who}`, {
          cause: error,
        });
      }
      onWaiting(`The tables are in use by another transaction; trying again. ${who}.`);
      await pause(randomInt(PAUSE.from, PAUSE.to));
    }
  }
}

export type SchemaState = 'current' | 'behind' | 'ahead';

/** Of a migration this build does not know. A build that has 0012 knows all before it as well. */
function canLiveWith(name: string, files: string[]): boolean {
  const [, needed] = /_needs_(\d{4})$/.exec(name) ?? [];
  return !needed || files.some((file) => file.startsWith(`${needed}_`));
}

/**
 * Whether this build can use the schema: 'current' also when a newer Latchkey has added to it; 'ahead' when that has
 * taken away what this build uses.
 */
export async function schemaState(knex: Knex): Promise<SchemaState> {
  const files = (await migrationSource.getMigrations([])).map((file) =>
    migrationSource.getMigrationName(file),
  );
  const done = new Set(await listDone(knex));
  if (done.size === 0) return 'behind';
  const unknown = [...done].filter((name) => !files.includes(name));
  if (!unknown.every((name) => canLiveWith(name, files))) return 'ahead';
  if (files.every((name) => done.has(name))) return 'current';
  // It has both less and more than this build: nobody has tried that.
  return unknown.length ? 'ahead' : 'behind';
}
