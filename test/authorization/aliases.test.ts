/** Every path of CONTRACT part A answers, with and without a trailing slash, and a POST is never redirected. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf } from '../support/answers.js';
import type { Browser } from '../support/browser.js';
import { basic, get, post, signInAt } from '../support/oauth.js';
import { allow, createApp, createPerson, getCode, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let alice: Browser;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  app = await createApp(server, {
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  });
  await allow(alice, app);
  await allow(alice, app, { scope: 'openid' });
});
afterAll(() => server.stop());

const slashed = (...paths: string[]) => paths.flatMap((path) => [path, `${path}/`]);
const query = (more: Record<string, string> = {}) =>
  new URLSearchParams({
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: 'https://c1.test/cb',
    state: 'a b&c',
    ...more,
  });

describe('authorization', () => {
  const paths = slashed('/authorize', '/o/authorize');

  test.each(paths)('GET %s', async (path) => {
    const page = await alice.request(`${path}?${query()}`);
    expect(page.status).toBe(303);
    expect(answerOf(page)).toMatchObject({
      code: expect.any(String),
      state: 'a b&c',
      iss: server.config.issuer,
    });
  });

  test.each(paths)('POST %s becomes a GET with all its parameters', async (path) => {
    const page = await alice.request(path, {
      method: 'POST',
      body: query({ scope: 'openid', nonce: 'n+ 1', login_hint: 'ž"' }),
    });
    expect(page.status).toBe(303);
    const target = new URL(page.location ?? '');
    expect(target.origin).toBe(server.url);
    expect(Object.fromEntries(target.searchParams)).toEqual(
      Object.fromEntries(query({ scope: 'openid', nonce: 'n+ 1', login_hint: 'ž"' })),
    );
    expect(answerOf(await alice.open(page.location ?? ''))).toMatchObject({
      code: expect.any(String),
      state: 'a b&c',
    });
  });

  test('a POST with parameters in the URL as well keeps both', async () => {
    const page = await alice.request('/o/authorize/?prompt=none', { method: 'POST', body: query() });
    expect(new URL(page.location ?? '').searchParams.get('prompt')).toBe('none');
    expect(answerOf(await alice.open(page.location ?? ''))).toHaveProperty('code');
  });
});

test.each(slashed('/o/token', '/token'))('POST %s', async (path) => {
  const code = await getCode(alice, app);
  const body = { grant_type: 'authorization_code', code, redirect_uri: 'https://c1.test/cb' };
  const answer = await post(server, path, body, basic(app));
  expect(answer.status).toBe(200);
  expect(answer.body.access_token).toEqual(expect.any(String));
  const wrong = await get(server, path);
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
});

test.each(slashed('/o/revoke_token', '/revoke_token'))('POST %s', async (path) => {
  const { access_token } = await signInAt(server, alice, app);
  const answer = await post(server, path, { token: access_token }, basic(app));
  expect([answer.status, answer.body, answer.headers.get('content-type')]).toEqual([200, '', null]);
  expect((await get(server, '/profile', { authorization: `Bearer ${access_token}` })).status).toBe(401);
});

test.each(slashed('/o/introspect', '/introspect'))('POST %s', async (path) => {
  const { access_token } = await signInAt(server, alice, app);
  const answer = await post(server, path, { token: access_token }, basic(app));
  expect(answer.body).toMatchObject({ active: true, username: 'alice', client_id: app.clientId });
});

test.each(slashed('/o/userinfo', '/userinfo'))('GET and POST %s', async (path) => {
  const { access_token } = await signInAt(server, alice, app, { scope: 'openid' });
  const headers = { authorization: `Bearer ${access_token}` };
  expect((await get(server, path, headers)).body).toEqual({ sub: expect.any(String) });
  expect((await post(server, path, {}, headers)).body).toEqual({ sub: expect.any(String) });
});

test.each(slashed('/profile'))('GET %s', async (path) => {
  const { access_token } = await signInAt(server, alice, app, { scope: 'read' });
  const answer = await get(server, path, { authorization: `Bearer ${access_token}` });
  expect(answer.status).toBe(200);
  expect(answer.body.username).toBe('alice');
});

describe('documents', () => {
  test.each(
    slashed(
      '/.well-known/openid-configuration',
      '/o/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
      '/o/.well-known/oauth-authorization-server',
    ),
  )('%s', async (path) => {
    const answer = await get(server, path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.body.issuer).toBe(server.config.issuer);
  });

  test.each(slashed('/.well-known/jwks.json', '/o/.well-known/jwks.json', '/jwks.json', '/o/jwks.json'))(
    '%s',
    async (path) => {
      const answer = await get(server, path);
      expect(answer.status).toBe(200);
      expect(answer.body.keys.length).toBeGreaterThan(0);
    },
  );
});

describe('pages', () => {
  test.each(
    slashed(
      '/applications',
      '/o/applications',
      '/applications/register',
      '/o/applications/register',
      '/o/authorized_tokens',
    ),
  )('%s', async (path) => {
    const page = await alice.request(path);
    expect(page.status).toBe(200);
    expect(page.html.querySelector('h1')).not.toBeNull();
  });

  test('an application, its edit and delete pages', async () => {
    const owner = await createPerson(server, 'olga');
    const own = await createApp(server, {}, owner.id);
    const olga = await signIn(server, 'olga');
    for (const root of ['/applications', '/o/applications']) {
      for (const path of slashed(
        `${root}/${own.id}`,
        `${root}/${own.id}/update`,
        `${root}/${own.id}/delete`,
      )) {
        expect([path, (await olga.request(path)).status]).toEqual([path, 200]);
      }
    }
  });

  test.each(slashed('/accounts/login', '/login'))('%s, the sign-in page', async (path) => {
    const page = await alice.request(`${path}?next=/account`);
    expect(page.html.querySelector('input[name=password]')).not.toBeNull();
  });
});

test('other methods at the endpoints are refused without harm', async () => {
  for (const path of ['/o/token', '/o/authorize', '/o/userinfo', '/.well-known/openid-configuration']) {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const page = await alice.request(path, { method });
      expect([path, method, page.status >= 400 && page.status < 500]).toEqual([path, method, true]);
    }
  }
});
