import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/database/embedded.js';

const started: EmbeddedDatabase[] = [];
const problems: string[] = [];
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-embedded-'));
});

afterAll(async () => {
  await Promise.all(started.map((database) => database.stop()));
  for (const folder of [started[0]!.folder, dataDir]) await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedDatabase> {
  const database = await startEmbeddedDatabase({ dataDir, onProblem: (line) => problems.push(line) });
  started.push(database);
  return database;
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  // PostgreSQL stopped under us is what some of these tests are about.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

test('three processes that start at once share one database, and the last to leave stops it', async () => {
  const databases = await Promise.all([start(), start(), start()]);
  const { url } = databases[0]!;
  expect(databases.map((database) => database.url)).toEqual([url, url, url]);

  await databases[0]!.stop();
  await databases[1]!.stop();
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await databases[2]!.stop();
  await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
});

test('two that leave at the same moment leave nothing running', async () => {
  const [one, two] = await Promise.all([start(), start()]);
  await Promise.all([one.stop(), two.stop()]);
  await expect(query(one.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
});

// PostgreSQL was left running, without a server and in the way of the next one.
test('a start that is refused, for the password is another, leaves nothing running', async () => {
  const database = await start();
  await database.stop();
  const file = join(dataDir, 'embedded-postgres.json');
  const location = await readFile(file, 'utf8');
  await writeFile(file, JSON.stringify({ ...JSON.parse(location), password: 'another' }));
  await expect(start()).rejects.toThrow('its password is not in this one');
  await expect(query(database.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  await writeFile(file, location);
});

test('data and port survive a stop', async () => {
  const first = await start();
  await query(first.url, 'CREATE TABLE kept (id int)');
  await first.stop();
  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await query(second.url, 'SELECT * FROM kept')).toEqual([]);
  await second.stop();
});

test('PostgreSQL killed under a server comes back by itself, with what was committed', async () => {
  const database = await start();
  await query(database.url, 'CREATE TABLE committed AS SELECT 42 AS answer');
  const [{ pid }] = (await query(
    database.url,
    "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid",
  )) as [{ pid: number }];
  process.kill(pid, 'SIGKILL');

  const deadline = Date.now() + 30_000;
  let rows: unknown[] = [];
  while (!rows.length && Date.now() < deadline)
    rows = await query(database.url, 'TABLE committed').catch(() => []);
  expect(rows).toEqual([{ answer: 42 }]);
  expect(problems[0]).toMatch(/went away/);
  await database.stop();
});

test('nothing of a statement or its parameters reaches the log of PostgreSQL', async () => {
  const database = await start();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('CREATE TABLE unique_names (name text PRIMARY KEY)');
  await client.query('INSERT INTO unique_names VALUES ($1)', ['canary-parameter']);
  await expect(client.query('INSERT INTO unique_names VALUES ($1)', ['canary-parameter'])).rejects.toThrow(
    'duplicate',
  );
  await expect(client.query("SELECT 'canary-statement'::int")).rejects.toThrow('invalid input');
  const { rows } = await client.query<{ log: string }>("SELECT pg_read_file('../postgres.log') AS log");
  await client.end();
  await database.stop();
  expect(rows[0]!.log).toMatch(/ready to accept connections/);
  expect(rows[0]!.log).not.toMatch(/canary/);
});
