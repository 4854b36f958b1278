/** Where an authorization request may lead (AZ-02, AZ-03, AZ-04, AZ-06; RFC 9700 2.1). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf, expectErrorPage } from '../support/answers.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { exchange, token } from '../support/oauth.js';
import {
  allow,
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { newPkce } from '../support/pkce.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let alice: Browser;
let web: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  web = await createApp(server);
});
afterAll(() => server.stop());

const countInteractions = async () => {
  const [row] = await server.database.query<{ count: number }>(
    { name: 'count-interactions', text: 'SELECT count(*)::int AS count FROM interactions' },
    [],
  );
  return row?.count;
};

async function expectRefused(uri: string, app = web, more: Record<string, string> = {}): Promise<void> {
  const before = await countInteractions();
  const page = await alice.request(authorizeUrl(app, { redirect_uri: uri, ...more }));
  expectErrorPage(page);
  expect(page.text).toContain('redirect_uri');
  expect(page.text).not.toContain(uri);
  expect(await countInteractions()).toBe(before);
}

describe('a redirect URI must be a registered one, byte for byte (AZ-03)', () => {
  test.each([
    'https://c1.test/cb/',
    'https://c1.test/CB',
    'https://c1.test/cb/../x',
    'https://c1.test/cb?x=1',
    'https://c1.test/cb?',
    'https://c1.test/cb#f',
    'https://c1.test/cb;a',
    'https://c1.test/c%62',
    'https://c1.test/cb%2f',
    '//c1.test/cb',
    'http://c1.test/cb',
    'https://c1.test:443/cb',
    'https://c1.test:444/cb',
    'https://c1.test/',
    'HTTPS://c1.test/cb',
    'https://C1.test/cb',
    ' https://c1.test/cb',
    'https://c1.test/cb ',
    '/cb',
    'javascript:alert(1)',
  ])('%s is refused', (uri) => expectRefused(uri));
});

describe('a host that only looks like the registered one is refused (AZ-04)', () => {
  test.each([
    'https://c1.test.evil.test/cb',
    'https://c1.test@evil.test/cb',
    'https://evil.test/https://c1.test/cb',
    'https://xc1.test/cb',
    'https://c1xtest/cb',
    'https://*.test/cb',
    'https://evil.test\\@c1.test/cb',
    'https://evil.test#@c1.test/cb',
  ])('%s', (uri) => expectRefused(uri));
});

test('the refusal does not depend on what else is wrong with the request', async () => {
  await expectRefused('https://evil.test/cb', web, { scope: 'nope' });
  await expectRefused('https://evil.test/cb', web, { response_type: 'token' });
  await expectRefused('https://evil.test/cb', web, { response_mode: 'form_post', prompt: 'none' });
});

test('after all refusals the registered one still works', async () => {
  const page = await allow(alice, web);
  expect(page.location).toMatch(/^https:\/\/c1\.test\/cb\?code=/);
});

test('of several registered, none is chosen when the request names none, or an empty one (AZ-02)', async () => {
  const app = await createApp(server, { redirectUris: ['https://c1.test/cb', 'https://c1.test/other'] });
  expectErrorPage(await alice.request(authorizeUrl(app, { redirect_uri: undefined })));
  expectErrorPage(await alice.request(authorizeUrl(app, { redirect_uri: '' })));
  expect(await getCode(alice, app, { redirect_uri: 'https://c1.test/other' })).toMatch(/./);
});

test('an application without any registered URI does not adopt the requested one', async () => {
  const app = await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] });
  expectErrorPage(await alice.request(authorizeUrl(app, { redirect_uri: 'https://c1.test/cb' })));
  expectErrorPage(await alice.request(authorizeUrl(app, { redirect_uri: undefined })));
});

test('a query of the registered URI is kept, and the answer is appended to it', async () => {
  const app = await createApp(server, { redirectUris: ['https://c1.test/cb?tenant=a%20b'] });
  const page = await allow(alice, app);
  expect(page.location).toMatch(/^https:\/\/c1\.test\/cb\?tenant=a(%20|\+)b&code=/);
  expect(answerOf(page)).toMatchObject({ tenant: 'a b', state: 'xyz' });
  await expectRefused('https://c1.test/cb?tenant=b', app);
  await expectRefused('https://c1.test/cb?tenant=a%20b&tenant=b', app);
  await expectRefused('https://c1.test/cb', app);
});

describe('the switch for extra query parameters', () => {
  test('lets parameters be added, and the token request must repeat the whole URI', async () => {
    const app = await createApp(server, { redirectMatch: 'extra-query' });
    const uri = 'https://c1.test/cb?redirect_state=abc';
    const code = await getCode(alice, app, { redirect_uri: uri });
    const refused = await exchange(server, app, code);
    expect(refused.status).toBe(400);
    expect(refused.body.error).toBe('invalid_grant');
    expect((await exchange(server, app, code, { redirect_uri: uri })).status).toBe(200);
  });

  test('lets nothing else be changed', async () => {
    const app = await createApp(server, { redirectMatch: 'extra-query' });
    for (const uri of [
      'https://c1.test/cb/?a=1',
      'https://c1.test/cb?code=1',
      'https://c1.test/cb?a=1#f',
      'https://evil.test/cb?a=1',
    ]) {
      await expectRefused(uri, app);
    }
  });
});

describe('a loopback URI registered without a port takes any port (AZ-06, RFC 8252 7.3)', () => {
  let native: TestApplication;
  const { challenge } = newPkce();
  beforeAll(async () => {
    native = await createApp(server, {
      clientType: 'public',
      pkce: 'required',
      redirectUris: ['http://127.0.0.1/cb', 'com.example.app:/cb'],
    });
  });

  test('that one only', async () => {
    const page = await allow(alice, native, { redirect_uri: 'http://127.0.0.1:51234/cb', ...challenge });
    expect(page.location).toMatch(/^http:\/\/127\.0\.0\.1:51234\/cb\?code=/);
    for (const uri of [
      'http://127.0.0.1:51234/x',
      'http://localhost:51234/cb',
      'http://[::1]:51234/cb',
      'http://127.0.0.2:51234/cb',
      'https://127.0.0.1:51234/cb',
      'http://127.0.0.1:99999/cb',
    ]) {
      await expectRefused(uri, native, challenge);
    }
  });

  test('the port of the request is the one the token request must name', async () => {
    const { verifier, challenge: own } = newPkce();
    const uri = 'http://127.0.0.1:51234/cb';
    const code = await getCode(alice, native, { redirect_uri: uri, ...own });
    const body = { grant_type: 'authorization_code', code, code_verifier: verifier };
    const other = await token(server, native, { ...body, redirect_uri: 'http://127.0.0.1:51235/cb' });
    expect([other.status, other.body.error]).toEqual([400, 'invalid_grant']);
    expect((await token(server, native, { ...body, redirect_uri: uri })).status).toBe(200);
  });

  test('a scheme of an app is reached as it is', async () => {
    const page = await allow(alice, native, { redirect_uri: 'com.example.app:/cb', ...challenge });
    expect(page.location).toMatch(/^com\.example\.app:\/cb\?code=/);
  });
});

test('nobody is asked to sign in for a request that cannot be answered', async () => {
  const page = await newBrowser(server.url).request(
    authorizeUrl(web, { redirect_uri: 'https://evil.test/cb' }),
  );
  expectErrorPage(page);
  expect(page.html.querySelector('input[name=password]')).toBeNull();
});
