/** The command line without DATABASE_URL: on the embedded database of DATA_DIR, while a server runs and while none does. */
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startEmbeddedDatabase } from '../../src/database/embedded.js';
import { newBrowser } from '../support/browser.js';
import { latchkey, type RunningCommand, startCommand } from '../support/command.js';
import { PASSWORD } from '../support/people.js';

let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-cli-'));
  // Root's PostgreSQL, another user, has to pass through.
  await chmod(dataDir, 0o711);
});

afterAll(async () => {
  const { folder, stop } = await startEmbeddedDatabase({ dataDir, isDurable: false });
  await stop();
  await rm(folder, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
});

const run = (args: string, input = '') =>
  latchkey(args.split(' '), { input, environment: { DATA_DIR: dataDir, PORT: '0' } });

async function startServer(): Promise<{ running: RunningCommand; url: string }> {
  const running = startCommand(['serve'], {
    environment: { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' },
  });
  const deadline = Date.now() + 60_000;
  let url: string | undefined;
  while (!url && running.process.exitCode === null && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    [, url] = /Latchkey is ready +(\S+)\//.exec(running.written.stderr) ?? [];
  }
  if (!url) throw new Error(`the server did not start: ${running.written.stderr}`);
  return { running, url };
}

const CREATE = 'user create --email x@example.com --password-stdin --json --username';

test('a command before there is anything makes the database, says so on stderr, and prints nothing but JSON on stdout', async () => {
  const result = await run(`${CREATE} alice --superuser`, PASSWORD);
  expect([result.code, JSON.parse(result.stdout).username]).toEqual([0, 'alice']);
  expect(result.stderr).not.toBe('');
});

test('a server finds what the command made, commands work beside it, and both leave a database that the next one opens', async () => {
  const { running, url } = await startServer();
  expect(running.written.stderr).not.toContain('First superuser');
  const key = await stat(join(dataDir, 'secret.key'));
  expect([key.mode & 0o777, (await readFile(join(dataDir, 'secret.key'), 'utf8')).trim()]).toEqual([
    0o600,
    expect.stringMatching(/^[\da-f]{64}$/),
  ]);

  const beside = await Promise.all([
    run(`${CREATE} bob`, PASSWORD),
    run(`${CREATE} carol`, PASSWORD),
    run('doctor'),
  ]);
  expect(beside.map(({ code }) => code)).toEqual([0, 0, 0]);
  const browser = newBrowser(url);
  const page = await browser.submit(await browser.open('/login'), { username: 'bob', password: PASSWORD });
  expect(page.html.querySelector('h1')?.text).toContain('Hello');

  running.process.kill('SIGTERM');
  expect((await running.ended).code).toBe(0);
  const listed = JSON.parse((await run('user list --json')).stdout) as { username: string }[];
  expect(listed.map(({ username }) => username).sort()).toEqual(['alice', 'bob', 'carol']);
}, 120_000);

test('a server that was killed is started again with what it had, and its sign-ins go on', async () => {
  const first = await startServer();
  const browser = newBrowser(first.url);
  await browser.submit(await browser.open('/login'), { username: 'alice', password: PASSWORD });
  first.running.process.kill('SIGKILL');
  await first.running.ended;
  const second = await startServer();
  // Cookies do not tell ports apart.
  expect((await browser.open(`${second.url}/account`)).text).toContain('alice');
  second.running.process.kill('SIGINT');
  expect((await second.running.ended).code).toBe(0);
}, 120_000);
