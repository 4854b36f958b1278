import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { authorizeUrl, createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const CALLED_BY_SCRIPTS = [
  '/o/token',
  '/o/token/',
  '/token',
  '/o/revoke_token',
  '/revoke_token',
  '/o/userinfo',
  '/userinfo/',
  '/profile',
  '/profile/',
];
const OPEN_TO_ALL = [
  '/.well-known/openid-configuration',
  '/o/.well-known/openid-configuration/',
  '/.well-known/oauth-authorization-server',
  '/o/.well-known/jwks.json',
  '/jwks.json',
];
const OWN = 'https://c1.test';
const STRANGERS = [
  'https://evil.test',
  'null',
  'https://c1.test.evil.test',
  'http://c1.test',
  'https://c1.test:8443',
  'https://xc1.test',
  'https://C1.TEST',
];

let server: TestServer;
let spa: TestApplication;
let otherSpa: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  const grantTypes = ['authorization_code', 'refresh_token', 'password'] as const;
  spa = await createApp(server, { clientType: 'public', grantTypes: [...grantTypes] });
  otherSpa = await createApp(server, {
    clientType: 'public',
    grantTypes: [...grantTypes],
    redirectUris: ['https://c2.test/cb'],
  });
});

afterAll(() => server.stop());

async function preflight(path: string, origin: string, method = 'POST') {
  return fetch(server.url + path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type',
    },
  });
}

async function call(
  path: string,
  origin: string,
  body: Record<string, string> | undefined,
  headers: Record<string, string> = {},
) {
  return fetch(server.url + path, {
    method: body ? 'POST' : 'GET',
    headers: { origin, ...headers },
    ...(body ? { body: new URLSearchParams(body) } : {}),
  });
}

const byPassword = (app: TestApplication) => ({
  grant_type: 'password',
  client_id: app.clientId,
  username: 'alice',
  password: PASSWORD,
});

function expectOpenTo(origin: string, response: Response): void {
  expect(response.headers.get('access-control-allow-origin')).toBe(origin);
  expect(response.headers.get('vary')).toMatch(/\bOrigin\b/i);
  expect(response.headers.get('access-control-allow-credentials')).toBeNull();
}

function expectClosed(response: Response): void {
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  expect(response.headers.get('access-control-allow-credentials')).toBeNull();
}

describe('a preflight (TK-24)', () => {
  test.each(CALLED_BY_SCRIPTS)(
    'of %s lets the origins of redirect URIs in, and nobody else',
    async (path) => {
      const own = await preflight(path, OWN);
      expect(own.ok).toBe(true);
      expectOpenTo(OWN, own);
      expect(own.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
      expect(own.headers.get('access-control-allow-headers')).toMatch(/content-type/i);
      for (const stranger of STRANGERS) {
        const refused = await preflight(path, stranger);
        expect(refused.status).toBeLessThan(500);
        expectClosed(refused);
      }
    },
  );
});

describe('a request (TK-24)', () => {
  test("of the application's own origin may read its answer, success and error alike", async () => {
    const success = await call('/o/token', OWN, byPassword(spa));
    expect(success.status).toBe(200);
    expectOpenTo(OWN, success);
    const failure = await call('/o/token', OWN, { ...byPassword(spa), password: 'wrong' });
    expect(failure.status).toBe(400);
    expectOpenTo(OWN, failure);
    const { access_token } = (await success.json()) as { access_token: string };
    const bearer = { authorization: `Bearer ${access_token}` };
    const profile = await call('/profile', OWN, undefined, bearer);
    expect(profile.status).toBe(200);
    expectOpenTo(OWN, profile);
    const refused = await call('/profile', OWN, undefined);
    expect(refused.status).toBe(401);
    expectOpenTo(OWN, refused);
    expect(refused.headers.get('access-control-expose-headers')).toMatch(/www-authenticate/i);
    expectOpenTo(OWN, await call('/o/revoke_token', OWN, { client_id: spa.clientId, token: access_token }));
  });

  test("of another application's origin may not", async () => {
    expectClosed(await call('/o/token', OWN, byPassword(otherSpa)));
  });

  test.each(STRANGERS)('of %s may not, and is never echoed', async (origin) => {
    for (const path of ['/o/token', '/o/revoke_token'])
      expectClosed(await call(path, origin, byPassword(spa)));
    for (const path of ['/profile', '/o/userinfo'])
      expectClosed(await call(path, origin, undefined, { authorization: 'Bearer x' }));
  });

  test('without an Origin is not opened to anybody', async () => {
    const response = await fetch(`${server.url}/o/token`, {
      method: 'POST',
      body: new URLSearchParams(byPassword(spa)),
    });
    expect(response.status).toBe(200);
    expectClosed(response);
  });

  test('an application may list origins of its own, which then are the only ones', async () => {
    const listed = await createApp(server, {
      clientType: 'public',
      grantTypes: ['authorization_code', 'password'],
      redirectUris: ['https://c3.test/cb'],
      corsOrigins: ['https://app.c3.test'],
    });
    expectOpenTo('https://app.c3.test', await call('/o/token', 'https://app.c3.test', byPassword(listed)));
    expectClosed(await call('/o/token', 'https://c3.test', byPassword(listed)));
  });
});

describe('every other route (HD-10)', () => {
  test('discovery and keys are for all, without credentials', async () => {
    for (const path of OPEN_TO_ALL) {
      for (const origin of [OWN, 'https://evil.test']) {
        const response = await call(path, origin, undefined);
        expect([path, response.status]).toEqual([path, 200]);
        expect(['*', origin]).toContain(response.headers.get('access-control-allow-origin'));
        expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      }
    }
  });

  test('no page and no other endpoint is open to any origin', async () => {
    for (const path of [
      '/',
      '/login',
      '/signup',
      '/applications',
      authorizeUrl(spa),
      '/o/logout',
      '/o/device',
      '/healthz',
      '/readyz',
      '/nowhere',
      '/o/authorized_tokens',
    ]) {
      for (const origin of [OWN, 'https://evil.test', 'null']) {
        const response = await fetch(server.url + path, { headers: { origin }, redirect: 'manual' });
        expectClosed(response);
        expectClosed(await preflight(path, origin));
      }
    }
    for (const path of ['/o/introspect', '/introspect/', '/o/device-authorization']) {
      for (const origin of [OWN, 'https://evil.test']) {
        expectClosed(await call(path, origin, { token: 'x' }));
        expectClosed(await call(path, origin, { token: 'x', client_id: spa.clientId }));
        expectClosed(await preflight(path, origin));
      }
    }
  });
});
