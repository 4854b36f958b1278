/** The applications with access, and taking it back, by JSON. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { profile, refresh, signInAt } from '../support/oauth.js';
import { createApp, createPerson } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { type FrontEnd, frontEndOf } from './front-end.js';

const APPLICATIONS = '/api/account/applications';

let server: TestServer;
let ada: FrontEnd;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'ada');
  await createPerson(server, 'bob');
  ada = await frontEndOf(server.url, 'ada');
});
afterAll(() => server.stop());

test('each is listed with what it may do, in words of the reader', async () => {
  const app = await createApp(server, { name: 'Notes' });
  await signInAt(server, ada.browser, app, { scope: 'read' });
  const { body } = await ada.call('GET', APPLICATIONS, undefined, { 'accept-language': 'de' });
  expect(body.applications).toEqual([
    {
      id: expect.any(Number),
      name: 'Notes',
      scopes: [{ name: 'read', sentence: expect.stringMatching(/Profil/) }],
      allowed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      last_sign_in_at: expect.stringMatching(/Z$/),
      sign_ins: 1,
    },
  ]);
});

test('what is taken back ends its tokens at once', async () => {
  const app = await createApp(server, { name: 'Mail' });
  const tokens = await signInAt(server, ada.browser, app);
  expect((await profile(server, tokens.access_token)).status).toBe(200);
  const { body } = await ada.call('GET', APPLICATIONS);
  const { id } = body.applications.find(({ name }: { name: string }) => name === 'Mail');
  expect((await ada.call('DELETE', `${APPLICATIONS}/${id}`)).status).toBe(204);
  expect((await profile(server, tokens.access_token)).status).toBe(401);
  expect((await refresh(server, app, tokens.refresh_token)).status).toBe(400);
  expect((await ada.call('GET', APPLICATIONS)).body.applications).not.toContainEqual(
    expect.objectContaining({ name: 'Mail' }),
  );
  expect((await ada.call('DELETE', `${APPLICATIONS}/${id}`)).status).toBe(404);
});

test('nobody sees or takes back what somebody else has allowed', async () => {
  const app = await createApp(server, { name: 'Photos' });
  const tokens = await signInAt(server, ada.browser, app);
  const { body } = await ada.call('GET', APPLICATIONS);
  const bob = await frontEndOf(server.url, 'bob');
  expect((await bob.call('GET', APPLICATIONS)).body).toEqual({ applications: [] });
  const before = await snapshot(server);
  for (const { id } of body.applications)
    expect((await bob.call('DELETE', `${APPLICATIONS}/${id}`)).status).toBe(404);
  expect(await snapshot(server)).toEqual(before);
  expect((await profile(server, tokens.access_token)).status).toBe(200);
});
