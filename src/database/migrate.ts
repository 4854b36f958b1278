/**
 * Runs migrations/*.sql in the order of their names, each once and in a transaction of its own; knex keeps the list of
 * those done. That nodes take turns is seen to by prepare-schema.ts.
 *
 * Nodes of the version before go on working while and after a migration runs, and so does a version that was rolled
 * back: a migration only adds. One that takes something away, once no version in use needs it, says in its name which
 * migration a node must know at least to live with it: 0020_drop_old_columns_needs_0012.sql.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { projectFolder } from '../project-folder.js';

const FOLDER = projectFolder('migrations');

const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => (await readdir(FOLDER)).filter((file) => file.endsWith('.sql')).sort(),
  getMigrationName: (file) => file.replace(/\.sql$/, ''),
  getMigration: async (file) => {
    const sql = await readFile(join(FOLDER, file), 'utf8');
    return {
      up: async (transaction) => {
        await transaction.raw(sql);
      },
      down: async () => {
        throw new Error(`${file} only goes forward; restore a backup to go back.`);
      },
    };
  },
};

const settings: Knex.MigratorConfig = { migrationSource, tableName: 'migrations' };

/** @returns the names of the migrations that were run now. */
export async function migrate(knex: Knex): Promise<string[]> {
  const [, names] = (await knex.migrate.latest(settings)) as [number, string[]];
  return names;
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
  if (!(await knex.schema.hasTable('migrations'))) return 'behind';
  const rows: { name: string }[] = await knex('migrations').select('name');
  const done = new Set(rows.map((row) => row.name));
  const unknown = [...done].filter((name) => !files.includes(name));
  if (!unknown.every((name) => canLiveWith(name, files))) return 'ahead';
  if (files.every((name) => done.has(name))) return 'current';
  // It has both less and more than this build: nobody has tried that.
  return unknown.length ? 'ahead' : 'behind';
}
