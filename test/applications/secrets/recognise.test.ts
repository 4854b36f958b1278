/** "Test this secret": what somebody has pasted, in words that end the search. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { addSecret } from '../../../src/applications/secrets/add-secret.js';
import { retireSecret } from '../../../src/applications/secrets/retire-secret.js';
import { rotateSecret } from '../../../src/applications/secrets/rotate-secret.js';
import type { Browser } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { postTo } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let browser: Browser;
let app: TestApplication;
let ownerId: number;

beforeAll(async () => {
  server = await startTestServer();
  ({ id: ownerId } = await createPerson(server, 'alice'));
  app = await createApp(server, { name: 'Mine' }, ownerId);
  browser = await signIn(server, 'alice');
});

afterEach(backToPresent);

afterAll(() => server.stop());

async function say(secret: string, at = app): Promise<string> {
  const page = await postTo(browser, `/applications/${at.id}/secrets/test`, { secret });
  expect(page.status).toBe(200);
  const notice = page.html.querySelector('[role=status]')!;
  expect(page.headers.get('cache-control')).toBe('no-store');
  // What was pasted may be a secret of anything.
  if (secret.trim().length > 20) expect(page.text).not.toContain(secret.trim());
  return notice.text.replace(/\s+/g, ' ').trim();
}

const change = () => ({ at: new Date(), by: {} });

test('the right one', async () => {
  expect(await say(app.secret)).toBe(
    `The secret “First secret”, ending in ${app.secret.slice(-4)}, is right, and it works.`,
  );
});

describe('the right one, spoiled', () => {
  test.each([
    ['a space before', (secret: string) => ` ${secret}`, 'white space around it'],
    ['a line break after', (secret: string) => `${secret}\n`, 'white space around it'],
    [
      'a line break within',
      (secret: string) => `${secret.slice(0, 60)}\r\n${secret.slice(60)}`,
      'white space or a line break within it',
    ],
    ['quotation marks', (secret: string) => `"${secret}"`, 'quotation marks around it'],
  ])('by %s', async (_title, spoil, what) => {
    const said = await say(spoil(app.secret));
    expect(said).toContain(`What was pasted has ${what}. Without that it is right`);
  });
});

test('one that was retired, and when', async () => {
  const mine = await createApp(server, {}, ownerId);
  await addSecret(server.database.knex, mine.id, change());
  const [{ id }] = await server.database
    .knex('client_secrets')
    .where({ application_id: mine.id })
    .orderBy('id');
  await retireSecret(server.database.knex, mine.id, id, change());
  expect(await say(mine.secret, mine)).toMatch(/ was retired on .* UTC\. It is refused now/);
});

test('one that has expired', async () => {
  const mine = await createApp(server, {}, ownerId);
  await rotateSecret(server.database.knex, mine.id, { overlap: 60, ...change() });
  travel(61);
  expect(await say(mine.secret, mine)).toMatch(/ expired on .* UTC\. It is refused now/);
});

test("another application's of one's own, by its name; that of somebody else is told from nothing", async () => {
  const other = await createApp(server, { name: 'My other one' }, ownerId);
  expect(await say(other.secret)).toContain('works, but at another application');
  expect(await say(other.secret)).toContain('My other one');
  const hers = await createApp(server, { name: 'Of Bob' }, (await createPerson(server, 'bob')).id);
  expect(await say(hers.secret)).toBe(await say('x'.repeat(40)));
});

test.each([
  [
    'pbkdf2_sha256$260000$AAAAAAAA$BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=',
    'This is the hash of a secret',
  ],
  [`sha256$${'0a'.repeat(32)}`, 'This is the hash of a secret'],
  ['0a'.repeat(32), 'This is the hash of a secret'],
  ['$2b$12$abcdefghijklmnopqrstuv', 'This is the hash of a secret'],
  ['lkp_0000000000000000000000000000000000000000000000', 'personal access token'],
  ['lka_0000000000000000000000000000000000000000000000', 'This is an API token'],
  ['', 'Nothing was pasted.'],
  ['  \n ', 'Nothing was pasted.'],
  ['what my application sends', 'This is no secret of this application.'],
  ['x'.repeat(20_000), 'This is no secret of this application.'],
])('%.30s', async (pasted, said) => {
  expect(await say(pasted)).toContain(said);
});

test('its own client id', async () => {
  expect(await say(app.clientId)).toContain('This is the client id.');
});

test('half of a secret', async () => {
  expect(await say(app.secret.slice(0, 100))).toContain('it was cut off or mistyped');
});

test('one that moved in, by its slow hash', async () => {
  const moved = await createApp(server, {}, ownerId);
  // "moved-in secret" by Django's PBKDF2 with 1000 rounds.
  const { pbkdf2Sync } = await import('node:crypto');
  const hash = `pbkdf2_sha256$1000$salt$${pbkdf2Sync('moved-in secret', 'salt', 1000, 32, 'sha256').toString('base64')}`;
  await server.database.knex('client_secrets').where({ application_id: moved.id }).update({ hash });
  expect(await say('moved-in secret', moved)).toContain('is right, and it works.');
  expect(await say(hash, moved)).toContain('This is the hash of a secret');
});

test('nothing of what was pasted is logged or stored', async () => {
  await say('a secret of somewhere else entirely');
  expect(server.logged()).not.toContain('somewhere else entirely');
  const tables = await server.database.knex('audit_events').select('details');
  expect(JSON.stringify(tables)).not.toContain('somewhere else entirely');
});

test('no more than sixty in an hour', async () => {
  await createPerson(server, 'carol');
  const { id } = await server.database.knex('accounts').where({ username: 'carol' }).first('id');
  const hers = await createApp(server, {}, id);
  const carol = await signIn(server, 'carol');
  const statuses = await Promise.all(
    Array.from(
      { length: 64 },
      async () => (await postTo(carol, `/applications/${hers.id}/secrets/test`, { secret: 'x' })).status,
    ),
  );
  expect(statuses.sort()).toEqual([...Array(60).fill(200), ...Array(4).fill(429)]);
});
