/** doctor, migrate, superuser-link and the ways a start is refused: each says in a sentence what to do. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/database/database.js';
import { newBrowser } from '../support/browser.js';
import { latchkey, startCommand } from '../support/command.js';
import { createTestDatabase } from '../support/database.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'latchkey-operator-'));
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** As a version that has this migration would. */
async function recordMigration(databaseUrl: string, name: string): Promise<void> {
  const database = openDatabase(databaseUrl, { poolSize: 1, preparedStatements: true });
  await database.knex('migrations').insert({ name, batch: 9, migration_time: new Date() });
  await database.close();
}

const environment = (more: Record<string, string> = {}) => ({
  DATABASE_URL: server.databaseUrl,
  SECRET_KEY,
  ISSUER: server.config.issuer,
  ...more,
});

describe('latchkey doctor', () => {
  async function examine(more: Record<string, string> = {}, cwd?: string) {
    const { code, stdout, stderr } = await latchkey(['doctor', '--json'], {
      environment: environment(more),
      ...(cwd ? { cwd } : {}),
    });
    const findings = JSON.parse(stdout) as { about: string; verdict: string; text: string }[];
    return {
      code,
      stderr,
      of: (about: string) => findings.find((finding) => finding.about === about),
      findings,
    };
  }

  test('finds everything fine beside a running server', async () => {
    const { code, findings, stderr } = await examine();
    expect([code, stderr]).toEqual([0, '']);
    expect(findings.map(({ about, verdict }) => [about, verdict])).toEqual([
      ['configuration', 'fine'],
      ['.env', 'fine'],
      ['database', 'fine'],
      ['clock', 'fine'],
      ['keys', 'fine'],
      ['issuer', 'fine'],
      ['mail', 'fine'],
    ]);
  });

  test('prints a line for each for people', async () => {
    const { stdout } = await latchkey(['doctor'], { environment: environment() });
    expect(stdout).toMatch(/^ok {4}configuration +complete$/m);
    expect(stdout.trim().split('\n')).toHaveLength(7);
  });

  test.each([
    [
      'a wrong secret key',
      { SECRET_KEY: 'another key that has at least 32 characters' },
      'keys',
      /SECRET_KEY/,
    ],
    [
      'a database that is not there',
      { DATABASE_URL: 'postgres://latchkey:canary-value@127.0.0.1:1/latchkey' },
      'database',
      /./,
    ],
    ['an issuer that nobody can reach', { ISSUER: 'http://localhost:1' }, 'issuer', /cannot be reached/],
    [
      'a mail server that is not there',
      { SMTP_URL: 'smtp://mailer:canary-value@127.0.0.1:1' },
      'mail',
      /127\.0\.0\.1:1 .*ESOCKET/,
    ],
    ['an issuer that is somebody else', { ISSUER: '' }, 'issuer', /./],
  ])('finds %s, says so and exits with 1', async (what, more, about, text) => {
    const wrong = what.includes('somebody else') ? { ISSUER: `${server.config.issuer}/o` } : more;
    const { code, of, findings } = await examine(wrong);
    expect(code).toBe(1);
    expect(of(about)).toMatchObject({ verdict: 'problem', text: expect.stringMatching(text) });
    expect(JSON.stringify(findings)).not.toMatch(/canary|another key/);
  });

  test('says that mail is off where there is no mail server and strangers may come', async () => {
    const { code, of } = await examine({ HOST: '0.0.0.0' });
    expect([code, of('mail')]).toEqual([
      0,
      { about: 'mail', verdict: 'note', text: expect.stringMatching(/^Mail is off.*SMTP_URL/) },
    ]);
  });

  test('finds more connections than the database takes, but not behind a pgbouncer', async () => {
    const many = { WEB_CONCURRENCY: '20', DATABASE_POOL_SIZE: '20' };
    const { code, of } = await examine(many);
    expect([code, of('database')?.verdict]).toEqual([1, 'problem']);
    expect(of('database')?.text).toMatch(/^This server may open 400 connections .*takes 197:/);
    const { of: behind } = await examine({ ...many, DATABASE_PREPARED_STATEMENTS: 'off' });
    expect(behind('database')?.verdict).toBe('fine');
  });

  test('finds a configuration with mistakes, each of them', async () => {
    const { code, findings } = await examine({ PORT: 'canary-value', SIGNUP: 'canary-value' });
    expect(code).toBe(1);
    expect(
      findings.filter(({ verdict }) => verdict === 'problem').map(({ text }) => text.split(' ')[0]),
    ).toEqual(['PORT', 'SIGNUP']);
    expect(JSON.stringify(findings)).not.toContain('canary');
  });

  test('finds a .env that others can read (AD-08)', async () => {
    await writeFile(join(folder, '.env'), 'LOG_LEVEL=info\n', { mode: 0o644 });
    const { code, of } = await examine({}, folder);
    expect([code, of('.env')?.verdict, of('.env')?.text]).toEqual([
      1,
      'problem',
      expect.stringContaining('chmod 600'),
    ]);
  });

  test('changes nothing: a database without tables stays so', async () => {
    const empty = await createTestDatabase({ empty: true });
    const { of } = await examine({ DATABASE_URL: empty.url });
    expect(of('database')).toMatchObject({
      verdict: 'note',
      text: expect.stringContaining('not up to date'),
    });
    const again = await examine({ DATABASE_URL: empty.url });
    expect(again.of('database')?.verdict).toBe('note');
    await empty.drop();
  });
});

test('latchkey migrate makes the tables, and says the second time that there is nothing to do', async () => {
  const empty = await createTestDatabase({ empty: true });
  const options = { environment: environment({ DATABASE_URL: empty.url }) };
  const first = await latchkey(['migrate'], options);
  expect(first.stdout).toMatch(
    /^Migrated 0001_accounts\.\n(Migrated \d{4}_\w+\.\n)+The tables are up to date\.\n$/,
  );
  expect(await latchkey(['migrate'], options)).toEqual({
    code: 0,
    stdout: 'The tables are up to date.\n',
    stderr: '',
  });
  await empty.drop();
});

describe('latchkey superuser-link', () => {
  test('prints a link that works on the running server, until there is a superuser', async () => {
    const options = { environment: environment() };
    const { stdout } = await latchkey(['superuser-link', '--json'], options);
    const { url } = JSON.parse(stdout) as { url: string };
    expect((await latchkey(['superuser-link'], options)).stdout).toMatch(
      /^http\S+\/superuser\?token=[\w-]{43}\n$/,
    );
    const browser = newBrowser(server.url);
    const fields = { username: 'root', email: 'root@example.com', password: PASSWORD };
    expect((await browser.submit(await browser.open(url), fields)).status).toBe(200);
    const after = await latchkey(['superuser-link'], options);
    expect([after.code, after.stdout, after.stderr]).toEqual([
      1,
      '',
      expect.stringMatching(/^There is a superuser already\./),
    ]);
  });
});

describe('latchkey serve is refused at once, in a sentence that shows no secret (R-36, R-37)', () => {
  test.each([
    [
      'a configuration with mistakes',
      { PORT: 'canary-value', SCOPES: '{"canary-value"', LOG_LEVEL: 'canary-value' },
      /PORT must .+\n.*LOG_LEVEL must .+\n.*SCOPES must /,
    ],
    [
      'a database that refuses the password',
      { DATABASE_URL: 'USER' },
      /^The database refuses the (password|user) in DATABASE_URL\.\n$/,
    ],
    [
      'a database that does not exist',
      { DATABASE_URL: 'NAME' },
      /^The database named in DATABASE_URL does not exist\./,
    ],
    ['a wrong secret key', { SECRET_KEY: 'canary-value that has at least 32 characters' }, /SECRET_KEY/],
    [
      'a host that is not of this machine',
      { HOST: '203.0.113.1' },
      /^HOST must be an address of this machine/,
    ],
    ['a port that is taken', { PORT: 'TAKEN' }, /Another program listens on \S+ port \d+ already/],
  ])('%s', async (_, more, reason) => {
    const url = new URL(server.databaseUrl);
    url.username = 'nobody_of_this_name';
    url.password = 'canary-value';
    const values: Record<string, string> = {
      USER: url.href,
      NAME: server.databaseUrl.replace(/\/[^/]+$/, '/no_such_database'),
      TAKEN: String(server.port),
    };
    const filledIn = Object.fromEntries(
      Object.entries(more).map(([name, value]) => [name, values[value] ?? value]),
    );
    const begun = Date.now();
    const result = await latchkey(['serve'], {
      environment: environment({ PORT: '0', LOG_LEVEL: 'error', ...filledIn }),
    });
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(result.stderr).toMatch(reason);
    expect(result.stderr).not.toMatch(/canary|\n +at /);
    // The bar of the product is 2 s on a machine of its own.
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  test('a database from which a newer Latchkey has taken what this one needs', async () => {
    const own = await createTestDatabase();
    await recordMigration(own.url, '9999_drop_something_needs_9998');
    for (const command of ['serve', 'migrate']) {
      const result = await latchkey([command], {
        environment: environment({ DATABASE_URL: own.url, PORT: '0', LOG_LEVEL: 'error' }),
      });
      expect([result.code, result.stderr]).toEqual([
        1,
        expect.stringMatching(/^A newer Latchkey has taken away what this version needs/),
      ]);
    }
    await own.drop();
  });
});

// a version that is rolled back serves on what the newer one has added to.
test('a database to which a newer Latchkey has only added is served', async () => {
  const own = await createTestDatabase();
  await recordMigration(own.url, '9998_add_something');
  await recordMigration(own.url, '9999_drop_something_needs_0001');
  const node = await startTestServer({ DATABASE_URL: own.url });
  await createPerson(node, 'ada');
  expect((await fetch(`${node.url}/readyz`)).status).toBe(200);
  await node.stop();
  const result = await latchkey(['migrate'], { environment: environment({ DATABASE_URL: own.url }) });
  expect([result.code, result.stdout]).toEqual([0, 'The tables are up to date.\n']);
  await own.drop();
});

describe('the command line as a whole', () => {
  test.each([
    ['an unknown command', ['frobnicate'], 2, /unknown command 'frobnicate'/],
    ['no command', [], 2, /Usage: latchkey/],
    ['an unknown subcommand', ['user', 'promote'], 2, /unknown command/],
    ['an argument too few', ['user', 'disable'], 2, /missing required argument/],
    ['an argument too many', ['user', 'disable', 'a', 'b'], 2, /too many arguments/],
  ])('%s is a mistake of the caller: exit code 2, help on stderr', async (_, args, code, reason) => {
    const result = await latchkey(args, { environment: environment() });
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toMatch(reason);
  });

  test('--help works whatever state the configuration is in', async () => {
    const result = await latchkey(['--help'], { environment: { PORT: 'nonsense' } });
    expect(result.code).toBe(0);
    for (const command of ['serve', 'migrate', 'user', 'group', 'app', 'superuser-link', 'stats', 'doctor'])
      expect(result.stdout).toContain(`  ${command}`);
  });

  // Guards against a stack trace where the reader has seen enough: `latchkey ... | head`.
  test('says in a sentence that nobody reads what it prints', async () => {
    const running = startCommand(['user', 'list'], { environment: environment() });
    running.process.stdout?.destroy();
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([1, 'Whatever read the output has ended before it was complete.\n']);
  });

  test('reads .env of the folder it is called in, and the environment wins over it', async () => {
    await writeFile(
      join(folder, '.env'),
      `DATABASE_URL=${server.databaseUrl}\nSECRET_KEY="${SECRET_KEY}"\nPORT=nonsense\n`,
      { mode: 0o600 },
    );
    const broken = await latchkey(['user', 'list'], { cwd: folder });
    expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining('PORT must')]);
    const result = await latchkey(['user', 'list', '--json'], { cwd: folder, environment: { PORT: '8000' } });
    expect(JSON.parse(result.stdout)).toEqual(
      expect.arrayContaining([expect.objectContaining({ username: 'root' })]),
    );
  });

  test('a server that is started says where it is, serves, and stops at SIGTERM with 0 (R-34)', async () => {
    const running = startCommand(['serve'], { environment: environment({ PORT: '0', ISSUER: '' }) });
    const deadline = Date.now() + 30_000;
    while (!running.written.stderr.includes('Stop') && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const [, url] = /Latchkey is ready +(\S+)\//.exec(running.written.stderr) ?? [];
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await createPerson(server, 'meanwhile');
    running.process.kill('SIGTERM');
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    for (const line of stdout.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    expect(stdout).toContain('"msg":"stopped"');
  });
});
