/** Authorization requests that are refused, and how (AZ-01, AZ-07, AZ-10, AZ-11, AZ-23, AZ-30, AZ-31, AZ-33, AZ-38). */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf, expectErrorPage } from '../support/answers.js';
import { type Browser, newBrowser } from '../support/browser.js';
import {
  allow,
  authorizeUrl,
  CALLBACK,
  createApp,
  createPerson,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let alice: Browser;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  app = await createApp(server);
});
afterAll(() => server.stop());

/** Sent back at once, in a browser where nobody is signed in: no page is shown for a request that is wrong. */
async function expectErrorRedirect(parameters: Record<string, string | undefined>, error: string, of = app) {
  const page = await newBrowser(server.url).request(authorizeUrl(of, parameters));
  expect(page.status).toBe(303);
  expect(page.location?.startsWith(`${CALLBACK}?`)).toBe(true);
  const answer = answerOf(page);
  expect(answer).toMatchObject({ error, state: 'xyz', iss: server.config.issuer });
  expect(answer).not.toHaveProperty('code');
  return answer;
}

describe('without a known application there is only an error page (AZ-01)', () => {
  test.each([
    'nope',
    '',
    "'; drop table accounts --",
    '"><script>alert(1)</script>',
    'a\0b',
    'x'.repeat(3000),
  ])('client_id %j', async (clientId) => {
    const page = await alice.request(authorizeUrl(app, { client_id: clientId }));
    expectErrorPage(page, [400, 401]);
    expect(page.text).not.toContain('<script>alert');
  });

  test('none at all', async () => {
    expectErrorPage(await alice.request(authorizeUrl(app, { client_id: undefined })), [400, 401]);
  });

  test('a disabled one is as good as none', async () => {
    const disabled = await createApp(server);
    await server.database
      .knex('applications')
      .where({ client_id: disabled.clientId })
      .update({ disabled_at: new Date() });
    expectErrorPage(await alice.request(authorizeUrl(disabled)), [400, 401]);
  });
});

describe('a parameter sent twice is refused on a page (AZ-07)', () => {
  const twice = (name: string, first: string, second: string) => {
    const url = new URL(authorizeUrl(app), server.url);
    url.searchParams.delete(name);
    url.searchParams.append(name, first);
    url.searchParams.append(name, second);
    return url;
  };

  test.each([
    ['redirect_uri', CALLBACK, 'https://evil.test/cb'],
    ['redirect_uri', 'https://evil.test/cb', CALLBACK],
    ['redirect_uri', CALLBACK, CALLBACK],
    ['state', 'a', 'b'],
    ['scope', 'read', 'write'],
    ['response_type', 'code', 'code'],
  ])('%s', async (name, first, second) => {
    const page = await alice.request(twice(name, first, second).href);
    expectErrorPage(page);
    expect(page.text).toContain(name);
  });

  test('client_id', async () => {
    const other = await createApp(server);
    expectErrorPage(await alice.request(twice('client_id', app.clientId, other.clientId).href));
    expectErrorPage(await alice.request(twice('client_id', other.clientId, app.clientId).href));
  });

  test('also when posted', async () => {
    const { searchParams } = twice('redirect_uri', CALLBACK, 'https://evil.test/cb');
    expectErrorPage(
      await alice.open(
        (await alice.request('/o/authorize', { method: 'POST', body: searchParams })).location ?? '',
      ),
    );
  });

  test('any other sends the error back', async () => {
    const url = twice('nonce', 'a', 'b');
    url.searchParams.set('scope', 'openid');
    expect(answerOf(await alice.request(url.href))).toMatchObject({ error: 'invalid_request', state: 'xyz' });
  });
});

describe('response_mode (AZ-10)', () => {
  test.each(['web_message', 'jwt', 'query.jwt', 'foo'])('%s is not supported', (mode) =>
    expectErrorRedirect({ response_mode: mode }, 'unsupported_response_mode'),
  );

  test('query cannot carry tokens', async () => {
    const page = await alice.request(
      authorizeUrl(app, { response_mode: 'query', response_type: 'code token' }),
    );
    expect(['unsupported_response_type', 'invalid_request']).toContain(answerOf(page).error);
  });
});

describe('response_type (AZ-11)', () => {
  test.each(['token', 'id_token', 'code token', 'code id_token', 'none', 'foo'])(
    '%s is not supported',
    async (type) => {
      const page = await alice.request(
        authorizeUrl(app, { response_type: type, scope: 'openid', nonce: 'n' }),
      );
      expect([302, 303]).toContain(page.status);
      const { hash, search } = new URL(page.location ?? '');
      const answer = Object.fromEntries(new URLSearchParams(hash ? hash.slice(1) : search));
      expect(answer).toMatchObject({ error: 'unsupported_response_type', state: 'xyz' });
      expect(answer).not.toHaveProperty('access_token');
      expect(answer).not.toHaveProperty('id_token');
      expect(answer).not.toHaveProperty('code');
      const [tokens] = await server.database.knex('access_tokens').count();
      expect(Number(tokens?.count)).toBe(0);
    },
  );

  test('missing', () => expectErrorRedirect({ response_type: undefined }, 'invalid_request'));

  test('an application without the code grant is told so', async () => {
    const legacy = await createApp(server, { grantTypes: ['password'], redirectUris: [CALLBACK] });
    await expectErrorRedirect({}, 'unauthorized_client', legacy);
  });
});

describe('scope', () => {
  test('an unknown one is named in the error (AZ-30)', async () => {
    const answer = await expectErrorRedirect({ scope: 'openid admin:all nope' }, 'invalid_scope');
    expect(answer.error_description).toContain('admin:all nope');
  });

  test('one the application may not have is refused (AZ-31)', async () => {
    const readOnly = await createApp(server, { scopes: ['read'] });
    await expectErrorRedirect({ scope: 'read write' }, 'invalid_scope', readOnly);
  });

  test.each(['', ' ', 'read  write', 'read "write"', 'read\nwrite', 'r\\w'])(
    '%j is not a list of scopes',
    (scope) => expectErrorRedirect({ scope }, 'invalid_scope'),
  );
});

describe('request objects are not supported, and nothing is fetched (AZ-33)', () => {
  const unsigned = [{ alg: 'none' }, { client_id: 'x', redirect_uri: 'https://evil.test/cb' }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat('')
    .join('.');

  test('request', () => expectErrorRedirect({ scope: 'openid', request: unsigned }, 'request_not_supported'));

  test('request_uri', async () => {
    let connections = 0;
    const canary = createServer((_request, response) => response.end(unsigned));
    canary.on('connection', () => connections++);
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
    const { port } = canary.address() as AddressInfo;
    await expectErrorRedirect(
      { scope: 'openid', request_uri: `http://127.0.0.1:${port}/r` },
      'request_uri_not_supported',
    );
    await expectErrorRedirect(
      { scope: 'openid', request_uri: 'http://127.0.0.1:9/x' },
      'request_uri_not_supported',
    );
    await new Promise((resolve) => canary.close(resolve));
    expect(connections).toBe(0);
  });

  test('registration', () =>
    expectErrorRedirect({ scope: 'openid', registration: '{}' }, 'registration_not_supported'));
});

describe('claims that cannot be read are refused', () => {
  test.each(['{', '[]', '"x"', '{"userinfo":1}', '{}'])('%s', (claims) =>
    expectErrorRedirect({ scope: 'openid', claims }, 'invalid_request'),
  );
});

describe('prompt (AZ-23)', () => {
  test.each(['none login', 'none consent', 'foo', 'login foo'])('%s is refused', (prompt) =>
    expectErrorRedirect({ prompt }, 'invalid_request'),
  );

  test('empty is as good as absent', async () => {
    expect(answerOf(await allow(alice, app, { prompt: '' }))).toHaveProperty('code');
  });
});

describe('max_age (AZ-22)', () => {
  test.each(['-1', 'abc', '99999999999999999999', '1.5'])('%s is refused', (maxAge) =>
    expectErrorRedirect({ scope: 'openid', max_age: maxAge }, 'invalid_request'),
  );
});

describe('a request of monstrous size is refused quickly, and the server goes on (AZ-38)', () => {
  const isQuick = async (send: () => Promise<{ status: number }>, statuses: number[]) => {
    const start = performance.now();
    const { status } = await send();
    expect(performance.now() - start).toBeLessThan(1000);
    expect(statuses).toContain(status);
    expect((await alice.open('/account')).status).toBe(200);
  };

  test('a URL of 20 KB', () =>
    isQuick(() => alice.request(authorizeUrl(app, { state: 'x'.repeat(20_000) })), [400, 414, 431]));

  test('5000 parameters', () => {
    const body = Array.from({ length: 5000 }, (_, i) => `p${i}=1`).join('&');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return isQuick(
      () => alice.request('/o/authorize', { method: 'POST', body, headers }),
      [400, 413, 414, 431],
    );
  });

  test('a scope of 50 KB', () => {
    const body = new URLSearchParams({
      client_id: app.clientId,
      response_type: 'code',
      scope: 'a '.repeat(25_000),
    });
    return isQuick(() => alice.request('/o/authorize', { method: 'POST', body }), [400, 413, 414, 431]);
  });
});
