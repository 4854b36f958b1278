/** RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): LO-01 to LO-03, LO-06. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { answerOf, expectErrorPage } from '../support/answers.js';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { profile, signInAt } from '../support/oauth.js';
import { authorizeUrl, createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const AFTER = 'https://c1.test/signed-out';

let server: TestServer;
let app: TestApplication;
let other: TestApplication;
let alice: Browser;
let tokens: Awaited<ReturnType<typeof signInAt>>;
let hint: string;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  app = await createApp(server, { name: 'Tide Tables', postLogoutRedirectUris: [AFTER] });
  other = await createApp(server, { postLogoutRedirectUris: ['https://c2.test/signed-out'] });
});
afterAll(() => server.stop());
afterEach(backToPresent);
beforeEach(async () => {
  alice = await signIn(server, 'alice');
  tokens = await signInAt(server, alice, app, { scope: 'openid read', nonce: 'n' });
  hint = tokens.id_token ?? '';
});

const logoutUrl = (parameters: Record<string, string> = {}) => `/o/logout?${new URLSearchParams(parameters)}`;
const isQuestion = (page: Page) =>
  page.status === 200 && page.html.querySelector('button[name=logout]') !== null;
const confirm = (browser: Browser, page: Page) => browser.submit(page, {}, '/o/logout/confirm');

async function isSignedIn(browser: Browser): Promise<boolean> {
  const answer = answerOf(await browser.request(authorizeUrl(app, { scope: 'openid', prompt: 'none' })));
  if (answer.code) return true;
  expect(answer.error).toBe('login_required');
  return false;
}

async function expectAsksAndEndsHere(parameters: Record<string, string>): Promise<void> {
  const page = await alice.open(logoutUrl(parameters));
  expect(isQuestion(page)).toBe(true);
  expect(await isSignedIn(alice)).toBe(true);
  const done = await confirm(alice, await alice.open(logoutUrl(parameters)));
  expect(done.location).toBeUndefined();
  expect(done.status).toBe(200);
  expect(done.html.text).toContain('You are signed out');
  expect(await isSignedIn(alice)).toBe(false);
}

async function expectRefused(parameters: Record<string, string>): Promise<void> {
  expectErrorPage(await alice.open(logoutUrl(parameters)));
  expect(await isSignedIn(alice)).toBe(true);
}

describe('with a hint and a registered address (LO-01)', () => {
  test('the person is asked, and then sent there with the state', async () => {
    const page = await alice.open(
      logoutUrl({ id_token_hint: hint, post_logout_redirect_uri: AFTER, state: 'a b&c' }),
    );
    expect(isQuestion(page)).toBe(true);
    expect(page.html.text).toContain('Tide Tables');
    expect(page.html.querySelectorAll('form[action$="/o/logout/confirm"] button')).toHaveLength(1);
    expect(page.headers.get('content-security-policy')).not.toContain('form-action');
    const done = await confirm(alice, page);
    expect(done.location).toMatch(/^https:\/\/c1\.test\/signed-out\?state=/);
    expect(answerOf(done)).toEqual({ state: 'a b&c' });
    expect(await isSignedIn(alice)).toBe(false);
  });

  test('without a state none comes back', async () => {
    const page = await alice.open(logoutUrl({ id_token_hint: hint, post_logout_redirect_uri: AFTER }));
    expect((await confirm(alice, page)).location).toBe(AFTER);
  });

  test('an expired hint is as good (RP-Initiated Logout 2)', async () => {
    travel(2 * server.config.lifetimes.idToken);
    const page = await alice.open(logoutUrl({ id_token_hint: hint, post_logout_redirect_uri: AFTER }));
    expect((await confirm(alice, page)).location).toBe(AFTER);
  });

  test('client_id instead of the hint', async () => {
    const page = await alice.open(
      logoutUrl({ client_id: app.clientId, post_logout_redirect_uri: AFTER, state: 's' }),
    );
    expect(isQuestion(page)).toBe(true);
    expect((await confirm(alice, page)).location).toBe(`${AFTER}?state=s`);
  });

  test('a POST is as good as a GET', async () => {
    const body = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: AFTER, state: 's' });
    const posted = await alice.request('/o/logout', { method: 'POST', body });
    expect(posted.status).toBe(303);
    const page = await alice.open(posted.location ?? '');
    expect(isQuestion(page)).toBe(true);
    expect((await confirm(alice, page)).location).toBe(`${AFTER}?state=s`);
  });

  test('staying signed in is one link away', async () => {
    const page = await alice.open(logoutUrl({ id_token_hint: hint }));
    expect(page.html.querySelector('main a[href="/"]')).not.toBeNull();
    expect(await isSignedIn(alice)).toBe(true);
  });

  test('a browser in which nobody is signed in is sent there all the same', async () => {
    const nobody = newBrowser(server.url);
    const page = await nobody.open(
      logoutUrl({ id_token_hint: hint, post_logout_redirect_uri: AFTER, state: 's' }),
    );
    const done = page.location ? page : await confirm(nobody, page);
    expect(done.location).toBe(`${AFTER}?state=s`);
  });
});

describe('without anything to say where to', () => {
  test.each<[string, () => Record<string, string>]>([
    ['no parameters', () => ({})],
    ['a state alone', () => ({ state: 's' })],
    ['an address alone, which nobody vouches for', () => ({ post_logout_redirect_uri: AFTER, state: 's' })],
    ['a hint alone', () => ({ id_token_hint: hint })],
    ['a hint and a state', () => ({ id_token_hint: hint, state: 's' })],
  ])('%s: the person is asked, and ends on a page of ours', (_what, parameters) =>
    expectAsksAndEndsHere(parameters()),
  );
});

describe('an address that is not registered is an error page (LO-01)', () => {
  test.each([
    `${AFTER}?extra=1`,
    `${AFTER}/`,
    `${AFTER}#f`,
    'https://evil.test/',
    'javascript:alert(1)',
    'https://c2.test/signed-out',
    'https://c1.test/cb',
    '//c1.test/signed-out',
  ])('%s', async (uri) => {
    await expectRefused({ id_token_hint: hint, post_logout_redirect_uri: uri, state: 's' });
    await expectRefused({ client_id: app.clientId, post_logout_redirect_uri: uri });
  });
});

describe('a hint that is not ours is an error page, and the person stays signed in (LO-02)', () => {
  const resign = async (edit: Record<string, unknown>) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { kid = '' } = decodeProtectedHeader(hint);
    return new SignJWT({ ...decodeJwt(hint), ...edit })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(privateKey);
  };
  const logout = (id_token_hint: string, more: Record<string, string> = {}) =>
    expectRefused({ id_token_hint, post_logout_redirect_uri: AFTER, state: 's', ...more });

  test('rubbish', async () => {
    await logout('nope');
    await logout('a.b.c');
  });

  test('alg none', async () => {
    const [, payload] = hint.split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    await logout(`${header}.${payload}.`);
  });

  test('signed with another key', async () => logout(await resign({})));

  test('an edited payload', async () => {
    const [header, , signature] = hint.split('.');
    const payload = Buffer.from(JSON.stringify({ ...decodeJwt(hint), sub: '999' })).toString('base64url');
    await logout(`${header}.${payload}.${signature}`);
  });

  test('a broken signature', () =>
    logout(hint.slice(0, -6) + (hint.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA')));

  test('one of another application than client_id says', () => logout(hint, { client_id: other.clientId }));

  test('an unknown application', async () => {
    expectErrorPage(await alice.open(logoutUrl({ client_id: 'nope' })), [400, 401]);
    expect(await isSignedIn(alice)).toBe(true);
  });
});

describe('nobody is signed out by another site (LO-03)', () => {
  test('an image that points here changes nothing', async () => {
    const headers = { accept: 'image/*', 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' };
    await alice.request(logoutUrl({ id_token_hint: hint, post_logout_redirect_uri: AFTER }), { headers });
    expect(await isSignedIn(alice)).toBe(true);
  });

  test.each<[string, Record<string, string>]>([
    ['without our token', { logout: 'yes' }],
    ['with a made-up token', { logout: 'yes', xsrf: 'x'.repeat(43) }],
    ['empty', {}],
  ])('the confirmation posted from elsewhere, %s', async (_what, body) => {
    const headers = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' };
    const before = await alice.request('/o/logout/confirm', {
      method: 'POST',
      body: new URLSearchParams(body),
      headers,
    });
    expect([400, 403]).toContain(before.status);
    await alice.open(logoutUrl({ id_token_hint: hint }));
    const after = await alice.request('/o/logout/confirm', {
      method: 'POST',
      body: new URLSearchParams(body),
      headers,
    });
    expect([400, 403]).toContain(after.status);
    expect(await isSignedIn(alice)).toBe(true);
  });
});

describe('after signing out (LO-06)', () => {
  test('the cookie from before is worth nothing', async () => {
    const cookie = await alice.jar.getCookieString(server.url);
    await confirm(alice, await alice.open(logoutUrl({ id_token_hint: hint })));
    expect((await newBrowser(server.url).request('/account', { headers: { cookie } })).status).toBe(303);
    expect((await alice.request('/account')).status).toBe(303);
  });

  test('the tokens of applications go on: they are taken back under Authorized apps', async () => {
    await confirm(alice, await alice.open(logoutUrl({ id_token_hint: hint })));
    expect((await profile(server, tokens.access_token)).status).toBe(200);
  });

  test('other browsers stay signed in', async () => {
    const laptop = await signIn(server, 'alice');
    await confirm(alice, await alice.open(logoutUrl()));
    expect(await isSignedIn(laptop)).toBe(true);
  });

  test('confirming twice ends on an error page, not on a 500', async () => {
    const page = await alice.open(logoutUrl());
    await confirm(alice, page);
    expectErrorPage(await confirm(alice, page), [400, 403]);
  });
});
