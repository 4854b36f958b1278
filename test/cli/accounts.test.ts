/** `latchkey user` and `latchkey group` while a server runs on the same database. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { type CommandResult, latchkey } from '../support/command.js';
import { profile, signInAt } from '../support/oauth.js';
import { createApp, PASSWORD, signIn } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

const run = (args: string, input = '') =>
  latchkey(args.split(' '), { input, environment: { DATABASE_URL: server.databaseUrl, SECRET_KEY } });

async function json(args: string, input = '') {
  const result = await run(args, input);
  expect({ ...result, stdout: '' }).toEqual({ code: 0, stderr: '', stdout: '' });
  return JSON.parse(result.stdout);
}

const create = (username: string, more = '') =>
  `user create --username ${username} --email ${username}@example.com --password-stdin${more}`;

describe('latchkey user create', () => {
  test('makes a user who can sign in, and prints it as JSON', async () => {
    const made = await json(create('alice', ' --first-name Alice --last-name Liddell --json'), PASSWORD);
    expect(made).toEqual({
      id: expect.any(Number),
      username: 'alice',
      email: 'alice@example.com',
      first_name: 'Alice',
      last_name: 'Liddell',
      is_superuser: false,
      is_enabled: true,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect((await (await signIn(server, 'alice')).open('/account')).text).toContain('Alice Liddell');
  });

  test('makes a superuser', async () => {
    expect(await json(create('root', ' --superuser --json'), `${PASSWORD}\n`)).toMatchObject({
      is_superuser: true,
    });
    expect((await (await signIn(server, 'root')).open('/account')).text).toContain('superuser');
  });

  test('takes the password from stdin as it is, without the line break that echo adds', async () => {
    expect((await run(create('spaces'), '  a quiet  green door \r\n')).code).toBe(0);
    await signIn(server, 'spaces', '  a quiet  green door ');
  });

  test('says in a sentence what it made', async () => {
    expect((await run(create('wordy'), PASSWORD)).stdout).toMatch(/^Made the user wordy \(id \d+\)\.\n$/);
  });

  test.each([
    ['a username that is taken', create('alice'), PASSWORD, 1, /taken/],
    ['a username with a slash', create('a/b'), PASSWORD, 1, /letters, digits/],
    [
      'an email address that is none',
      'user create --username x --email x --password-stdin',
      PASSWORD,
      1,
      /not an email address/,
    ],
    ['a password that is too short', create('short'), 'short', 1, /too short/],
    ['no password on stdin', create('none'), '', 2, /no password on stdin/],
    [
      'no --password-stdin',
      'user create --username x --email x@example.com',
      PASSWORD,
      2,
      /--password-stdin/,
    ],
    [
      'a password as an argument (AD-08)',
      create('argued', ' --password hunter2hunter2'),
      '',
      2,
      /unknown option/,
    ],
    ['no username', 'user create --email x@example.com --password-stdin', PASSWORD, 2, /--username/],
    ['an unknown option', create('x', ' --admin'), PASSWORD, 2, /unknown option/],
  ])('%s is refused, on stderr, and makes nobody', async (_, args, input, code, reason) => {
    const before = await server.database.knex('accounts');
    const result = await run(args, input);
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toMatch(reason);
    expect(result.stderr).not.toMatch(/\n +at |node_modules/);
    expect(await server.database.knex('accounts')).toEqual(before);
  });
});

test('latchkey user list lists everybody, for people and for programs', async () => {
  const table = (await run('user list')).stdout.split('\n');
  expect(table[0]).toMatch(/^ID +USERNAME +EMAIL +NAME +STATE$/);
  expect(table.find((line) => line.includes('root'))).toMatch(/superuser$/);
  const listed = await json('user list --json');
  expect(listed.map((user: { username: string }) => user.username)).toEqual([
    'alice',
    'root',
    'spaces',
    'wordy',
  ]);
  expect(JSON.stringify(listed)).not.toMatch(/argon2|password/);
});

describe('latchkey user set-password', () => {
  test('lets somebody back in who has forgotten the password, and signs them out elsewhere', async () => {
    expect((await run(create('forgetful'), PASSWORD)).code).toBe(0);
    const before = await signIn(server, 'forgetful');
    const { code, stdout } = await run('user set-password forgetful --password-stdin', 'another green door');
    expect([code, stdout]).toEqual([
      0,
      'forgetful has a new password, and is signed out of every browser.\n',
    ]);
    expect((await before.request('/account')).status).toBe(303);
    await signIn(server, 'forgetful', 'another green door');
    await expect(signIn(server, 'forgetful')).rejects.toThrow('401');
  });

  test('holds a password to the rules, and names a user who is not there', async () => {
    const short = await run('user set-password forgetful --password-stdin', 'short');
    expect([short.code, short.stderr]).toEqual([1, expect.stringContaining('8')]);
    const missing = await run('user set-password nobody --password-stdin', PASSWORD);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('nobody')]);
  });
});

describe('latchkey user disable and enable', () => {
  test('take effect on the running server at once (LG-24, AD-06)', async () => {
    const browser = await signIn(server, 'alice');
    const { access_token: accessToken } = await signInAt(server, browser, await createApp(server), {
      scope: 'read',
    });
    expect((await run('user disable alice')).stdout).toBe('alice is disabled and can no longer sign in.\n');
    expect((await profile(server, accessToken)).status).toBe(401);
    expect((await browser.open('/account')).url).toContain('/login');
    const page = await newBrowser(server.url).open('/login');
    expect(
      (await newBrowser(server.url).submit(page, { username: 'alice', password: PASSWORD })).status,
    ).not.toBe(200);

    expect((await run('user enable alice')).stdout).toBe('alice can sign in again.\n');
    expect((await profile(server, accessToken)).status).toBe(401);
    expect((await browser.open('/account')).url).toContain('/login');
    await signIn(server, 'alice');
    const events = await server.database
      .knex('audit_events')
      .whereIn('event', ['account.disabled', 'account.enabled'])
      .pluck('event');
    expect(events).toEqual(['account.disabled', 'account.enabled']);
  });

  test('twice is no error', async () => {
    for (const args of [
      'user disable wordy',
      'user disable wordy',
      'user enable wordy',
      'user enable wordy',
    ]) {
      expect([args, (await run(args)).code]).toEqual([args, 0]);
    }
  });

  test('the last superuser cannot be disabled', async () => {
    const result = await run('user disable root');
    expect([result.code, result.stderr]).toEqual([
      1,
      'root is the last superuser that can sign in. Make another superuser first.\n',
    ]);
    await signIn(server, 'root');
  });
});

describe('latchkey group', () => {
  const groups = async () => {
    const app = await createApp(server, { skipConsent: true });
    const tokens = await signInAt(server, await signIn(server, 'alice'), app, { scope: 'read groups' });
    return (await profile(server, tokens.access_token)).body.groups;
  };

  test('add and remove change what applications are told', async () => {
    expect((await run('group add staff alice')).stdout).toBe('alice is now in the group staff.\n');
    expect((await run('group add staff alice')).stdout).toBe('alice is already in the group staff.\n');
    expect((await run('group add editors ALICE')).code).toBe(0);
    expect(await groups()).toEqual(['editors', 'staff']);
    expect((await run('group remove staff alice')).stdout).toBe('alice is no longer in the group staff.\n');
    expect((await run('group remove staff alice')).stdout).toBe('alice was not in the group staff.\n');
    expect(await groups()).toEqual(['editors']);
  });
});

describe('somebody who does not exist', () => {
  test.each([
    'user disable nobody',
    'user enable nobody',
    'group add staff nobody',
    'group remove staff nobody',
  ])('latchkey %s', async (args) => {
    const { code, stdout, stderr }: CommandResult = await run(args);
    expect([code, stdout, stderr]).toEqual([1, '', 'There is no user "nobody".\n']);
  });
});
