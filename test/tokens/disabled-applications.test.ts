import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { deleteApplication } from '../../src/applications/delete-application.js';
import { setApplicationEnabled } from '../../src/applications/standing/set-application-enabled.js';
import { backToPresent, travel } from '../support/clock.js';
import { byPassword, exchange, introspect, profile, refresh, revoke, token } from '../support/oauth.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

// Seconds after which every node must have noticed.
const NOTICED = 5;

let server: TestServer;
let otherNode: TestServer;
let resourceServer: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  otherNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
  await createPerson(server, 'alice');
  resourceServer = await createApp(server, { introspectAny: true });
});

afterEach(backToPresent);
afterAll(async () => {
  await otherNode.stop();
  await server.stop();
});

/** An application that both nodes have in their caches, with tokens and a code. */
async function busyApplication() {
  const app = await createApp(server, {
    grantTypes: ['authorization_code', 'refresh_token', 'password', 'client_credentials'],
    skipConsent: true,
  });
  const tokens = await byPassword(server, app, 'alice');
  const own = (await token(otherNode, app, { grant_type: 'client_credentials' })).body;
  const code = await getCode(await signIn(server, 'alice'), app);
  return { app, tokens, own, code };
}

async function expectDead({
  app,
  tokens,
  own,
  code,
}: Awaited<ReturnType<typeof busyApplication>>): Promise<void> {
  for (const node of [server, otherNode]) {
    for (const value of [tokens.access_token, own.access_token]) {
      expect((await profile(node, value)).status).toBe(401);
      expect((await introspect(node, resourceServer, value)).body).toEqual({ active: false });
    }
    for (const answer of [
      await token(node, app, { grant_type: 'client_credentials' }),
      await refresh(node, app, tokens.refresh_token),
      await exchange(node, app, code),
      await introspect(node, app, tokens.access_token),
      await revoke(node, app, tokens.access_token),
    ]) {
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    }
    const page = await fetch(node.url + authorizeUrl(app), { redirect: 'manual' });
    expect([400, 401]).toContain(page.status);
    expect(page.headers.get('location')).toBeNull();
  }
}

test('a disabled application is refused everywhere, its tokens are dead on both nodes, and enabling brings them back (TK-22, R-25)', async () => {
  const busy = await busyApplication();
  await setApplicationEnabled(server.database.knex, busy.app.id, { enabled: false, at: new Date(), by: {} });
  // Access tokens are looked up together with their application: no node needs any time for these.
  expect((await profile(otherNode, busy.tokens.access_token)).status).toBe(401);
  travel(NOTICED);
  await expectDead(busy);
  await setApplicationEnabled(server.database.knex, busy.app.id, { enabled: true, at: new Date(), by: {} });
  travel(NOTICED);
  for (const node of [server, otherNode])
    expect((await profile(node, busy.tokens.access_token)).status).toBe(200);
  expect((await refresh(otherNode, busy.app, busy.tokens.refresh_token)).status).toBe(200);
});

test('a deleted application is refused everywhere, and its tokens are dead on both nodes (TK-22)', async () => {
  const busy = await busyApplication();
  await deleteApplication(server.database.knex, busy.app.id, { at: new Date(), by: {} });
  expect((await profile(otherNode, busy.tokens.access_token)).status).toBe(401);
  travel(NOTICED);
  await expectDead(busy);
});

test('what another application holds is not touched', async () => {
  const busy = await busyApplication();
  const other = await busyApplication();
  await deleteApplication(server.database.knex, busy.app.id, { at: new Date(), by: {} });
  expect((await profile(server, other.tokens.access_token)).status).toBe(200);
  expect((await refresh(otherNode, other.app, other.tokens.refresh_token)).status).toBe(200);
});
