/** How a server with several workers starts, and how it says that it cannot: once, with the reason. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startEmbeddedDatabase } from '../../src/database/embedded.js';
import { latchkey, startCommand } from '../support/command.js';
import { createTestDatabase } from '../support/database.js';
import { SECRET_KEY, startTestServer } from '../support/server.js';
import { startWorkers, until } from './start-workers.js';

test('the newcomer is told once where to go, and the link works', async () => {
  const workers = await startWorkers();
  const links = workers.running.written.stderr.match(/http\S+superuser\?token=\S+/g) ?? [];
  expect(links).toHaveLength(1);
  expect((await fetch(links[0]!)).status).toBe(200);
  expect(await workers.database.knex('one_time_links').select('purpose')).toEqual([{ purpose: 'superuser' }]);
  await workers.stop();
});

test('a worker that cannot start ends the server with the reason and code 1', async () => {
  const first = await startTestServer();
  const result = await latchkey(['serve'], {
    environment: {
      DATABASE_URL: first.databaseUrl,
      SECRET_KEY: 'another key that has at least 32 characters',
      PORT: '0',
      WEB_CONCURRENCY: '2',
    },
  });
  expect(result.code).toBe(1);
  expect(result.stderr.match(/SECRET_KEY is not the one this database was set up with/g)).toHaveLength(1);
  expect(result.stderr).toContain('The first worker ended before it could serve (exit code 1).');
  expect(result.stderr).not.toContain('Latchkey is ready');
  await first.stop();
});

test('a port that is taken is refused before anything is started', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const result = await latchkey(['serve'], {
    environment: {
      DATABASE_URL: 'postgres://x:x@127.0.0.1:1/x',
      SECRET_KEY,
      PORT: String(port),
      WEB_CONCURRENCY: '2',
    },
  });
  expect([result.code, result.stdout]).toEqual([1, '']);
  expect(result.stderr).toContain('Another program listens on');
  other.close();
});

test('the embedded database is started before the workers, and stopped after them', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-workers-'));
  // Root's PostgreSQL, another user, has to pass through.
  await chmod(dataDir, 0o711);
  const running = startCommand(['serve'], {
    environment: { DATA_DIR: dataDir, PORT: '0', WEB_CONCURRENCY: '2', LOG_LEVEL: 'debug' },
  });
  await until(() => (running.written.stdout.match(/"msg":"ready"/g) ?? []).length === 2, 60_000);
  running.process.kill('SIGTERM');
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  // Nothing that a worker did met a database that had gone.
  expect(stdout).not.toMatch(/"level":"(warn|error)"/);

  const { folder, url, stop } = await startEmbeddedDatabase({ dataDir, isDurable: false });
  expect(url).toContain('127.0.0.1');
  await stop();
  await rm(folder, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
});

test('without a server to belong to, a worker says so', async () => {
  const database = await createTestDatabase();
  const result = await latchkey(['worker'], { environment: { DATABASE_URL: database.url, SECRET_KEY } });
  expect([result.code, result.stderr]).toEqual([2, '`latchkey serve` starts the workers.\n']);
  await database.drop();
});
