/** What clients written for Django OAuth Toolkit rely on at the authorization endpoint (CONTRACT part B 3, 6, 7). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf } from '../support/answers.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { basic, exchange, post, profile, token } from '../support/oauth.js';
import {
  allow,
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
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

const isConsent = (text: string) => text.includes('asks for access');

describe('approval_prompt', () => {
  test('force asks again, auto and none do not', async () => {
    await getCode(alice, app);
    const forced = await alice.open(authorizeUrl(app, { approval_prompt: 'force' }));
    expect(isConsent(forced.text)).toBe(true);
    expect(answerOf(await alice.submit(forced, {}, '/consent'))).toHaveProperty('code');
    expect(answerOf(await alice.open(authorizeUrl(app, { approval_prompt: 'auto' })))).toHaveProperty('code');
    expect(answerOf(await alice.open(authorizeUrl(app)))).toHaveProperty('code');
  });

  test('auto still asks when nothing was allowed before', async () => {
    expect(
      isConsent((await alice.open(authorizeUrl(await createApp(server), { approval_prompt: 'auto' }))).text),
    ).toBe(true);
  });

  test('prompt wins over it', async () => {
    const page = await newBrowser(server.url).open(
      authorizeUrl(app, { approval_prompt: 'force', prompt: 'none' }),
    );
    expect(answerOf(page).error).toBe('login_required');
  });
});

describe('no scope means all default scopes, in the order of the settings', () => {
  test('at the authorization endpoint', async () => {
    const fresh = await createApp(server);
    const page = await alice.open(authorizeUrl(fresh));
    const offered = page.html
      .querySelectorAll('form[action$="/consent"] [name=scope]')
      .map((input) => input.getAttribute('value'));
    expect(offered).toEqual(['read', 'write', 'groups']);
    const { body } = await exchange(
      server,
      fresh,
      answerOf(await alice.submit(page, {}, '/consent')).code ?? '',
    );
    expect(body).toEqual({
      access_token: expect.any(String),
      expires_in: expect.any(Number),
      token_type: 'Bearer',
      scope: 'read write groups',
      refresh_token: expect.any(String),
    });
  });

  test('as far as the application may have them', async () => {
    const readOnly = await createApp(server, { scopes: ['groups', 'read'] });
    const { body } = await exchange(server, readOnly, await getCode(alice, readOnly));
    expect(body.scope).toBe('read groups');
  });

  test('a scope in the code exchange is ignored', async () => {
    const code = await getCode(alice, app, { scope: 'read' });
    expect((await exchange(server, app, code, { scope: 'read write' })).body.scope).toBe('read');
  });
});

describe('redirect_uri with a single one registered', () => {
  const body = (code: string) => ({ grant_type: 'authorization_code', code });

  test('may be left out of both requests', async () => {
    const page = await allow(alice, app);
    expect(page.location).toMatch(/^https:\/\/c1\.test\/cb\?code=/);
    const code = answerOf(await alice.open(authorizeUrl(app, { redirect_uri: undefined }))).code ?? '';
    expect((await token(server, app, body(code))).status).toBe(200);
  });

  test('or be sent in the token request only', async () => {
    const code = answerOf(await alice.open(authorizeUrl(app, { redirect_uri: undefined }))).code ?? '';
    const answer = await token(server, app, { ...body(code), redirect_uri: 'https://c1.test/cb' });
    expect(answer.status).toBe(200);
    const other = answerOf(await alice.open(authorizeUrl(app, { redirect_uri: undefined }))).code ?? '';
    const wrong = await token(server, app, { ...body(other), redirect_uri: 'https://evil.test/cb' });
    expect([wrong.status, wrong.body.error]).toEqual([400, 'invalid_grant']);
  });

  test('errors find their way too', async () => {
    const page = await alice.open(authorizeUrl(app, { redirect_uri: undefined, scope: 'nope' }));
    expect(page.location).toMatch(/^https:\/\/c1\.test\/cb\?error=invalid_scope/);
  });
});

describe('response_type', () => {
  test.each([
    [undefined, 'invalid_request'],
    ['foo', 'unsupported_response_type'],
    ['', 'invalid_request'],
  ])('%s gives %s in the callback', async (type, error) => {
    const page = await alice.open(authorizeUrl(app, { response_type: type }));
    expect(answerOf(page)).toMatchObject({ error, state: 'xyz' });
  });
});

test('a person who is not signed in is asked, and then goes on with the very same request', async () => {
  const page = await newBrowser(server.url).request(authorizeUrl(app));
  expect([302, 303]).toContain(page.status);
  expect(page.location?.startsWith(`${server.url}/`)).toBe(true);
});

test('the consent form takes any allow but an empty one or False', async () => {
  const fresh = await createApp(server);
  const page = await alice.open(authorizeUrl(fresh));
  expect(answerOf(await alice.submit(page, { allow: 'true' }, '/consent'))).toHaveProperty('code');
});

test('cookies have names a Django client on the same host does not own', async () => {
  const names = (await alice.jar.serialize()).cookies.map(({ key }) => key);
  expect(names.length).toBeGreaterThan(1);
  for (const name of names) expect(name).toMatch(/^latchkey_/);
});

test('credentials in the body are as good as Basic (allauth sends nothing else)', async () => {
  const code = await getCode(alice, app);
  const { clientId: client_id, secret: client_secret } = app;
  const body = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: 'https://c1.test/cb',
    client_id,
    client_secret,
  };
  const answer = await post(server, '/o/token/', body);
  expect(answer.status).toBe(200);
  expect((await profile(server, answer.body.access_token)).status).toBe(200);
  const both = { ...body, code: await getCode(alice, app) };
  expect((await post(server, '/o/token/', both, basic(app))).status).toBe(200);
});
