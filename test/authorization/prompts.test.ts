/** When a person is asked to sign in (again) or must not be asked at all: AZ-20 to AZ-22, and the hints. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf } from '../support/answers.js';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { exchange, profile, signInAt } from '../support/oauth.js';
import { claimsOfIdToken } from '../support/openid.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  await createPerson(server, 'bob');
  app = await createApp(server);
});
afterAll(() => server.stop());
afterEach(backToPresent);

const isLogin = (page: Page) => page.html.querySelector('input[name=password]') !== null;
const OPENID = { scope: 'openid', nonce: 'n' };

async function idTokenOf(page: Page): Promise<Record<string, unknown>> {
  const answer = await exchange(server, app, answerOf(page).code ?? '');
  expect(answer.status).toBe(200);
  return claimsOfIdToken(answer.body.id_token);
}

/** A browser whose person has allowed the application what the tests ask for. */
async function knownBrowser(): Promise<Browser> {
  const browser = await signIn(server, 'alice');
  await getCode(browser, app, OPENID);
  return browser;
}

const submitPassword = (browser: Browser, page: Page, username = 'alice') =>
  browser.submit(page, { username, password: PASSWORD }, '/login');

describe('prompt=none (AZ-20)', () => {
  test('without a session: login_required, and no cookie', async () => {
    const page = await newBrowser(server.url).request(authorizeUrl(app, { ...OPENID, prompt: 'none' }));
    expect(page.status).toBe(303);
    expect(answerOf(page)).toMatchObject({ error: 'login_required', state: 'xyz' });
    expect(page.headers.getSetCookie()).toEqual([]);
  });

  test('with a session but without consent: consent_required', async () => {
    const fresh = await createApp(server);
    const browser = await signIn(server, 'alice');
    const before = await browser.jar.getCookieString(server.url);
    const page = await browser.request(authorizeUrl(fresh, { ...OPENID, prompt: 'none' }));
    expect(answerOf(page)).toMatchObject({
      error: expect.stringMatching(/^(consent|interaction)_required$/),
    });
    expect(await browser.jar.getCookieString(server.url)).toBe(before);
  });

  test('with both: a code at once', async () => {
    const browser = await knownBrowser();
    const page = await browser.request(authorizeUrl(app, { ...OPENID, prompt: 'none' }));
    expect(page.status).toBe(303);
    expect((await idTokenOf(page)).nonce).toBe('n');
  });

  test('after signing out: login_required', async () => {
    const browser = await knownBrowser();
    await browser.submit(await browser.open('/logout'), {}, '/logout');
    const page = await browser.request(authorizeUrl(app, { ...OPENID, prompt: 'none' }));
    expect(answerOf(page).error).toBe('login_required');
  });
});

describe('prompt=login (AZ-21)', () => {
  test('asks although there is a session, and auth_time is that of the new sign-in', async () => {
    const browser = await knownBrowser();
    const before = await idTokenOf(await browser.open(authorizeUrl(app, OPENID)));
    travel(100);
    const login = await browser.open(authorizeUrl(app, { ...OPENID, prompt: 'login' }));
    expect(isLogin(login)).toBe(true);
    const after = await idTokenOf(await submitPassword(browser, login));
    expect(Number(after.auth_time)).toBeGreaterThanOrEqual(Number(before.auth_time) + 100);
    expect(after.sub).toBe(before.sub);
  });

  test('cannot be skipped by going on without credentials', async () => {
    const browser = await knownBrowser();
    const login = await browser.open(authorizeUrl(app, { ...OPENID, prompt: 'login' }));
    const uid = login.url.split('/').pop();
    for (const path of [`/o/authorize/${uid}`, `/o/authorize/${uid}/`, `/authorize/${uid}`]) {
      const page = await browser.open(path);
      expect(page.location).toBeUndefined();
      expect(isLogin(page) || page.status === 404).toBe(true);
    }
    const wrong = await browser.submit(
      await browser.open(authorizeUrl(app, { ...OPENID, prompt: 'login' })),
      { username: 'alice', password: 'wrong' },
      '/login',
    );
    expect(wrong.status).toBe(401);
    expect(isLogin(wrong)).toBe(true);
  });

  test('and another person may sign in: the session and the tokens are theirs', async () => {
    const browser = await knownBrowser();
    const login = await browser.open(
      authorizeUrl(app, { scope: 'openid read', nonce: 'n', prompt: 'login' }),
    );
    let page = await submitPassword(browser, login, 'bob');
    // The engine ends the old session by a form that posts itself.
    if (page.html.querySelector('form[action$="/o/logout/confirm"]'))
      page = await browser.submit(page, {}, '/o/logout/confirm');
    expect(page.html.text).toContain('bob');
    const answer = await exchange(
      server,
      app,
      answerOf(await browser.submit(page, {}, '/consent')).code ?? '',
    );
    expect((await profile(server, answer.body.access_token)).body.username).toBe('bob');
    expect((await browser.open('/account')).text).toContain('bob');
  });

  test('together with consent both are asked', async () => {
    const browser = await knownBrowser();
    const login = await browser.open(authorizeUrl(app, { ...OPENID, prompt: 'login consent' }));
    const consent = await submitPassword(browser, login);
    expect(consent.html.querySelector('form[action$="/consent"]')).not.toBeNull();
    expect(answerOf(await browser.submit(consent, {}, '/consent'))).toHaveProperty('code');
  });
});

test('prompt=select_account shows the sign-in page, where another account can be chosen', async () => {
  const browser = await knownBrowser();
  const page = await browser.open(authorizeUrl(app, { ...OPENID, prompt: 'select_account' }));
  expect(isLogin(page)).toBe(true);
  expect(answerOf(await submitPassword(browser, page))).toHaveProperty('code');
});

describe('max_age (AZ-22)', () => {
  test('asks again once the sign-in is older, and tells the new auth_time', async () => {
    const browser = await knownBrowser();
    const before = await idTokenOf(await browser.open(authorizeUrl(app, { ...OPENID, max_age: '15000' })));
    travel(2);
    const login = await browser.open(authorizeUrl(app, { ...OPENID, max_age: '1' }));
    expect(isLogin(login)).toBe(true);
    const after = await idTokenOf(await submitPassword(browser, login));
    expect(Number(after.auth_time)).toBeGreaterThan(Number(before.auth_time));
  });

  test('asks nobody whose sign-in is recent enough, and auth_time stays', async () => {
    const browser = await knownBrowser();
    const first = await idTokenOf(await browser.open(authorizeUrl(app, { ...OPENID, max_age: '10000' })));
    travel(5000);
    const second = await idTokenOf(await browser.open(authorizeUrl(app, { ...OPENID, max_age: '10000' })));
    expect(second.auth_time).toBe(first.auth_time);
    expect(second.iat).not.toBe(first.iat);
  });

  test('0 asks always', async () => {
    const browser = await knownBrowser();
    expect(isLogin(await browser.open(authorizeUrl(app, { ...OPENID, max_age: '0' })))).toBe(true);
  });

  test('with prompt=none an old sign-in is login_required', async () => {
    const browser = await knownBrowser();
    travel(10);
    const page = await browser.request(authorizeUrl(app, { ...OPENID, max_age: '5', prompt: 'none' }));
    expect(answerOf(page).error).toBe('login_required');
  });
});

describe('id_token_hint', () => {
  test('of the person who is signed in: with prompt=none a code', async () => {
    const browser = await knownBrowser();
    const { id_token: hint = '' } = await signInAt(server, browser, app, OPENID);
    const page = await browser.request(authorizeUrl(app, { ...OPENID, prompt: 'none', id_token_hint: hint }));
    expect(answerOf(page)).toHaveProperty('code');
    travel(7200);
    const expired = await browser.request(
      authorizeUrl(app, { ...OPENID, prompt: 'none', id_token_hint: hint }),
    );
    expect(answerOf(expired)).toHaveProperty('code');
  });

  test('of somebody else: login_required, or the sign-in page', async () => {
    const bob = await signIn(server, 'bob');
    const { id_token: hint = '' } = await signInAt(server, bob, app, OPENID);
    const browser = await knownBrowser();
    const page = await browser.request(authorizeUrl(app, { ...OPENID, prompt: 'none', id_token_hint: hint }));
    expect(answerOf(page).error).toBe('login_required');
    expect(isLogin(await browser.open(authorizeUrl(app, { ...OPENID, id_token_hint: hint })))).toBe(true);
  });

  test('that is not ours is refused', async () => {
    const page = await newBrowser(server.url).request(
      authorizeUrl(app, { ...OPENID, id_token_hint: 'a.b.c' }),
    );
    expect(answerOf(page).error).toBe('invalid_request');
  });
});

describe('parameters that are allowed and mostly ignored', () => {
  test('login_hint fills in the username, escaped', async () => {
    const page = await newBrowser(server.url).open(authorizeUrl(app, { login_hint: '"><b>alice' }));
    expect(page.text).toContain('value="&#34;&gt;&lt;b&gt;alice"');
  });

  test.each([
    { display: 'page' },
    { display: 'popup' },
    { ui_locales: 'se fr-CA' },
    { claims_locales: 'se' },
    { acr_values: '1 2' },
    { extra: 'foobar' },
    { access_type: 'offline' },
  ])('%j', async (more) => {
    const browser = await knownBrowser();
    expect(answerOf(await browser.open(authorizeUrl(app, { ...OPENID, ...more })))).toHaveProperty('code');
    const plain = await browser.open(authorizeUrl(app, { scope: 'openid', nonce: undefined, ...more }));
    expect(answerOf(plain)).toHaveProperty('code');
  });

  test('those of OpenID Connect do not disturb a request without openid', async () => {
    const browser = await signIn(server, 'alice');
    const code = await getCode(browser, app, {
      scope: 'read',
      nonce: 'n',
      acr_values: '1',
      claims: '{}',
      claims_locales: 'en',
    });
    const answer = await exchange(server, app, code);
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty('id_token');
  });
});

test('a session that has ended in the database is no session', async () => {
  const browser = await knownBrowser();
  await server.database.knex('sessions').delete();
  expect(isLogin(await browser.open(authorizeUrl(app, OPENID)))).toBe(true);
});
