import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { backToPresent, freezeAt } from '../support/clock.js';
import { byPassword, get, introspect, post, profile, token } from '../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer({ ACCESS_TOKEN_EXPIRE_SECONDS: '1200' });
  await createPerson(server, 'alice');
  app = await createApp(server, { grantTypes: ['password', 'refresh_token', 'client_credentials'] });
});

afterEach(backToPresent);
afterAll(() => server.stop());

const userinfo = (value: string) => get(server, '/o/userinfo', { authorization: `Bearer ${value}` });

/** What each place that takes an access token says of it. */
async function verdicts(value: string) {
  return {
    profile: (await profile(server, value)).status,
    userinfo: (await userinfo(value)).status,
    userinfoByPost: (await post(server, '/o/userinfo', {}, { authorization: `Bearer ${value}` })).status,
    active: (await introspect(server, app, value)).body.active,
  };
}

const ALIVE = { profile: 200, userinfo: 200, userinfoByPost: 200, active: true };
const DEAD = { profile: 401, userinfo: 401, userinfoByPost: 401, active: false };

test.each([
  ['the moment it was issued', 0],
  ['999 milliseconds into a second', 999],
])('an access token issued at %s lives for expires_in seconds and not one more', async (_, offset) => {
  freezeAt(new Date(Math.ceil(Date.now() / 1000) * 1000 + offset));
  const issued = Date.now();
  const { access_token, expires_in } = await byPassword(server, app, 'alice', { scope: 'openid read' });
  expect(expires_in).toBe(1200);
  const { exp } = (await introspect(server, app, access_token)).body;
  expect(exp).toBe(Math.floor(issued / 1000) + 1200);
  freezeAt(new Date(exp * 1000 - 1));
  expect(await verdicts(access_token)).toEqual(ALIVE);
  freezeAt(new Date(exp * 1000));
  expect(await verdicts(access_token)).toEqual(DEAD);
  freezeAt(new Date(exp * 1000 + 15_000));
  expect(await verdicts(access_token)).toEqual(DEAD);
});

test("an application's own lifetime wins over the server's", async () => {
  const own = await createApp(server, {
    grantTypes: ['client_credentials'],
    redirectUris: [],
    accessTokenLifetime: 7,
  });
  freezeAt(new Date(Math.ceil(Date.now() / 1000) * 1000));
  const { body } = await token(server, own, { grant_type: 'client_credentials' });
  expect(body.expires_in).toBe(7);
  freezeAt(new Date(Date.now() + 6_999));
  expect((await introspect(server, own, body.access_token)).body.active).toBe(true);
  freezeAt(new Date(Date.now() + 1));
  expect((await introspect(server, own, body.access_token)).body).toEqual({ active: false });
});

test('a lifetime of ten years works, in the bucket of the long-lived', async () => {
  const decade = 315_360_000;
  const own = await createApp(server, { grantTypes: ['password'], accessTokenLifetime: decade });
  const { access_token, expires_in } = await byPassword(server, own, 'alice');
  expect(expires_in).toBe(decade);
  freezeAt(new Date(Date.now() + (decade - 60) * 1000));
  expect((await profile(server, access_token)).status).toBe(200);
});

test('a browser session that is not used ends with the second too', async () => {
  freezeAt(new Date(Math.ceil(Date.now() / 1000) * 1000));
  const [inTime, tooLate] = await Promise.all(
    [1, 2].map(async () => (await signIn(server, 'alice')).jar.getCookieString(server.url)),
  );
  const statusWith = async (cookie = '') =>
    (await fetch(`${server.url}/account`, { headers: { cookie }, redirect: 'manual' })).status;
  freezeAt(new Date(Date.now() + server.config.lifetimes.session * 1000 - 1));
  expect(await statusWith(inTime)).toBe(200);
  freezeAt(new Date(Date.now() + 1));
  expect(await statusWith(tooLate)).toBe(303);
});
