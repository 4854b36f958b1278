/** AD-01, AD-02: the administration is there for superusers alone. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser } from '../support/browser.js';
import { createPerson, signIn } from '../support/people.js';
import { postTo } from '../support/portal.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let userId: number;
let alice: Browser;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'root', { isSuperuser: true });
  userId = (await createPerson(server, 'bob')).id;
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  await server.database.knex('groups').insert({ name: 'staff' });
});

afterAll(() => server.stop());

const GET = [
  '',
  '/users',
  '/users/new',
  '/groups',
  '/groups/1',
  '/groups/1/delete',
  '/audit',
  '/audit/export',
];
const POST = ['/users/new', '/groups', '/groups/1/rename', '/groups/1/members', '/groups/1/delete'];
const ACTIONS = ['disable', 'enable', 'sign-out', 'make-superuser', 'unmake-superuser'];
const userPaths = () => [
  `/users/${userId}`,
  ...[...ACTIONS, 'groups', 'groups/remove'].map((action) => `/users/${userId}/${action}`),
];

describe('somebody signed in who is no superuser, and somebody who is not signed in', () => {
  test('find nothing at any address, by any method', async () => {
    for (const browser of [alice, newBrowser(server.url)]) {
      for (const path of [...GET, ...userPaths(), '/nothing'])
        for (const method of ['GET', 'HEAD', 'OPTIONS']) {
          const page = await browser.request(`/admin${path}`, { method });
          expect([method, path, page.status]).toEqual([method, path, 404]);
          expect(page.text).not.toMatch(/bob@|staff/);
        }
    }
  });

  test('change nothing by any form (LG-01)', async () => {
    const before = await snapshot(server);
    for (const path of [...POST, ...userPaths()]) {
      const page = await postTo(alice, `/admin${path}`, { name: 'x', username: 'alice', group: 'staff' });
      expect([path, page.status]).toEqual([path, 404]);
    }
    const after = await snapshot(server);
    for (const table of ['accounts', 'groups', 'group_members', 'sessions'])
      expect(after[table]).toEqual(before[table]);
  });

  test('see no way in', async () => {
    expect((await alice.open('/')).text).not.toContain('/admin');
    expect((await (await signIn(server, 'root')).open('/')).text).toContain('href="/admin"');
  });
});

test('who tries leaves one event an hour, not one for each address', async () => {
  const refused = await server.database.knex('audit_events').where({ event: 'administration.refused' });
  expect(refused).toHaveLength(1);
  expect(refused[0]).toMatchObject({ network: expect.any(String), request_id: expect.any(String) });
});

test('nobody promotes themselves by what a form of their own holds', async () => {
  const page = await postTo(alice, '/account/edit', {
    first_name: 'Alice',
    is_superuser: 'true',
    superuser: 'on',
    groups: 'staff',
    is_staff: '1',
  });
  expect(page.status).toBe(303);
  const { is_superuser } = await server.database.knex('accounts').where({ username: 'alice' }).first();
  expect(is_superuser).toBe(false);
  expect(await server.database.knex('group_members')).toEqual([]);
});

test('a superuser who is one no longer loses the pages with the next request', async () => {
  await createPerson(server, 'second', { isSuperuser: true });
  const [root, second] = [await signIn(server, 'root'), await signIn(server, 'second')];
  expect((await second.open('/admin')).status).toBe(200);
  const { id } = await server.database.knex('accounts').where({ username: 'second' }).first();
  await root.submit(await root.open(`/admin/users/${id}/unmake-superuser`), {}, '/unmake-superuser');
  expect((await second.open('/admin')).status).toBe(404);
});
