/** AD-06: whoever gets hold of the server's own connection can add to the trail, and change nothing that is in it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deleteEventsBefore } from '../../src/audit/delete-events.js';
import { createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  await signIn(server, 'alice');
});
afterAll(() => server.stop());

test.each([
  ["UPDATE audit_events SET network = '203.0.113.1'"],
  ['DELETE FROM audit_events'],
  ['DELETE FROM audit_events WHERE id = (SELECT max(id) FROM audit_events)'],
  ['TRUNCATE audit_events'],
])('%s is refused, and every event stays as it was', async (statement) => {
  const { knex } = server.database;
  const before = await knex('audit_events').orderBy('id');
  expect(before.length).toBeGreaterThan(0);
  await expect(knex.raw(statement)).rejects.toThrow('The audit trail is append-only');
  expect(await knex('audit_events').orderBy('id')).toEqual(before);
});

test('what is older than it has to be kept leaves all the same, and the leave ends with that', async () => {
  const { knex } = server.database;
  expect(
    await deleteEventsBefore(server.database, new Date(Date.now() + 60_000), () => false),
  ).toBeGreaterThan(0);
  expect(await knex('audit_events')).toEqual([]);
  await signIn(server, 'alice');
  await Promise.all(
    Array.from({ length: 5 }, () => expect(knex('audit_events').del()).rejects.toThrow('append-only')),
  );
});
