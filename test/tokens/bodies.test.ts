import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, basic, get, post, token } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const FORM = 'application/x-www-form-urlencoded';
const ENDPOINTS = [
  '/o/token',
  '/o/token/',
  '/token',
  '/o/revoke_token',
  '/revoke_token/',
  '/o/introspect',
  '/introspect',
];

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  app = await createApp(server, {
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
  });
});

afterAll(() => server.stop());

async function send(
  path: string,
  body: string | FormData | Blob | null,
  headers: Record<string, string> = {},
  method = 'POST',
) {
  const response = await fetch(server.url + path, {
    method,
    body,
    headers: { ...basic(app), ...headers },
    redirect: 'manual',
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text ? JSON.parse(text) : text,
  };
}

function expectOAuthError(answer: Answer, statuses = [400]): void {
  expect(statuses).toContain(answer.status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('set-cookie')).toBeNull();
  // The engine names a scope it refuses beside the error.
  const { scope: _scope, ...rest } = answer.body;
  expect(rest).toEqual({
    error: expect.any(String),
    error_description: expect.any(String),
    error_uri: `${server.url}/errors/${answer.headers.get('x-request-id')}#${rest.error}`,
  });
}

describe('a body', () => {
  test('is form-urlencoded or multipart, as DOT takes it', async () => {
    expect((await send('/o/token', 'grant_type=client_credentials', { 'content-type': FORM })).status).toBe(
      200,
    );
    expect(
      (await send('/o/token', 'grant_type=client_credentials', { 'content-type': `${FORM}; charset=UTF-8` }))
        .status,
    ).toBe(200);
    const multipart = new FormData();
    multipart.set('grant_type', 'password');
    multipart.set('username', 'alice');
    multipart.set('password', PASSWORD);
    const answer = await send('/o/token', multipart);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ token_type: 'Bearer', scope: 'read write groups' });
    const question = new FormData();
    question.set('token', answer.body.access_token);
    expect((await send('/o/introspect', question)).body).toMatchObject({ active: true, username: 'alice' });
    expect((await send('/o/revoke_token', question)).status).toBe(200);
  });

  test.each([
    ['application/json', '{"grant_type":"client_credentials","token":"x"}'],
    ['text/plain', 'grant_type=client_credentials&token=x'],
    [`${FORM}; charset=utf-16`, 'grant_type=client_credentials&token=x'],
    ['application/xml', '<grant_type>client_credentials</grant_type>'],
    ['multipart/form-data', 'grant_type=client_credentials'],
    ['multipart/form-data; boundary=x', 'grant_type=client_credentials'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nclient',
    ],
    // Guards against two of them being the same parameter by the name of undefined, which was a 500.
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x\r\nContent-Disposition: form-data\r\n\r\nb\r\n--x--\r\n',
    ],
    ['nonsense', 'grant_type=client_credentials'],
  ])('of type %s is refused, and nothing of it is used (TK-09)', async (type, body) => {
    for (const path of ENDPOINTS) expectOAuthError(await send(path, body, { 'content-type': type }));
  });

  test('without a type, and none at all, are refused (TK-09)', async () => {
    const untyped = await send('/o/token', new Blob(['grant_type=client_credentials']));
    expectOAuthError(untyped);
    expectOAuthError(await send('/o/token', null));
    expect(await send('/o/token', null)).toMatchObject({ body: { error: 'unsupported_grant_type' } });
  });

  test('that is too large is refused with 413, and a file in a multipart body is not a parameter', async () => {
    const large = await send('/o/token', `grant_type=client_credentials&x=${'a'.repeat(70_000)}`, {
      'content-type': FORM,
    });
    expectOAuthError(large, [413]);
    const multipart = new FormData();
    multipart.set('grant_type', new Blob(['client_credentials']), 'grant.txt');
    expectOAuthError(await send('/o/token', multipart));
  });
});

describe('characters that have no business there (TK-11)', () => {
  const ODD = [
    '%00',
    'a%00b',
    '%ff',
    '%c3%28',
    '%e2%80%8b',
    '%F0%9F%92%A9',
    '%E2%80%AE',
    '%0d%0aX: y',
    '%',
    '%zz',
    '%ed%a0%80',
  ];
  const NAMES = [
    'grant_type',
    'code',
    'redirect_uri',
    'code_verifier',
    'refresh_token',
    'username',
    'password',
    'scope',
    'client_id',
    'client_secret',
    'device_code',
    'unknown',
  ];
  const GRANTS = [
    'grant_type=authorization_code&code=x&redirect_uri=https%3A%2F%2Fc1.test%2Fcb',
    'grant_type=refresh_token&refresh_token=x',
    'grant_type=password&username=nobody&password=x',
  ];

  test.each(ODD)('%s is refused as an OAuth error in every parameter of every grant', async (odd) => {
    await server.database.knex('throttles').delete();
    for (const grant of GRANTS) {
      for (const name of NAMES) {
        const kept = grant.split('&').filter((pair) => !pair.startsWith(`${name}=`));
        const answer = await send('/o/token', [...kept, `${name}=${odd}`].join('&'), {
          'content-type': FORM,
        });
        expectOAuthError(answer, [400, 401, 429]);
      }
    }
  });

  test.each(ODD)('%s at revocation and introspection is an unknown token or an OAuth error', async (odd) => {
    for (const path of ['/o/revoke_token', '/o/introspect']) {
      for (const body of [`token=${odd}`, `token=x&token_type_hint=${odd}`, `token=x&client_id=${odd}`]) {
        const answer = await send(path, body, { 'content-type': FORM });
        expect([200, 400, 401]).toContain(answer.status);
        if (path === '/o/introspect' && answer.status === 200) expect(answer.body).toEqual({ active: false });
      }
    }
  });

  test('and none in a multipart body or a parameter name', async () => {
    const multipart = new FormData();
    multipart.set('grant_type', 'refresh_token');
    multipart.set('refresh_token', 'a\0b');
    expectOAuthError(await send('/o/token', multipart));
    expectOAuthError(
      await send('/o/token', 'grant_type=refresh_token&a%00b=1&__proto__=x&constructor=y', {
        'content-type': FORM,
      }),
    );
  });
});

describe('parameters', () => {
  test.each(['grant_type', 'code', 'client_id', 'scope', 'redirect_uri', 'refresh_token', 'username'])(
    '%s sent twice is invalid_request (TK-13)',
    async (name) => {
      const body = `grant_type=client_credentials&${name}=a&${name}=a`;
      const answer = await send('/o/token', body, { 'content-type': FORM });
      expectOAuthError(answer);
      expect(answer.body.error).toBe('invalid_request');
      expect(answer.body.error_description).toContain(name);
    },
  );

  test('code[]=a and code[x]=a are not a code (TK-13)', async () => {
    for (const body of ['code[]=a', 'code[x]=a', 'code%5B%5D=a', 'code%5Bx%5D=a']) {
      const answer = await send(
        '/o/token',
        `grant_type=authorization_code&redirect_uri=https://c1.test/cb&${body}`,
        { 'content-type': FORM },
      );
      expectOAuthError(answer);
      expect(answer.body.error).toBe('invalid_request');
    }
  });

  test.each(['code', 'client_secret', 'refresh_token', 'token', 'password', 'grant_type'])(
    '%s in the URL is refused and does not come back',
    async (name) => {
      const answer = await send(`/o/token?${name}=canary1234`, 'grant_type=client_credentials', {
        'content-type': FORM,
      });
      expectOAuthError(answer);
      expect(JSON.stringify(answer.body)).not.toContain('canary1234');
    },
  );
});

describe('the token endpoint', () => {
  test.each(['GET', 'PUT', 'HEAD', 'DELETE', 'PATCH'])(
    'answers %s with 405 and no token (TK-15)',
    async (method) => {
      for (const path of ENDPOINTS) {
        const answer = await send(`${path}`, null, {}, method);
        expect(answer.status).toBe(405);
        expect(answer.headers.get('allow')).toBe('POST, OPTIONS');
        expect(JSON.stringify(answer.body)).not.toMatch(/access_token"/);
      }
    },
  );

  test.each([
    'foo',
    'implicit',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'constructor',
    '__proto__',
    '',
  ])('does not know the grant %j (TK-16)', async (grantType) => {
    const answer = await token(server, app, { grant_type: grantType });
    expectOAuthError(answer);
    expect(answer.body.error).toBe('unsupported_grant_type');
  });

  test('refuses a grant the application does not have with unauthorized_client (TK-16)', async () => {
    const machine = await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] });
    for (const grant of [
      'authorization_code',
      'refresh_token',
      'password',
      'urn:ietf:params:oauth:grant-type:device_code',
    ]) {
      const answer = await token(server, machine, {
        grant_type: grant,
        code: 'x',
        refresh_token: 'x',
        username: 'alice',
        password: PASSWORD,
        device_code: 'x',
      });
      expectOAuthError(answer);
      expect(answer.body.error).toBe('unauthorized_client');
    }
  });

  test('answers every success and every error as no-store JSON without cookies (TK-17)', async () => {
    const success = await token(server, app, { grant_type: 'client_credentials' });
    expect(success.headers.get('cache-control')).toBe('no-store');
    expect(success.headers.get('content-type')).toMatch(/^application\/json/);
    expect(success.headers.get('set-cookie')).toBeNull();
    expect(success.headers.get('x-content-type-options')).toBe('nosniff');
    // A browser's Accept header does not turn an error into a page.
    expectOAuthError(await post(server, '/o/token', { grant_type: 'x' }, { accept: 'text/html' }));
    expectOAuthError(
      await post(server, '/o/token', { grant_type: 'client_credentials' }, { accept: 'text/html' }),
      [401],
    );
    expectOAuthError(await post(server, '/o/introspect', { token: 'x' }, { accept: 'text/html' }), [401]);
    expect((await get(server, '/o/token', { accept: 'text/html' })).headers.get('content-type')).toMatch(
      /^application\/json/,
    );
  });
});
