/** A superuser who signed in a while ago proves it again before they change who people are. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { createPerson, PASSWORD, signIn } from '../support/people.js';
import { postTo } from '../support/portal.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let aliceId: number;
let groupId: number;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'root', { isSuperuser: true });
  aliceId = (await createPerson(server, 'alice')).id;
  [{ id: groupId }] = await server.database.knex('groups').insert({ name: 'Staff' }).returning('id');
});

afterEach(backToPresent);
afterAll(() => server.stop());

const NEW_USER = { username: 'mallory', email: 'mallory@example.com', password: PASSWORD };

// Guards against a browser left signed in, or a cookie a week old, being enough to take over every account: acting as
// somebody asked for the password again, a new superuser or a link to a new password did not.
test.each([
  ['/admin/users/:user/make-superuser', '/admin/users/:user/make-superuser', {}],
  ['/admin/users/:user/disable', '/admin/users/:user/disable', {}],
  ['/admin/users/:user/reset-password', '/admin/users/:user/reset-password', {}],
  ['/admin/users/:user/reset-factors', '/admin/users/:user/reset-factors', {}],
  ['/admin/users/new', '/admin/users/new', NEW_USER],
  ['/admin/groups/:group/factor', '/admin/groups/:group', { required: 'no' }],
  ['/admin/groups/:group/delete', '/admin/groups/:group/delete', {}],
])('%s asks a session of yesterday for the password, and changes nothing', async (address, page, fields) => {
  const withIds = (path: string) => path.replace(':user', String(aliceId)).replace(':group', String(groupId));
  const root = await signIn(server, 'root');
  travel(24 * 3600);
  await root.open('/account/edit');
  const before = await snapshot(server);
  const answer = await postTo(root, withIds(address), fields);
  expect([answer.status, answer.location]).toEqual([
    303,
    expect.stringContaining(`/login/confirm?next=${encodeURIComponent(withIds(page))}`),
  ]);
  expect(await snapshot(server)).toEqual(before);
});

test('once it is confirmed, the page that was asked for comes up and works', async () => {
  const root = await signIn(server, 'root');
  travel(24 * 3600);
  const asked = await root.open(`/admin/users/${aliceId}/disable`);
  expect(asked.url).toContain('/login/confirm');
  const form = await root.submit(asked, { password: PASSWORD }, '/login/confirm');
  expect(form.url).toBe(`${server.url}/admin/users/${aliceId}/disable`);
  const done = await root.submit(form, {}, '/disable');
  expect(done.text).toContain('The account is disabled.');
  await root.submit(await root.open(`/admin/users/${aliceId}/enable`), {}, '/enable');
});

// Guards against an address sent by hand doing what no button offers: a link to a new password for somebody disabled.
test('an action that makes no sense for the account is not there, and changes nothing', async () => {
  const { id: carolId } = await createPerson(server, 'carol');
  await server.database.knex('accounts').where({ id: carolId }).update({ disabled_at: new Date() });
  const root = await signIn(server, 'root');
  const before = await snapshot(server);
  for (const path of [`${carolId}/reset-password`, `${carolId}/make-superuser`, `${aliceId}/enable`])
    expect([path, (await postTo(root, `/admin/users/${path}`)).status]).toEqual([path, 404]);
  expect(await snapshot(server)).toEqual(before);
});

test('strangers are not sent to confirm anything: to them there are no such pages', async () => {
  const alice = await signIn(server, 'alice');
  travel(24 * 3600);
  for (const path of ['/admin/users/new', `/admin/users/${aliceId}/disable`]) {
    expect((await alice.open(path)).status).toBe(404);
    expect((await newBrowser(server.url).open(path)).status).toBe(404);
  }
});

// Guards the sentence: passkeys are removed with the other factors, and it did not say so.
test('removing the second factors says all that goes', async () => {
  const page = await (await signIn(server, 'root')).open(`/admin/users/${aliceId}/reset-factors`);
  for (const kind of ['authenticator app', 'recovery codes', 'passkeys', 'remembered browsers'])
    expect(page.text).toContain(kind);
});
