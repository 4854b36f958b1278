/** Superusers keep the groups that applications are told about. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventsOf, fromRequest } from '../audit/events-of.js';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { profile, signInAt } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let root: Browser;
let rootId: number;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  rootId = (await createPerson(server, 'root', { isSuperuser: true })).id;
  await createPerson(server, 'alice');
  await createPerson(server, 'bob');
  root = await signIn(server, 'root');
  app = await createApp(server, { skipConsent: true });
});

afterAll(() => server.stop());

const make = async (name: string): Promise<Page> =>
  root.submit(await root.open('/admin/groups'), { name }, '/admin/groups');

const membersOn = (page: Page) => page.html.querySelectorAll('tbody th').map((cell) => cell.text.trim());

const groupsOfAlice = async () => {
  const browser = await signIn(server, 'alice');
  const { access_token: token } = await signInAt(server, browser, app, { scope: 'read groups' });
  return (await profile(server, token)).body.groups;
};

test('a group is made, renamed, filled, emptied and deleted, and each step is recorded with who did it', async () => {
  const events = await eventsOf(server, async () => {
    let page = await make('Staff');
    page = await root.submit(page, { name: 'Crew' }, '/rename');
    expect(page.html.querySelector('h1')?.text).toBe('Crew');
    page = await root.submit(page, { username: 'ALICE' }, '/members');
    expect(await groupsOfAlice()).toEqual(['Crew']);
    page = await root.submit(page, { username: 'bob' }, '/members');
    expect(membersOn(page)).toEqual(['alice', 'bob']);
    const { id } = await server.database.knex('accounts').where({ username: 'bob' }).first('id');
    page = await root.submit(page, {}, `/members/${id}/remove`);
    expect(membersOn(page)).toEqual(['alice']);
    const form = await root.open(page.html.querySelector('a[href$="/delete"]')!.getAttribute('href')!);
    page = await root.submit(form, { reason: 'No longer needed' }, '/delete');
    expect(page.url).toBe(`${server.url}/admin/groups`);
    expect(await groupsOfAlice()).toEqual([]);
  });
  const changes = events.filter(({ event }) => event.startsWith('group.'));
  expect(changes.map(({ event }) => event)).toEqual([
    'group.created',
    'group.renamed',
    'group.joined',
    'group.joined',
    'group.left',
    'group.deleted',
  ]);
  for (const change of changes) expect(change).toMatchObject({ actor_id: rootId, ...fromRequest });
  expect(changes[1]?.details).toEqual({ from: 'Staff', group: 'Crew' });
  expect(changes[5]?.details).toEqual({ group: 'Crew', reason: 'No longer needed' });
});

test('a group requires a second factor, and no longer', async () => {
  let page = await root.submit(await make('Treasurers'), { username: 'bob' }, '/members');
  const bob = await signIn(server, 'bob');
  const events = await eventsOf(server, async () => {
    page = await root.submit(page, { required: 'yes' }, '/factor');
  });
  expect(events).toMatchObject([{ event: 'group.factor_required', actor_id: rootId }]);
  expect((await bob.request('/account')).status).toBe(303);
  const again = newBrowser(server.url);
  await again.submit(await again.open('/login'), { username: 'bob', password: PASSWORD }, '/login');
  expect((await again.request('/account')).status).toBe(303);
  expect((await root.open('/admin/groups')).text).toContain('second factor');
  await root.submit(page, { required: 'no' }, '/factor');
  expect((await (await signIn(server, 'bob')).request('/account')).status).toBe(200);
});

test('somebody joins and leaves a group on their own page as well', async () => {
  const { id } = await server.database.knex('accounts').where({ username: 'alice' }).first('id');
  let page = await root.submit(await root.open(`/admin/users/${id}`), { group: 'Readers' }, '/groups');
  expect(await groupsOfAlice()).toEqual(['Readers']);
  page = await root.submit(page, {}, '/groups/remove');
  expect(page.status).toBe(200);
  expect(await groupsOfAlice()).toEqual([]);
});

describe('refused beside its field, with nothing changed', () => {
  test.each([
    ['a name that is taken', 'Taken', /already/],
    ['no name', '  ', /1 to 150/],
    ['a name that is too long', 'x'.repeat(151), /1 to 150/],
    ['a name with a line break', 'a\nb', /1 to 150/],
  ])('%s', async (_, name, reason) => {
    await server.database.knex('groups').insert({ name: 'Taken' }).onConflict('name').ignore();
    const before = await snapshot(server);
    const made = await make(name);
    expect([made.status, made.html.querySelector('#name-error')?.text]).toEqual([
      422,
      expect.stringMatching(reason),
    ]);
    const { id } = await server.database.knex('groups').where({ name: 'Readers' }).first('id');
    const renamed = await root.submit(await root.open(`/admin/groups/${id}`), { name }, '/rename');
    expect(renamed.status).toBe(422);
    expect(await snapshot(server)).toEqual(before);
  });

  test('a member who does not exist', async () => {
    const { id } = await server.database.knex('groups').where({ name: 'Readers' }).first('id');
    const page = await root.submit(
      await root.open(`/admin/groups/${id}`),
      { username: 'nobody' },
      '/members',
    );
    expect([page.status, page.html.querySelector('#username-error')?.text]).toEqual([
      422,
      'There is no user "nobody".',
    ]);
  });
});

test('many groups come page by page, each once', async () => {
  const names = Array.from({ length: 230 }, (_, index) => `g${String(index).padStart(3, '0')}`);
  await server.database.knex('groups').insert(names.map((name) => ({ name })));
  const seen: string[] = [];
  let path: string | undefined = '/admin/groups';
  while (path) {
    const page = await root.open(path);
    seen.push(...page.html.querySelectorAll('tbody th a').map((link) => link.text));
    path = page.html.querySelector('a[rel=next]')?.getAttribute('href');
  }
  expect(seen.filter((name) => names.includes(name))).toEqual(names);
});
