/** Whatever a parameter or form field holds: an answer, never a failure of ours. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectErrorPage } from '../support/answers.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { authorizeUrl, createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
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
afterAll(() => {
  expect(server.logged()).not.toContain('"level":50');
  return server.stop();
});

const VALUES = [
  '',
  'a\0b',
  '%',
  '💩',
  '\ud800',
  '__proto__',
  'x'.repeat(5000),
  '\r\n',
  '<>"\'&',
  '[]',
  'null',
];
const CLAIMS = [
  '{"userinfo":{"__proto__":null}}',
  '{"userinfo":{"constructor":{"essential":true}}}',
  '{"userinfo":null,"id_token":null}',
  '{"userinfo":{"name":5,"a\\u0000b":null}}',
  '{"id_token":{"acr":{"essential":true,"values":"x"}}}',
  '{"id_token":{"acr":null,"sub":null}}',
  '{"id_token":{"sub":{"value":null},"auth_time":{"value":1}}}',
];
const PARAMETERS =
  `scope state nonce claims prompt max_age id_token_hint login_hint acr_values ui_locales claims_locales
  display response_mode response_type code_challenge code_challenge_method redirect_uri client_id request request_uri
  registration latchkey_restart approval_prompt resource web_message_uri __proto__ constructor`.split(/\s+/);

test.each(PARAMETERS)('the parameter %s of an authorization request', async (name) => {
  for (const value of name === 'claims' ? [...VALUES, ...CLAIMS] : VALUES) {
    const page = await alice.open(authorizeUrl(app, { scope: 'openid', nonce: 'n', [name]: value }));
    expect([value, page.status < 500]).toEqual([value, true]);
  }
});

test.each(['id_token_hint', 'post_logout_redirect_uri', 'state', 'client_id', 'logout_hint'])(
  'the parameter %s of a logout request',
  async (name) => {
    for (const value of VALUES) {
      const page = await alice.open(
        `/o/logout?${new URLSearchParams({ client_id: app.clientId, [name]: value })}`,
      );
      expect([value, page.status < 500]).toEqual([value, true]);
    }
  },
);

test('query strings and bodies that are hardly any', async () => {
  const raw = ['client_id[]=a', 'client_id[x]=a', '%', '%ff=%ff', '&&&', '=', `client_id=${app.clientId}`];
  const paths = [
    '/o/authorize',
    '/o/authorize/x',
    '/o/logout',
    '/o/logout/confirm',
    '/o/device',
    '/o/device/x',
    '/o/userinfo',
  ];
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const path of paths) {
    for (const query of raw) {
      const got = await alice.request(`${path}?${query}`);
      const posted = await alice.request(path, { method: 'POST', body: query, headers });
      expect([path, query, got.status < 500, posted.status < 500]).toEqual([path, query, true, true]);
    }
  }
});

describe('the fields of the forms on the way', () => {
  test('signing in', async () => {
    for (const value of VALUES) {
      const browser = newBrowser(server.url);
      const login = await browser.open(authorizeUrl(app));
      const asName = await browser.submit(login, { username: value, password: 'x' }, '/login');
      const asPassword = await browser.submit(
        login,
        { username: `nobody ${value}`, password: value },
        '/login',
      );
      for (const { status } of [asName, asPassword]) expect([401, 422, 429]).toContain(status);
    }
  });

  test('consent', async () => {
    for (const value of VALUES.filter(Boolean)) {
      const page = await alice.open(authorizeUrl(await createApp(server), { scope: 'read' }));
      expectErrorPage(await alice.submit(page, { scope: ['read', value] }, '/consent'));
    }
  });

  test('a device’s code', async () => {
    for (const value of VALUES) {
      // Wrong codes are counted.
      await server.database.knex('throttles').delete();
      const page = await alice.submit(await alice.open('/o/device'), { user_code: value }, '/o/device');
      expect(page.status).toBe(422);
    }
  });
});
