/** Tabs of one browser that ask for the same application at the same moment. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exchange, introspect, refresh, revoke } from '../support/oauth.js';
import { createApp, createPerson, getCode, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const TABS = 12;

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  app = await createApp(server, { skipConsent: true });
});

afterAll(() => server.stop());

// Guards a sign-out of somebody who did nothing wrong: requests whose session was read by one statement shared what the
// engine notes in it, so that two sign-ins came to belong to one grant, and both ended with the first.
test('have a sign-in each: the end of one is not that of another', async () => {
  const browser = await signIn(server, 'alice');
  const codes = await Promise.all(Array.from({ length: TABS }, () => getCode(browser, app)));
  const signIns = [];
  for (const code of codes) signIns.push((await exchange(server, app, code)).body);
  const grants = await server.database.knex('refresh_tokens').distinct('grant_id');
  expect(grants).toHaveLength(TABS);
  expect(await server.database.knex('grants')).toHaveLength(TABS);

  const [ended, ...others] = signIns;
  await revoke(server, app, ended.refresh_token);
  expect((await refresh(server, app, ended.refresh_token)).status).toBe(400);
  for (const { access_token, refresh_token } of others) {
    expect((await introspect(server, app, access_token)).body.active).toBe(true);
    expect((await refresh(server, app, refresh_token)).status).toBe(200);
  }
});
