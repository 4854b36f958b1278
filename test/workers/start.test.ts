/** How a server with several workers starts, and how it says that it cannot: once, with the reason. */
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startEmbeddedDatabase } from '../../src/database/embedded.js';
import { startCable } from '../support/cable.js';
import { latchkey, startCommand } from '../support/command.js';
import { createTestDatabase } from '../support/database.js';
import { SECRET_KEY, startTestServer } from '../support/server.js';
import { until } from '../support/until.js';
import { startWorkers } from './start-workers.js';

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
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const DATABASE_URL = 'postgres://x:x@127.0.0.1:1/x';
  const result = await latchkey(['serve'], {
    environment: { DATABASE_URL, SECRET_KEY, PORT: String(port), WEB_CONCURRENCY: '2' },
  });
  expect([result.code, result.stdout]).toEqual([1, '']);
  expect(result.stderr).toContain('Another program listens on');
  other.close();
});

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('while the database is away a worker says that it is alive, and all of them serve once it is there', async () => {
  const database = await createTestDatabase();
  const address = new URL(database.url);
  const cable = await startCable(Number(address.port));
  cable.cut();
  address.port = String(cable.port);
  const port = await findFreePort();
  const running = startCommand(['serve'], {
    environment: { DATABASE_URL: address.href, SECRET_KEY, PORT: String(port), WEB_CONCURRENCY: '2' },
  });
  const statusOf = (path: string) =>
    fetch(`http://localhost:${port}${path}`).then(
      ({ status }) => status,
      () => undefined,
    );
  while ((await statusOf('/healthz')) === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 503]);
  expect(running.written.stderr).toBe('');

  cable.mend();
  await until(() => (running.written.stdout.match(/"msg":"ready"/g) ?? []).length === 2);
  expect(await statusOf('/readyz')).toBe(200);
  running.process.kill('SIGTERM');
  expect((await running.ended).code).toBe(0);
  await cable.stop();
  await database.drop();
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
