/**
 * Runs migrations/*.sql in the order of their names, each once and in a transaction of its own; knex keeps the list of
 * those done. That nodes take turns is seen to by prepare-schema.ts.
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

/** Whether the schema is that of this build; 'ahead' means that a newer Latchkey has migrated it. */
export async function schemaState(knex: Knex): Promise<SchemaState> {
  const files = (await migrationSource.getMigrations([])).map((file) =>
    migrationSource.getMigrationName(file),
  );
  if (!(await knex.schema.hasTable('migrations'))) return 'behind';
  const rows: { name: string }[] = await knex('migrations').select('name');
  const done = new Set(rows.map((row) => row.name));
  if ([...done].some((name) => !files.includes(name))) return 'ahead';
  return files.every((name) => done.has(name)) ? 'current' : 'behind';
}
