/** The userinfo endpoint (OpenID Connect Core 5.3; RS-17, RFC 6750). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { get, post, revoke, signInAt, token } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let alice: Browser;
let app: TestApplication;
let sub: string;

const EXTRA = {
  middle_name: 'Lovelace',
  nickname: 'ally',
  profile: 'https://alice.example/me',
  picture: 'https://alice.example/me.png',
  website: 'https://alice.example/',
  gender: 'female',
  birthdate: '1990-12-10',
  zoneinfo: 'Europe/Prague',
  locale: 'cs-CZ',
  phone_number: '+420123456789',
  address: { street_address: 'Dlouhá 1', locality: 'Praha', postal_code: '110 00', country: 'CZ' },
};

beforeAll(async () => {
  server = await startTestServer();
  const account = await createPerson(server, 'alice');
  sub = String(account.id);
  await server.database
    .knex('accounts')
    .where({ id: account.id })
    .update({ claims: JSON.stringify(EXTRA) });
  await createPerson(server, 'plain', { firstName: '', lastName: '' });
  alice = await signIn(server, 'alice');
  app = await createApp(server);
});
afterAll(() => server.stop());
afterEach(backToPresent);

const bearer = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` });
const userinfo = async (scope: string, more: Record<string, string> = {}) => {
  const { access_token } = await signInAt(server, alice, app, { scope, ...more });
  const answer = await get(server, '/o/userinfo', bearer(access_token));
  expect(answer.status).toBe(200);
  return answer.body;
};

const { phone_number, address, ...PROFILE } = EXTRA;
const profileClaims = {
  ...PROFILE,
  name: 'Alice Example',
  given_name: 'Alice',
  family_name: 'Example',
  preferred_username: 'alice',
  updated_at: expect.any(Number),
};
const emailClaims = { email: 'alice@example.com', email_verified: false };
const phoneClaims = { phone_number, phone_number_verified: false };

describe('tells the claims of the scopes that were allowed, and no others (RS-17)', () => {
  test.each<[string, () => Record<string, unknown>]>([
    ['openid', () => ({})],
    ['openid profile', () => profileClaims],
    ['openid email', () => emailClaims],
    ['openid phone', () => phoneClaims],
    ['openid address', () => ({ address })],
    ['email openid', () => emailClaims],
    [
      'openid profile email phone address',
      () => ({ ...profileClaims, ...emailClaims, ...phoneClaims, address }),
    ],
    ['openid groups', () => ({ groups: [] })],
    ['openid read write', () => ({})],
  ])('%s', async (scope, claims) => {
    expect(await userinfo(scope)).toEqual({ sub, ...claims() });
  });

  test('email_verified is true once it is verified', async () => {
    await server.database
      .knex('accounts')
      .where({ username: 'alice' })
      .update({ email_verified_at: new Date() });
    expect(await userinfo('openid email')).toEqual({ sub, email: 'alice@example.com', email_verified: true });
    await server.database.knex('accounts').where({ username: 'alice' }).update({ email_verified_at: null });
  });

  test('a claim without a value is left out', async () => {
    const browser = await signIn(server, 'plain');
    const { access_token } = await signInAt(server, browser, app, { scope: 'openid profile phone address' });
    const { body } = await get(server, '/o/userinfo', bearer(access_token));
    expect(Object.values(body)).not.toContain(null);
    expect(Object.values(body)).not.toContain('');
    expect(body).toMatchObject({ name: 'plain', preferred_username: 'plain' });
    for (const name of ['given_name', 'phone_number', 'address']) expect(body).not.toHaveProperty(name);
  });
});

describe('the claims parameter', () => {
  test('adds single claims', async () => {
    const claims = JSON.stringify({
      userinfo: { name: { essential: true }, phone_number: null, nope: null },
    });
    expect(await userinfo('openid', { claims })).toEqual({ sub, name: 'Alice Example', phone_number });
  });

  test('is named on the consent page', async () => {
    const fresh = await createApp(server);
    const claims = JSON.stringify({ userinfo: { birthdate: { essential: true } } });
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: fresh.clientId,
      redirect_uri: 'https://c1.test/cb',
      scope: 'openid',
      claims,
    });
    expect((await alice.open(`/o/authorize?${query}`)).html.text).toMatch(/birth/i);
  });
});

test('is asked by GET or POST, with the token in the header or, by POST, in the body', async () => {
  const { access_token } = await signInAt(server, alice, app, { scope: 'openid' });
  const answers = [
    await get(server, '/o/userinfo', bearer(access_token)),
    await get(server, '/o/userinfo', { authorization: `bearer ${access_token}` }),
    await post(server, '/o/userinfo', {}, bearer(access_token)),
    await post(server, '/o/userinfo', { access_token }),
  ];
  for (const { status, body, headers } of answers) {
    expect([status, body]).toEqual([200, { sub }]);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toContain('no-store');
  }
});

describe('refuses', () => {
  const expectChallenge = (answer: Awaited<ReturnType<typeof get>>, status: number, error: string) => {
    expect([answer.status, answer.body.error]).toEqual([status, error]);
    expect(answer.headers.get('www-authenticate')).toMatch(new RegExp(`^Bearer .*error="${error}"`));
  };

  test('a request without a token, with a challenge that names no error', async () => {
    for (const answer of [await get(server, '/o/userinfo'), await post(server, '/o/userinfo', {})]) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="[^"]+"$/);
    }
  });

  test('a token in the URL', async () => {
    const { access_token } = await signInAt(server, alice, app, { scope: 'openid' });
    expectChallenge(await get(server, `/o/userinfo?access_token=${access_token}`), 400, 'invalid_request');
  });

  test('a token sent in two ways', async () => {
    const { access_token } = await signInAt(server, alice, app, { scope: 'openid' });
    expectChallenge(
      await post(server, '/o/userinfo', { access_token }, bearer(access_token)),
      400,
      'invalid_request',
    );
  });

  test('a token that is unknown, a refresh token, revoked or expired', async () => {
    const tokens = await signInAt(server, alice, app, { scope: 'openid' });
    expectChallenge(await get(server, '/o/userinfo', bearer('nope')), 401, 'invalid_token');
    expectChallenge(await get(server, '/o/userinfo', bearer(tokens.refresh_token)), 401, 'invalid_token');
    await revoke(server, app, tokens.access_token);
    expectChallenge(await get(server, '/o/userinfo', bearer(tokens.access_token)), 401, 'invalid_token');
    const other = await signInAt(server, alice, app, { scope: 'openid' });
    travel(other.expires_in);
    expectChallenge(await get(server, '/o/userinfo', bearer(other.access_token)), 401, 'invalid_token');
  });

  test('a token without openid', async () => {
    const { access_token } = await signInAt(server, alice, app, { scope: 'read' });
    expectChallenge(await get(server, '/o/userinfo', bearer(access_token)), 403, 'insufficient_scope');
  });

  test('a token with nobody behind it', async () => {
    const robot = await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] });
    const { body } = await token(server, robot, { grant_type: 'client_credentials' });
    const answer = await get(server, '/o/userinfo', bearer(body.access_token));
    expect([401, 403]).toContain(answer.status);
  });

  test('the token of a person who was disabled', async () => {
    await createPerson(server, 'gone');
    const { access_token } = await signInAt(server, await signIn(server, 'gone', PASSWORD), app, {
      scope: 'openid',
    });
    await server.database.knex('accounts').where({ username: 'gone' }).update({ disabled_at: new Date() });
    expectChallenge(await get(server, '/o/userinfo', bearer(access_token)), 401, 'invalid_token');
  });
});
