/** a .env that was cut off, written twice or misread by a hair is refused, by line and name, never by value. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/config.js';
import { findEnvFileProblems } from '../../src/config/env-file.js';
import { latchkey } from '../support/command.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-env-'));
});

afterAll(() => rm(folder, { recursive: true }));

test.each([
  [
    'a variable that is set twice',
    'PORT=1\nHOST=a\nPORT=canary\n',
    ['PORT must be set once in .env: it is on lines 1 and 3.'],
  ],
  ['a line without a value', 'PORT=1\nSECRET_KE', ['Line 2 of .env must be NAME=value, in UTF-8.']],
  ['a colon', 'PORT: 1\n', ['Line 1 of .env must be NAME=value, in UTF-8.']],
  ['a byte order mark', '\uFEFFPORT=1\n', ['Line 1 of .env must be NAME=value, in UTF-8.']],
  [
    'UTF-16',
    Buffer.from('PORT=1', 'utf16le').toString('utf8'),
    ['Line 1 of .env must be NAME=value, in UTF-8.'],
  ],
  // Node.js reads all of this as the value of SECRET_KEY, and PORT is 8000.
  [
    'a quote that is not closed',
    'SECRET_KEY="canary\nHOST="a"\nPORT=9000\n',
    ['SECRET_KEY must end with the quote it begins with (.env).'],
  ],
  [
    'a quote that is not closed at the end',
    "SCOPES='{canary",
    ['SCOPES must end with the quote it begins with (.env).'],
  ],
])('%s is a problem', (_, text, problems) => {
  expect(findEnvFileProblems(text)).toEqual(problems);
});

test.each([
  ['nothing', ''],
  ['comments, empty lines and spaces', '# PORT=1\n\n   # more\n PORT = 2 # why\n'],
  ['export', 'export PORT=1\nexport HOST="a b"\n'],
  ['Windows line ends', 'PORT=1\r\nHOST=a\r\n'],
  ['quotes, and other quotes in them', `SCOPES='{"read": "Read"}'\nHOST="a'b"\nPORT=\`1\`\n`],
  ['a value of several lines', `SCOPES='{\n  "read": "Read",\n  "write": "="\n}'\nPORT=1\n`],
  ['an equals sign and a quote within a value', `DATABASE_URL=postgres://u:a=b"c@h/d\n`],
])('%s is no problem', (_, text) => {
  expect(findEnvFileProblems(text)).toEqual([]);
});

test('a command that needs the configuration is refused with all problems at once, and --help is not', async () => {
  await writeFile(join(folder, '.env'), 'PORT=canary\nPORT=canary\nSIGN_UP=canary\ncanary', { mode: 0o600 });
  const { code, stdout, stderr } = await latchkey(['serve'], { cwd: folder });
  expect([code, stdout, stderr]).toEqual([
    1,
    '',
    'The configuration has 4 problems:\n' +
      '  - PORT must be set once in .env: it is on lines 1 and 2.\n' +
      '  - Line 4 of .env must be NAME=value, in UTF-8.\n' +
      '  - SIGN_UP must be written SIGNUP, or be removed.\n' +
      '  - PORT must be a whole number from 0 to 65535.\n',
  ]);
  expect((await latchkey(['--help'], { cwd: folder })).code).toBe(0);
});

test('a .env that is a folder is refused in a sentence', async () => {
  const own = join(folder, 'own');
  await mkdir(join(own, '.env'), { recursive: true });
  const { code, stderr } = await latchkey(['user', 'list'], { cwd: own });
  expect([code, stderr]).toEqual([1, expect.stringContaining('.env must be a file that can be read')]);
});

// On Node.js 20 mkdir's `recursive` never comes back from /proc.
test.each(['/proc/latchkey', '/dev/null/latchkey', '/dev/null'])(
  'DATA_DIR=%s, where nothing can be made, is refused by name',
  async (DATA_DIR) => {
    const { code, stderr } = await latchkey(['user', 'list'], { environment: { DATA_DIR } });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('DATA_DIR must be a folder that can be written'),
    ]);
  },
);

test.each([
  ['SIGN_UP', 'SIGNUP'],
  ['signup', 'SIGNUP'],
  ['DATABSE_URL', 'DATABASE_URL'],
  ['DATABASE_ULR', 'DATABASE_URL'],
  ['DATABASEURL', 'DATABASE_URL'],
  ['SECRET-KEY', 'SECRET_KEY'],
  ['SCOPE', 'SCOPES'],
  ['ISSUERS', 'ISSUER'],
  ['PROT', 'PORT'],
  ['ACCESS_TOKEN_EXPIRE_SECOND', 'ACCESS_TOKEN_EXPIRE_SECONDS'],
  ['TRUSTED_PROXYES', 'TRUSTED_PROXIES'],
])('%s is taken for a misspelt %s', (typed, meant) => {
  expect(() => loadConfig({ [typed]: 'canary', [meant]: '' })).toThrow(
    `The configuration has a problem:\n  - ${typed} must be written ${meant}, or be removed.`,
  );
});

test('names that others give the environment are left alone', () => {
  const others = [
    'HOME',
    'HOSTNAME',
    'PATH',
    'PWD',
    'USER',
    'LOGNAME',
    'TERM',
    'SHLVL',
    'LANG',
    'TZ',
    '_',
    'NODE_ENV',
  ];
  const platforms = [
    'DATABASE_PORT',
    'DATABASE_HOST',
    'BASE_DIR',
    'PGDATA',
    'PGHOST',
    'LATCHKEY_PORT',
    'npm_config_port',
  ];
  const environment = Object.fromEntries([...others, ...platforms].map((name) => [name, 'x']));
  expect(loadConfig(environment)).toEqual(loadConfig({}));
  // Somebody else's: ours is there as well.
  expect(loadConfig({ LOGLEVEL: 'x', LOG_LEVEL: 'warn' }).logLevel).toBe('warn');
});

test.each([
  ['http://id.example.com', false],
  ['http://8.8.8.8:8000', false],
  ['http://[2606:4700::1111]', false],
  ['https://id.example.com', true],
  ['http://localhost:8000', true],
  ['http://127.0.0.1:8000', true],
  ['http://[::1]:8000', true],
  ['http://10.1.2.3', true],
  ['http://192.168.1.10:8000', true],
  ['http://server:8000', true],
  ['http://id.internal', true],
  ['http://id.localhost:8000', true],
])('ISSUER=%s: http is for what the internet cannot reach (allowed: %s)', (ISSUER, isAllowed) => {
  if (isAllowed) expect(loadConfig({ ISSUER }).issuer).toBe(ISSUER);
  else expect(() => loadConfig({ ISSUER })).toThrow(/ISSUER must be https/);
});
