/** Disabling an account is how an operator ends a theft: enabling it again may not give the thief anything back. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import type { Browser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { exchange, introspect, profile, refresh, signInAt } from '../support/oauth.js';
import { createApp, createPerson, getCode, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  await createPerson(server, 'bob');
});

afterAll(() => server.stop());

afterEach(backToPresent);

const isSignedIn = async (browser: Browser) => (await browser.open('/account')).url.endsWith('/account');

test('sessions, codes, access and refresh tokens stay dead after the account is enabled again; those of others live', async () => {
  const app = await createApp(server);
  const [alice, elsewhere, bob] = [
    await signIn(server, 'alice'),
    await signIn(server, 'alice'),
    await signIn(server, 'bob'),
  ];
  const stolen = await signInAt(server, alice, app, { scope: 'read' });
  const ofBob = await signInAt(server, bob, app, { scope: 'read' });
  const code = await getCode(alice, app, { scope: 'read' });
  expect((await profile(server, stolen.access_token)).status).toBe(200);

  await setAccountEnabled(server.database, 'alice', false);
  const { id } = await setAccountEnabled(server.database, 'alice', true);
  // A node asks the database about a token it knows once a second (src/tokens/live-access-tokens.ts).
  travel(1);

  expect([await isSignedIn(alice), await isSignedIn(elsewhere)]).toEqual([false, false]);
  expect((await profile(server, stolen.access_token)).status).toBe(401);
  expect((await introspect(server, app, stolen.access_token)).body).toEqual({ active: false });
  expect((await refresh(server, app, stolen.refresh_token)).body.error).toBe('invalid_grant');
  expect((await exchange(server, app, code)).body.error).toBe('invalid_grant');
  for (const table of ['sessions', 'grants'])
    expect(await server.database.knex(table).where({ account_id: id })).toEqual([]);

  expect(await isSignedIn(bob)).toBe(true);
  expect((await profile(server, ofBob.access_token)).status).toBe(200);
  expect((await refresh(server, app, ofBob.refresh_token)).status).toBe(200);
});

test('they sign in again with their password, and applications get new tokens without being allowed anew', async () => {
  const app = await createApp(server);
  await signInAt(server, await signIn(server, 'alice'), app, { scope: 'read' });
  await setAccountEnabled(server.database, 'alice', false);
  await setAccountEnabled(server.database, 'alice', true);
  const browser = await signIn(server, 'alice');
  const tokens = await signInAt(server, browser, app, { scope: 'read' });
  expect((await profile(server, tokens.access_token)).status).toBe(200);
});
