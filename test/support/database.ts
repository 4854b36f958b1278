/** A database of its own for each test that wants one, copied in some 50 ms from one that is migrated. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { prepareSchema } from '../../src/database/prepare-schema.js';

export interface TestDatabase {
  url: string;
  /** Also with connections open. */
  drop(): Promise<void>;
}

const TEMPLATE = 'latchkey_template';
export const URL_VARIABLE = 'LATCHKEY_TEST_POSTGRES';

// PostgreSQL's code for a template somebody is connected to, as the copies made at the same moment are.
const IN_USE = '55006';
const TRIES = 200;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function urlOf(database: string): string {
  const server = process.env[URL_VARIABLE];
  if (!server)
    throw new Error(`${URL_VARIABLE} is not set: run the tests by npm test, whose global-setup.ts sets it.`);
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function run(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf('postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** @param server the URL of any database on the PostgreSQL of the run; workers find it in their environment */
export async function makeTemplate(server: string): Promise<void> {
  process.env[URL_VARIABLE] = server;
  await run(`CREATE DATABASE ${TEMPLATE}`);
  await prepareSchema(urlOf(TEMPLATE));
}

async function copyTemplate(name: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await run(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    } catch (error) {
      if ((error as { code?: string }).code !== IN_USE || tries === TRIES) throw error;
      await pause(20 + Math.random() * 50);
    }
  }
}

/** A migrated, empty database; `empty: true` leaves out the tables as well. */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  if (empty) await run(`CREATE DATABASE ${name}`);
  else await copyTemplate(name);
  return { url: urlOf(name), drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}
