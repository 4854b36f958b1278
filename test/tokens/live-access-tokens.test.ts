/**
 * How long a token outlives its revocation, on two nodes of one database that both know it as live: not at all where it
 * was revoked over HTTP, and at most a second elsewhere.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import { deleteApplication } from '../../src/applications/delete-application.js';
import { setApplicationEnabled } from '../../src/applications/standing/set-application-enabled.js';
import { backToPresent, freezeAt, travel } from '../support/clock.js';
import { basic, get, introspect, post, profile, refresh, revoke, signInAt } from '../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const SECOND = 1;

let server: TestServer;
let otherNode: TestServer;
let app: TestApplication;
let resourceServer: TestApplication;
let people = 0;

interface SignIn {
  username: string;
  browser: Awaited<ReturnType<typeof signIn>>;
  tokens: { access_token: string; refresh_token: string };
}
let alice: SignIn;

beforeAll(async () => {
  server = await startTestServer();
  otherNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
  resourceServer = await createApp(server, { introspectAny: true });
});

beforeEach(async () => {
  app = await createApp(server, { grantTypes: ['authorization_code', 'refresh_token'] });
  const username = `alice${++people}`;
  await createPerson(server, username);
  const browser = await signIn(server, username);
  alice = { username, browser, tokens: await signInAt(server, browser, app, { scope: 'openid read' }) };
  freezeAt(new Date());
  for (const node of [server, otherNode]) expect(await isAccepted(node)).toEqual([true, true, true]);
});

afterEach(backToPresent);
afterAll(async () => {
  await otherNode.stop();
  await server.stop();
});

/** At /profile, at userinfo, and by introspection. */
async function isAccepted(node: TestServer): Promise<boolean[]> {
  const { access_token: token } = alice.tokens;
  const userinfo = await get(node, '/o/userinfo', { authorization: `Bearer ${token}` });
  const { body } = await introspect(node, resourceServer, token);
  return [(await profile(node, token)).status === 200, userinfo.status === 200, body.active];
}

const nowhere = [false, false, false];

describe('refused at once where it was revoked, and within a second on the other node', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['the access token is revoked', () => revoke(server, app, alice.tokens.access_token)],
    ['the refresh token is revoked', () => revoke(server, app, alice.tokens.refresh_token)],
    ['the refresh token is used', () => refresh(server, app, alice.tokens.refresh_token)],
    ['a used refresh token turns up again', reuseRefreshToken],
    ['the person takes it back on the page of authorized apps', takeBack],
  ])('when %s', async (_how, revokeIt) => {
    await revokeIt();
    expect(await isAccepted(server)).toEqual(nowhere);
    travel(SECOND);
    expect(await isAccepted(otherNode)).toEqual(nowhere);
  });
});

describe('refused within a second on every node', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['the person is disabled', () => setAccountEnabled(server.database, alice.username, false)],
    ['the application is disabled', () => setEnabled(false)],
    ['the application is deleted', () => deleteApplication(server.database.knex, app.id, by())],
  ])('when %s by the command line', async (_how, revokeIt) => {
    await revokeIt();
    travel(SECOND);
    for (const node of [server, otherNode]) expect(await isAccepted(node)).toEqual(nowhere);
  });
});

test('a refusal is not remembered: what is enabled again works at once', async () => {
  await setEnabled(false);
  travel(SECOND);
  expect((await profile(otherNode, alice.tokens.access_token)).status).toBe(401);
  await setEnabled(true);
  expect((await profile(otherNode, alice.tokens.access_token)).status).toBe(200);
});

test('a token that was read as live a moment ago is refused from the moment it expires', async () => {
  const { body } = await introspect(server, resourceServer, alice.tokens.access_token);
  freezeAt(new Date(body.exp * 1000 - 400));
  expect(await isAccepted(server)).toEqual([true, true, true]);
  freezeAt(new Date(body.exp * 1000));
  expect(await isAccepted(server)).toEqual(nowhere);
});

const by = () => ({ at: new Date(), by: {} });
const setEnabled = (enabled: boolean) =>
  setApplicationEnabled(server.database.knex, app.id, { enabled, ...by() });

async function reuseRefreshToken(): Promise<void> {
  const stolen = { grant_type: 'refresh_token', refresh_token: alice.tokens.refresh_token };
  const { body: second } = await refresh(server, app, stolen.refresh_token);
  alice.tokens = (await refresh(server, app, second.refresh_token)).body;
  for (const node of [server, otherNode]) expect(await isAccepted(node)).toEqual([true, true, true]);
  expect((await post(server, '/o/token', stolen, basic(app))).status).toBe(400);
}

async function takeBack(): Promise<void> {
  const { browser } = alice;
  await browser.submit(await browser.open(`/o/authorized_tokens/${app.id}/delete`), {}, '/delete');
}
