/** `latchkey export` and `latchkey import latchkey`: one server goes on where another one was. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addToGroup } from '../../src/accounts/groups.js';
import { latchkey } from '../support/command.js';
import { profile, refresh, revoke, signInAt, token } from '../support/oauth.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';

type Tokens = Awaited<ReturnType<typeof signInAt>>;

const folder = mkdtempSync(join(tmpdir(), 'latchkey-export-'));
const file = join(folder, 'everything.jsonl');

let old: TestServer;
let server: TestServer;
let app: TestApplication;
let ada: Tokens;
let bob: Tokens;

const run = (at: TestServer, ...args: string[]) =>
  latchkey(args, { environment: { DATABASE_URL: at.databaseUrl, SECRET_KEY } });
const importLines = async (...args: string[]) =>
  JSON.parse((await run(server, 'import', 'latchkey', ...args, '--json')).stdout);
const lines = () =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  old = await startTestServer();
  await createPerson(old, 'ada', { isSuperuser: true });
  await createPerson(old, 'bob');
  await addToGroup(old.database.knex, 'ada', 'writers');
  await old.database.knex('groups').insert({ name: 'auditors', requires_factor: true });
  await run(old, 'team', 'create', '--name', 'Museum', '--owner', 'bob');
  app = await createApp(
    old,
    {
      kind: 'native',
      description: 'Of the museum',
      contacts: ['ada@example.com'],
      defaultScopes: ['read'],
      tokenFormat: 'jwt',
    },
    1,
  );
  ada = await signInAt(old, await signIn(old, 'ada'), app, { scope: 'read groups' });
  bob = await signInAt(old, await signIn(old, 'bob'), app, { scope: 'read' });
  server = await startTestServer();
});

afterAll(async () => {
  await old.stop();
  await server.stop();
  rmSync(folder, { recursive: true });
});

test('the export is for its owner alone, and holds nothing that can be used', async () => {
  expect(await run(old, 'export', '--to', file)).toMatchObject({ code: 0, stdout: '' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, 'utf8');
  for (const secret of [PASSWORD, app.secret, ada.access_token, ada.refresh_token])
    expect(text).not.toContain(secret);
  const types = lines().map(({ type }) => type);
  expect(types).toEqual([
    'latchkey',
    'group',
    'group',
    'user',
    'user',
    'team',
    'application',
    'consent',
    'consent',
    ...Array(4).fill('token'),
  ]);
  // A second one does not take the place of the first, and goes to standard output when no file is named.
  expect((await run(old, 'export', '--to', file)).code).toBe(1);
  expect((await run(old, 'export')).stdout.split('\n').slice(1)).toEqual(text.split('\n').slice(1));
});

test('a rehearsal says what would come, and changes nothing', async () => {
  const report = await importLines(file, '--dry-run');
  const brought = {
    users: 2,
    groups: 2,
    teams: 1,
    applications: 1,
    consents: 2,
    'access tokens': 2,
    'refresh tokens': 2,
  };
  expect(report).toMatchObject({ is_dry_run: true, brought, left: [], changed: [] });
  expect(await server.database.knex('accounts').select()).toEqual([]);
});

test('read back, everything is as it was: an export of the new server has the same lines', async () => {
  await importLines(file);
  // A team has a number of its own at each server.
  const withoutNumber = ({ id, ...line }: { type: string; id?: number }) =>
    line.type === 'team' ? line : { ...line, id };
  const copy = (await run(server, 'export')).stdout.trim().split('\n').slice(1);
  expect(copy.map((line) => withoutNumber(JSON.parse(line)))).toEqual(lines().slice(1).map(withoutNumber));
});

test('people, tokens, secrets and consents work at the new server', async () => {
  expect((await profile(server, ada.access_token)).body).toMatchObject({
    id: 1,
    username: 'ada',
    groups: ['writers'],
  });
  expect((await refresh(server, app, ada.refresh_token)).status).toBe(200);
  const browser = await signIn(server, 'bob');
  const page = await browser.open(authorizeUrl(app, { scope: 'read' }));
  expect(page.location).toMatch(/\?code=/);
  expect((await token(server, app, { grant_type: 'authorization_code', code: 'x' })).body.error).toBe(
    'invalid_grant',
  );
});

test('an application of an older version, which knows less of it, comes with the kind that its settings tell', async () => {
  const [older] = lines().filter(({ type }) => type === 'application');
  for (const name of ['kind', 'description', 'contacts', 'default_scopes', 'consent']) delete older[name];
  Object.assign(older, { client_id: 'of-an-older-version', skip_consent: true, client_type: 'public' });
  const olderFile = join(folder, 'older.jsonl');
  writeFileSync(olderFile, `${[lines()[0], older].map((line) => JSON.stringify(line)).join('\n')}\n`);
  await importLines(olderFile);
  const copy = (await run(server, 'export')).stdout.trim().split('\n');
  expect(
    copy.map((line) => JSON.parse(line)).find((line) => line.client_id === older.client_id && line.name),
  ).toMatchObject({
    kind: 'spa',
    description: '',
    contacts: [],
    default_scopes: null,
    consent: 'skip',
    skip_consent: true,
  });
});

test('a second import brings what is new, and nothing that was taken back here comes with it', async () => {
  await revoke(server, app, bob.refresh_token);
  const successor = await refresh(old, app, bob.refresh_token);
  await createPerson(old, 'carol');
  const later = join(folder, 'later.jsonl');
  await run(old, 'export', '--to', later);
  const report = await importLines(later);
  expect(report).toMatchObject({
    brought: { users: 1, applications: 0, 'refresh tokens': 1 },
    here_before: { users: 2 },
  });
  // The family of the new tokens was ended here.
  expect((await profile(server, successor.body.access_token)).status).toBe(401);
  expect((await refresh(server, app, bob.refresh_token)).status).toBe(400);
});

test.each([
  [
    'that is no JSON',
    '{"type": "latchkey", "format": 1, "issuer": "https://a.test"}\nnonsense\n',
    /Line 2 .* is no JSON/,
  ],
  [
    'without its first line',
    '{"type": "group", "name": "writers", "requires_factor": false}\n',
    /has to begin with/,
  ],
  [
    'of a format of tomorrow',
    '{"type": "latchkey", "format": 2, "issuer": "https://a.test"}\n',
    /Line 1 .* none of an export/,
  ],
])('a file %s is refused with the line, and nothing is changed', async (_, text, complaint) => {
  const before = await server.database.knex('imported_records').count();
  const wrong = join(folder, 'wrong.jsonl');
  writeFileSync(wrong, text);
  const result = await run(server, 'import', 'latchkey', wrong);
  expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(complaint) });
  expect(await server.database.knex('imported_records').count()).toEqual(before);
});

test('an export of before the token format was a setting is of applications with opaque tokens', async () => {
  const [header, application] = ['latchkey', 'application'].map((type) =>
    lines().find((line) => line.type === type),
  );
  const { token_format, ...before } = application;
  expect(token_format).toBe('jwt');
  const earlier = join(folder, 'earlier.jsonl');
  writeFileSync(
    earlier,
    `${JSON.stringify(header)}\n${JSON.stringify({ ...before, client_id: 'of-before' })}\n`,
  );
  expect(await importLines(earlier)).toMatchObject({ brought: { applications: 1 } });
  const stored = await server.database.knex('applications').where({ client_id: 'of-before' }).first();
  expect(stored.token_format).toBe('opaque');
});

test('an account that was made here keeps its number: the other one stays behind, and so do its tokens', async () => {
  const other = await startTestServer();
  const mine = await createPerson(other, 'somebody');
  const result = await run(other, 'import', 'latchkey', file);
  expect(result.stdout).toMatch(/their id belongs to an account that was made here\n +ada, by somebody/);
  expect(result.stdout).toMatch(/1 refresh tokens: their user has not come/);
  expect((await profile(other, ada.access_token)).status).toBe(401);
  expect((await profile(other, bob.access_token)).status).toBe(200);
  expect(mine.id).toBe(1);
  await other.stop();
});
