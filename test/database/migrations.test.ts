/** Nodes of the version before go on working while a newer one migrates. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../src/database/database.js';
import { prepareSchema } from '../../src/database/prepare-schema.js';
import { projectFolder } from '../../src/project-folder.js';
import { createTestDatabase } from '../support/database.js';

/** As the version left it that did not have this migration yet. */
async function migrateUpTo({ knex }: Database, next: string): Promise<void> {
  const folder = projectFolder('migrations');
  const files = (await readdir(folder)).filter((file) => file < next).sort();
  await knex.migrate.latest({
    tableName: 'migrations',
    migrationSource: {
      getMigrations: async () => files,
      getMigrationName: (file: string) => file.replace(/\.sql$/, ''),
      getMigration: async (file: string) => ({
        up: async (transaction) => transaction.raw(await readFile(join(folder, file), 'utf8')),
        down: async () => {},
      }),
    },
  });
}

async function untilSomebodyWaitsFor({ knex }: Database, table: string): Promise<void> {
  const waiting = knex('pg_locks').whereRaw('NOT granted AND relation = ?::regclass', [table]);
  while ((await waiting.clone()).length === 0);
}

// Guards the order within 0010: the audit trail was locked first, so that every sign-in waited for the indexes on accounts.
test('events are written while 0010 makes its indexes on accounts, or waits to begin', async () => {
  const own = await createTestDatabase({ empty: true });
  const database = openDatabase(own.url, { poolSize: 4, preparedStatements: true });
  try {
    await migrateUpTo(database, '0010');
    // As a change of an account that is under way: the indexes wait for it to end.
    const change = await database.knex.transaction();
    await change.raw('LOCK TABLE accounts IN ROW EXCLUSIVE MODE');
    const migrating = prepareSchema(own.url);
    await untilSomebodyWaitsFor(database, 'accounts');
    // One that has to wait is given up, as that of a request.
    const event = { at: new Date(), event: 'login.succeeded' };
    const [written] = await Promise.allSettled([database.knex('audit_events').insert(event)]);
    await change.commit();
    expect(await migrating).toContain('0010_administration');
    expect(written.status).toBe('fulfilled');
    expect(await database.knex('audit_events')).toMatchObject([{ ...event, actor_id: null }]);
  } finally {
    await database.close();
    await own.drop();
  }
});

// Guards the limit of half a second: a statement that waits for its lock makes everybody wait who comes after it.
test('a migration that has to wait for a long transaction lets those pass who came after it, and is done in the end', async () => {
  const own = await createTestDatabase({ empty: true });
  const database = openDatabase(own.url, { poolSize: 4, preparedStatements: true });
  const lines: string[] = [];
  try {
    await migrateUpTo(database, '0010');
    const long = await database.knex.transaction();
    await long.raw('LOCK TABLE accounts IN ROW EXCLUSIVE MODE');
    const migrating = prepareSchema(own.url, (line) => lines.push(line));
    await untilSomebodyWaitsFor(database, 'accounts');
    // Behind the migration by now; what waits for more than 3.5 seconds is given up.
    await expect(database.knex('accounts').update({ disabled_at: null })).resolves.toBe(0);
    while (lines.length === 0) await pause(20);
    expect(lines[0]).toMatch(
      /^The tables are in use by another transaction; trying again\. The oldest is of process \d+/,
    );
    expect(await database.knex('migrations').where('name', '0010_administration')).toEqual([]);
    await long.commit();
    expect(await migrating).toContain('0010_administration');
  } finally {
    await database.close();
    await own.drop();
  }
});
