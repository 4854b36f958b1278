/** A whole server for one test file: its own database, its own port, real HTTP. */
import { Writable } from 'node:stream';
import pino from 'pino';
import { loadConfig } from '../../src/config/config.js';
import { type RunningServer, startServer } from '../../src/serve.js';
import { createTestDatabase, URL_VARIABLE } from './database.js';

export interface TestServer extends RunningServer {
  databaseUrl: string;
  /** Everything logged so far, as written. */
  logged(): string;
}

export const SECRET_KEY = 'a secret key of the test suite, 32+ characters';

/** The way of the server under test to its database when a run is to prove that pgbouncer may stand between them. */
function throughPgBouncer(databaseUrl: string): Record<string, string> {
  const port = process.env.LATCHKEY_TEST_PGBOUNCER_PORT;
  const url = new URL(databaseUrl);
  // A test that puts something of its own between the two is left alone.
  const isDirect = url.host === new URL(process.env[URL_VARIABLE] ?? databaseUrl).host;
  if (!port || !isDirect) return { DATABASE_URL: databaseUrl };
  return { DATABASE_URL: Object.assign(url, { port }).href, DATABASE_PREPARED_STATEMENTS: 'off' };
}

/** @param environment overrides, by the names of the configuration; DATABASE_URL joins a second node to a first */
export async function startTestServer(environment: Record<string, string> = {}): Promise<TestServer> {
  const own = environment.DATABASE_URL ? undefined : await createTestDatabase();
  const databaseUrl = environment.DATABASE_URL ?? own?.url ?? '';
  const config = loadConfig({
    PORT: '0',
    SECRET_KEY,
    LOG_LEVEL: 'debug',
    ...environment,
    ...throughPgBouncer(databaseUrl),
  });
  let output = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      output += chunk;
      done();
    },
  });
  const server = await startServer(config, { log: pino({ level: config.logLevel }, stream) });
  await server.ready;
  return {
    ...server,
    databaseUrl,
    logged: () => output,
    async stop() {
      await server.stop();
      await own?.drop();
    },
  };
}
