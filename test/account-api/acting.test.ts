/** A superuser who acts as somebody else sees what they see by JSON, and changes nothing of it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fetchDocument, fillIn, operationsOf, type Published } from '../json-api/published-document.js';
import { createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { type FrontEnd, newFrontEnd } from './front-end.js';

let server: TestServer;
let frontEnd: FrontEnd;
let operations: Published[];

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'root', { isSuperuser: true });
  const { id } = await createPerson(server, 'ada');
  const browser = await signIn(server, 'root');
  const form = await browser.open(`/admin/users/${id}/impersonate`);
  await browser.submit(form, { reason: 'Ticket 4711' }, '/impersonate');
  frontEnd = newFrontEnd(server.url, browser);
  operations = operationsOf(await fetchDocument(server.url));
});
afterAll(() => server.stop());

test('is told so with the session', async () => {
  const { status, body } = await frontEnd.call('GET', '/api/account/session');
  expect([status, body]).toMatchObject([200, { person: { username: 'ada' }, acted_in_by: 'root' }]);
});

test('no operation that changes anything is open, but signing in and out', async () => {
  const before = await snapshot(server);
  const changes = operations.filter(
    ({ method, path }) => method !== 'GET' && path !== '/api/account/session',
  );
  for (const { name, method, path } of changes) {
    const answer = await frontEnd.call(method, fillIn(path), {});
    expect([name, answer.status, answer.body.error]).toEqual([name, 403, 'impersonating']);
  }
  expect(await snapshot(server)).toEqual(before);
});

test('signing out ends it', async () => {
  expect((await frontEnd.call('DELETE', '/api/account/session')).status).toBe(204);
  expect((await frontEnd.call('GET', '/api/account/session')).status).toBe(401);
});
