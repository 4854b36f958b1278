import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { basic, byPassword, introspect, post, profile, refresh, revoke } from '../support/oauth.js';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let otherNode: TestServer;
let app: TestApplication;
let stranger: TestApplication;
let spa: TestApplication;
let tokens: { access_token: string; refresh_token: string };

beforeAll(async () => {
  server = await startTestServer();
  otherNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
  await createPerson(server, 'alice');
  // With all grants, since what is revoked along depends on them in the engine.
  const grantTypes = [
    'authorization_code',
    'refresh_token',
    'password',
    'urn:ietf:params:oauth:grant-type:device_code',
  ] as const;
  app = await createApp(server, { grantTypes: [...grantTypes] });
  stranger = await createApp(server, { grantTypes: [...grantTypes] });
  spa = await createApp(server, { clientType: 'public', grantTypes: [...grantTypes] });
});

beforeEach(async () => {
  tokens = await byPassword(server, app, 'alice');
});

afterAll(async () => {
  await otherNode.stop();
  await server.stop();
});

test('revoking an access token takes only itself, at once and on every node (RV-01)', async () => {
  const answer = await revoke(server, app, tokens.access_token);
  expect(answer.status).toBe(200);
  expect(answer.body).toBe('');
  // Two client libraries throw on text/html.
  expect(answer.headers.get('content-type')).toBeNull();
  expect((await profile(otherNode, tokens.access_token)).status).toBe(401);
  expect((await profile(server, tokens.access_token)).status).toBe(401);
  expect((await introspect(server, app, tokens.access_token)).body).toEqual({ active: false });
  const again = await refresh(server, app, tokens.refresh_token);
  expect(again.status).toBe(200);
  expect((await profile(server, again.body.access_token)).status).toBe(200);
});

test('the answer is empty JSON for a client that takes nothing but JSON (simple-oauth2)', async () => {
  const answer = await post(
    server,
    '/o/revoke_token',
    { token: 'x' },
    { ...basic(app), accept: 'application/json' },
  );
  expect(answer).toMatchObject({ status: 200, body: {} });
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
});

test('revoking a refresh token takes its access token along (RV-01)', async () => {
  expect((await revoke(server, app, tokens.refresh_token)).status).toBe(200);
  expect((await profile(otherNode, tokens.access_token)).status).toBe(401);
  expect(await refresh(otherNode, app, tokens.refresh_token)).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  });
});

test('revoking a refresh token that was used ends the sign-in too', async () => {
  const next = (await refresh(server, app, tokens.refresh_token)).body;
  expect((await revoke(server, app, tokens.refresh_token)).status).toBe(200);
  expect((await profile(server, next.access_token)).status).toBe(401);
  expect((await refresh(server, app, next.refresh_token)).status).toBe(400);
});

test("leaves the person's other sign-ins alone", async () => {
  const other = await byPassword(server, app, 'alice');
  await revoke(server, app, tokens.refresh_token);
  expect((await profile(server, other.access_token)).status).toBe(200);
  expect((await refresh(server, app, other.refresh_token)).status).toBe(200);
});

test("another application's token stays as it was, and the answer gives no hint (RV-02)", async () => {
  for (const [who, headers, more] of [
    ['a confidential one', basic(stranger), {}],
    ['a public one', {}, { client_id: spa.clientId }],
  ] as const) {
    for (const token of [tokens.access_token, tokens.refresh_token, 'unknown']) {
      const answer = await post(server, '/o/revoke_token', { token, ...more }, headers);
      expect([who, answer.status, answer.body]).toEqual([who, 200, '']);
    }
  }
  expect((await profile(server, tokens.access_token)).status).toBe(200);
  expect((await refresh(server, app, tokens.refresh_token)).status).toBe(200);
});

test('a public application revokes its own tokens by naming itself', async () => {
  const own = await byPassword(server, spa, 'alice');
  expect((await revoke(server, spa, own.refresh_token)).status).toBe(200);
  expect((await profile(server, own.access_token)).status).toBe(401);
});

test('an unknown token, one already revoked and a wrong hint are all 200 (RV-03)', async () => {
  expect(await revoke(server, app, 'unknown')).toMatchObject({ status: 200, body: '' });
  expect(await revoke(server, app, tokens.refresh_token, { token_type_hint: 'access_token' })).toMatchObject({
    status: 200,
    body: '',
  });
  expect((await profile(server, tokens.access_token)).status).toBe(401);
  expect(await revoke(server, app, tokens.refresh_token, { token_type_hint: 'nonsense' })).toMatchObject({
    status: 200,
    body: '',
  });
});

test('no token is invalid_request; no or wrong credentials are invalid_client, and change nothing', async () => {
  expect(await post(server, '/o/revoke_token', {}, basic(app))).toMatchObject({
    status: 400,
    body: { error: 'invalid_request' },
  });
  for (const headers of [{}, basic({ ...app, secret: 'wrong' })]) {
    const answer = await post(server, '/o/revoke_token', { token: tokens.access_token }, headers);
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  }
  expect((await profile(server, tokens.access_token)).status).toBe(200);
});

test('callback is ignored: nothing is ever wrapped in a script (RV-06)', async () => {
  const inBody = await revoke(server, app, 'unknown', { callback: 'alert' });
  expect(inBody).toMatchObject({ status: 200, body: '' });
  const inUrl = await post(
    server,
    '/o/revoke_token?callback=alert',
    { token: tokens.access_token },
    basic(app),
  );
  expect(inUrl).toMatchObject({ status: 200, body: '' });
  const refused = await post(server, '/o/revoke_token?callback=alert', { token: 'x', callback: 'alert' });
  expect(refused.headers.get('content-type')).toMatch(/^application\/json/);
  expect(JSON.stringify(refused.body)).not.toContain('alert');
});
