/** A superuser finds people and looks after their accounts. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventsOf, fromRequest } from '../audit/events-of.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { profile, signInAt } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let other: TestServer;
let root: Browser;
let rootId: number;

beforeAll(async () => {
  server = await startTestServer();
  other = await startTestServer({ DATABASE_URL: server.databaseUrl });
  rootId = (await createPerson(server, 'root', { isSuperuser: true })).id;
  root = await signIn(server, 'root');
});

afterAll(async () => {
  await other.stop();
  await server.stop();
});

const idOf = async (username: string): Promise<number> =>
  (await server.database.knex('accounts').where({ username }).first('id')).id;

const act = async (username: string, action: string, fields = {}) =>
  root.submit(await root.open(`/admin/users/${await idOf(username)}/${action}`), fields, `/${action}`);

describe('disabling', () => {
  test('asks first, and changes nothing until it is confirmed', async () => {
    await createPerson(server, 'asked');
    const before = await snapshot(server);
    const page = await root.open(`/admin/users/${await idOf('asked')}/disable`);
    expect(page.text).toContain('signed out');
    expect(await snapshot(server)).toEqual(before);
  });

  test('ends sessions and tokens at once on every node (LG-24), and is recorded with who and why (AD-06)', async () => {
    await createPerson(server, 'carol');
    const app = await createApp(server);
    const here = await signIn(server, 'carol');
    const there = await signIn(other, 'carol');
    const { access_token: token } = await signInAt(server, here, app, { scope: 'read' });
    const [event] = await eventsOf(server, () => act('carol', 'disable', { reason: 'Left the company' }));
    expect(event).toMatchObject({
      event: 'account.disabled',
      account_id: await idOf('carol'),
      actor_id: rootId,
      details: { reason: 'Left the company' },
      ...fromRequest,
    });
    expect((await root.open('/dev/mails')).text).toContain('Your account was disabled');
    expect((await profile(server, token)).status).toBe(401);
    for (const browser of [here, there]) expect((await browser.open('/account')).url).toContain('/login');
    await expect(signIn(other, 'carol')).rejects.toThrow('401');

    await act('carol', 'enable');
    await signIn(other, 'carol');
    expect((await profile(server, token)).status).toBe(401);
  });
});

test('signing somebody out everywhere ends every session and token, and they can sign in again', async () => {
  await createPerson(server, 'dora');
  const app = await createApp(server);
  const browsers = [await signIn(server, 'dora'), await signIn(other, 'dora')];
  const { access_token: token } = await signInAt(server, browsers[0]!, app, { scope: 'read' });
  const page = await act('dora', 'sign-out');
  expect(page.html.querySelector('[role=status]')?.text).toContain('signed out');
  for (const browser of browsers) expect((await browser.open('/account')).url).toContain('/login');
  expect((await profile(server, token)).status).toBe(401);
  await signIn(server, 'dora');
});

describe('the last superuser', () => {
  test.each(['disable', 'unmake-superuser'])('cannot be lost: %s is refused', async (action) => {
    const before = await snapshot(server);
    const page = await act('root', action);
    expect([page.status, page.html.querySelector('h1')?.text]).toEqual([
      409,
      'root is the last superuser that can sign in.',
    ]);
    expect(await snapshot(server)).toEqual(before);
  });

  test('cannot be lost by two who take each other away at the same moment, on two nodes', async () => {
    const accounts = () => server.database.knex('accounts');
    await createPerson(server, 'eve', { isSuperuser: true });
    for (let round = 0; round < 5; round++) {
      await accounts().whereIn('username', ['root', 'eve']).update({ is_superuser: true, disabled_at: null });
      const browsers = [await signIn(server, 'root'), await signIn(other, 'eve')];
      const forms = await Promise.all([
        browsers[0]!.open(`/admin/users/${await idOf('eve')}/unmake-superuser`),
        browsers[1]!.open(`/admin/users/${rootId}/disable`),
      ]);
      await Promise.all([
        browsers[0]!.submit(forms[0]!, {}, '/unmake-superuser'),
        browsers[1]!.submit(forms[1]!, {}, '/disable'),
      ]);
      expect(
        await accounts().where({ is_superuser: true, disabled_at: null }).pluck('username'),
      ).toHaveLength(1);
    }
    await accounts().where({ username: 'root' }).update({ is_superuser: true, disabled_at: null });
    root = await signIn(server, 'root');
  });
});

describe('making a user', () => {
  const FIELDS = { username: 'frank', email: 'frank@example.com', password: PASSWORD };
  const make = async (fields: Record<string, string>) =>
    root.submit(await root.open('/admin/users/new'), { ...FIELDS, ...fields }, '/new');

  test('gives somebody an account with which they can sign in', async () => {
    const events = await eventsOf(server, () => make({}));
    expect(events).toMatchObject([{ event: 'account.created', actor_id: rootId, ...fromRequest }]);
    expect((await (await signIn(server, 'frank')).open('/admin')).status).toBe(404);
  });

  test.each([
    ['a username that is taken', {}, '#username'],
    ['an address that is none', { username: 'gina', email: 'gina' }, '#email'],
    ['a password that is too short', { username: 'gina', password: 'short' }, '#password'],
  ])('%s is refused beside its field, and makes nobody', async (_, fields, selector) => {
    const before = await snapshot(server);
    const page = await make(fields);
    expect([page.status, page.html.querySelector(selector)?.getAttribute('aria-invalid')]).toEqual([
      422,
      'true',
    ]);
    expect(page.text).not.toContain(PASSWORD);
    expect(await snapshot(server)).toEqual(before);
  });
});

test("a person's page shows what there is about them, and no secret (AD-05)", async () => {
  const { id } = await createPerson(server, 'henry', { firstName: 'Henry', lastName: '<b>Ford</b>' });
  const browser = await signIn(server, 'henry');
  const app = await createApp(server, { name: 'Garage' });
  const tokens = await signInAt(server, browser, app, { scope: 'read' });
  const page = await root.open(`/admin/users/${id}`);
  expect(page.text).toContain('henry@example.com');
  expect(page.text).toContain('Garage');
  expect(page.text).toContain('login.succeeded');
  expect(page.text).not.toContain('<b>Ford');
  expect(page.text).not.toMatch(/argon2/);
  for (const token of [tokens.access_token, tokens.refresh_token]) expect(page.text).not.toContain(token);
});

test.each(['/admin/users/0', '/admin/users/999999', '/admin/users/1x', '/admin/users/1/nothing'])(
  '%s is not there',
  async (path) => {
    expect((await root.open(path)).status).toBe(404);
    expect((await newBrowser(server.url).open(path)).status).toBe(404);
  },
);

test('a reason of more than a line is refused, and nothing is done', async () => {
  await createPerson(server, 'ivy');
  for (const reason of ['x'.repeat(501), 'a\u0007b']) {
    const page = await act('ivy', 'disable', { reason });
    expect([page.status, page.html.querySelector('#reason')?.getAttribute('aria-invalid')]).toEqual([
      422,
      'true',
    ]);
  }
  await signIn(server, 'ivy');
});
