import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { profile, refresh, signInAt } from '../support/oauth.js';
import { allow, createApp, createPerson, PASSWORD, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let secondNode: TestServer;

beforeAll(async () => {
  // Cookies do not tell ports apart: one browser can visit both nodes.
  server = await startTestServer({ SESSION_EXPIRE_SECONDS: '86400' });
  secondNode = await startTestServer({ DATABASE_URL: server.databaseUrl, SESSION_EXPIRE_SECONDS: '86400' });
  await createPerson(server, 'alice');
  await createPerson(server, 'bob');
});

afterEach(backToPresent);

afterAll(async () => {
  await secondNode.stop();
  await server.stop();
});

const cookiesOf = (browser: Browser) => browser.jar.getCookieString(server.url);

async function sessionOf(browser: Browser): Promise<string | undefined> {
  const cookies = await browser.jar.getCookies(server.url);
  return cookies.find((cookie) => cookie.key === 'latchkey_session')?.value;
}

/** Who a request with exactly these cookies is; undefined for nobody. */
async function whoHas(cookie: string, node = server): Promise<string | undefined> {
  const page = await newBrowser(node.url).request('/account', { headers: { cookie } });
  return page.html.querySelector('.who')?.text.replace('Signed in as ', '');
}

describe('signing in gives the browser a new session (LG-04)', () => {
  test('the cookies from before are anonymous afterwards', async () => {
    const browser = newBrowser(server.url);
    await browser.open('/o/authorize?client_id=none');
    const page = await browser.open('/login');
    const before = await cookiesOf(browser);
    await browser.submit(page, { username: 'alice', password: PASSWORD });
    expect(await whoHas(await cookiesOf(browser))).toBe('alice');
    expect(await whoHas(before)).toBeUndefined();
  });

  test('a session id chosen by somebody else is not taken over', async () => {
    const browser = newBrowser(server.url);
    await browser.jar.setCookie(`latchkey_session=${'A'.repeat(43)}; Path=/`, server.url);
    await browser.jar.setCookie(`latchkey_session.sig=${'A'.repeat(27)}; Path=/`, server.url);
    await browser.submit(await browser.open('/login'), { username: 'alice', password: PASSWORD });
    expect(await sessionOf(browser)).not.toBe('A'.repeat(43));
    expect(await whoHas(await cookiesOf(browser))).toBe('alice');
  });

  test('signing in again, or as somebody else, changes it each time, and the old id is worth nothing', async () => {
    const browser = newBrowser(server.url);
    const seen: (string | undefined)[] = [];
    for (const username of ['alice', 'alice', 'bob']) {
      const before = await cookiesOf(browser);
      await browser.submit(await browser.open('/login'), { username, password: PASSWORD });
      expect(await whoHas(await cookiesOf(browser))).toBe(username);
      expect(await whoHas(before)).toBeUndefined();
      seen.push(await sessionOf(browser));
    }
    expect(new Set(seen).size).toBe(3);
  });

  test('so does signing in on the way to an application', async () => {
    const app = await createApp(server, { skipConsent: true });
    const browser = newBrowser(server.url);
    const page = await allow(browser, app);
    const before = await cookiesOf(browser);
    await browser.submit(page, { username: 'alice', password: PASSWORD });
    expect(await whoHas(await cookiesOf(browser))).toBe('alice');
    expect(await whoHas(before)).toBeUndefined();
  });
});

test('every cookie is HttpOnly, SameSite=Lax, for this host alone, small and random (LG-21)', async () => {
  const app = await createApp(server);
  const cookies: string[] = [];
  const browser = newBrowser(server.url);
  const visit = async (path: string, init?: RequestInit) => {
    const page = await browser.request(path, init);
    cookies.push(...page.headers.getSetCookie());
    return page;
  };
  const form = await visit('/login');
  const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const body = new URLSearchParams({ csrf_token: csrf, username: 'alice', password: PASSWORD });
  await visit('/login', { method: 'POST', body });
  await visit(
    `/o/authorize?response_type=code&client_id=${app.clientId}&redirect_uri=https%3A%2F%2Fc1.test%2Fcb`,
  );
  const names = new Set(cookies.map((cookie) => cookie.split('=', 1)[0]!.replace(/\.sig$/, '')));
  expect([...names].sort()).toEqual([
    'latchkey_csrf',
    'latchkey_interaction',
    'latchkey_known',
    'latchkey_resume',
    'latchkey_session',
  ]);
  for (const cookie of cookies) {
    expect(cookie).toMatch(/; httponly/i);
    expect(cookie).toMatch(/; samesite=lax/i);
    expect(cookie).not.toMatch(/; domain=/i);
    expect(cookie).not.toMatch(/; secure/i);
    expect(cookie.length).toBeLessThan(4096);
    // 22 characters of base64url are 128 bits and more.
    expect(cookie.split(';')[0]!.split('=')[1]).toMatch(/^[\w.-]{22,}$/);
  }
});

test("the session's id is nowhere in the database", async () => {
  const id = await sessionOf(await signIn(server, 'alice'));
  expect(id).toBeDefined();
  const rows = await server.database.knex.raw('SELECT t::text AS row FROM sessions t');
  expect(rows.rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows.rows)).not.toContain(id);
  expect(JSON.stringify(rows.rows)).not.toContain(Buffer.from(id!).toString('hex'));
});

describe('signing out (LG-23)', () => {
  test('ends the session: the old cookies are anonymous on every node', async () => {
    const browser = await signIn(server, 'alice');
    const before = await cookiesOf(browser);
    const page = await browser.submit(await browser.open('/account'), {}, '/logout');
    expect([page.status, page.url]).toEqual([200, `${server.url}/`]);
    expect(await sessionOf(browser)).toBeUndefined();
    expect(await whoHas(before)).toBeUndefined();
    expect(await whoHas(before, secondNode)).toBeUndefined();
  });

  test('leaves nothing for the back button: no page of somebody signed in is kept', async () => {
    const browser = await signIn(server, 'alice');
    for (const path of [
      '/',
      '/account',
      '/account/edit',
      '/account/security',
      '/account/password',
      '/applications',
      '/o/authorized_tokens',
    ]) {
      expect([path, (await browser.open(path)).headers.get('cache-control')]).toEqual([path, 'no-store']);
    }
  });

  test('by a link is confirmed first, and does nothing to somebody signed out', async () => {
    const browser = await signIn(server, 'alice');
    const page = await browser.open('/logout');
    expect(page.html.querySelector('h1')?.text).toBe('Sign out?');
    expect(await whoHas(await cookiesOf(browser))).toBe('alice');
    await browser.submit(page, {}, '/logout');
    expect((await browser.open('/logout')).url).toBe(`${server.url}/`);
  });

  test('leaves the other browsers signed in', async () => {
    const [one, other] = [await signIn(server, 'alice'), await signIn(server, 'alice')];
    await one.submit(await one.open('/'), {}, '/logout');
    expect(await whoHas(await cookiesOf(other))).toBe('alice');
  });
});

test('a session ends SESSION_EXPIRE_SECONDS after the last visit', async () => {
  const cookies = await cookiesOf(await signIn(server, 'bob'));
  travel(86_400 - 60);
  expect(await whoHas(cookies)).toBe('bob');
  travel(2 * 86_400);
  expect(await whoHas(cookies)).toBeUndefined();
});

test('a session whose signature does not fit is nobody', async () => {
  const cookies = await cookiesOf(await signIn(server, 'alice'));
  expect(await whoHas(cookies)).toBe('alice');
  expect(await whoHas(cookies.replace(/(\.sig=)./, '$1_'))).toBeUndefined();
  expect(await whoHas(cookies.replace(/[^ ]*\.sig=[^;]*/g, ''))).toBeUndefined();
});

test('a disabled account is signed out everywhere at once, and its tokens die within a second (LG-24, RF-10)', async () => {
  const app = await createApp(server);
  const browser = await signIn(server, 'bob');
  const tokens = await signInAt(server, browser, app);
  const cookies = await cookiesOf(browser);
  for (const node of [server, secondNode]) {
    expect([await whoHas(cookies, node), (await profile(node, tokens.access_token)).status]).toEqual([
      'bob',
      200,
    ]);
  }

  await setAccountEnabled(server.database, 'bob', false);
  for (const node of [server, secondNode]) expect(await whoHas(cookies, node)).toBeUndefined();
  // A node asks the database about a token it knows once a second (src/tokens/live-access-tokens.ts).
  travel(1);
  for (const node of [server, secondNode]) {
    expect([await whoHas(cookies, node), (await profile(node, tokens.access_token)).status]).toEqual([
      undefined,
      401,
    ]);
  }
  expect((await refresh(secondNode, app, tokens.refresh_token)).body.error).toBe('invalid_grant');
  const page = await allow(browser, app);
  expect(page.html.querySelector('#password')).not.toBeNull();

  await setAccountEnabled(server.database, 'bob', true);
  expect(await whoHas(cookies)).toBeUndefined();
});
