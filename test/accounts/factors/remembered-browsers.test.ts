/** "Do not ask again in this browser": 30 days, for those who ticked it, until anything about signing in changes. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createPasswords } from '../../../src/accounts/passwords.js';
import { setPassword } from '../../../src/accounts/set-password.js';
import { type Browser, newBrowser } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { codeOf, enterPassword, type PersonWithApp, sendCode, setUpApp } from '../../support/factors.js';
import { authorizeUrl, createApp, createPerson, PASSWORD } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(backToPresent);
afterAll(() => server.stop());

const DAY = 24 * 60 * 60;
const COOKIE = 'latchkey_browser';

async function person(username: string): Promise<PersonWithApp> {
  await createPerson(server, username);
  return setUpApp(server, username);
}

async function signInAndRemember(
  { seed }: PersonWithApp,
  username: string,
  browser = newBrowser(server.url),
) {
  travel(30);
  const { page } = await enterPassword(server, username, browser);
  await sendCode(browser, page, codeOf(seed), { remember: 'yes' });
  return browser;
}

/** Whether the second step is asked for in this browser, after signing out. */
async function isAsked(browser: Browser, username: string, password = PASSWORD): Promise<boolean> {
  const home = await browser.open('/');
  if (home.html.querySelector('form[action="/logout"]')) await browser.submit(home, {}, '/logout');
  const { page } = await enterPassword(server, username, browser, password);
  return new URL(page.url).pathname === '/login/second-step';
}

const tokenOf = async (browser: Browser) =>
  (await browser.jar.getCookies(server.url)).find(({ key }) => key === COOKIE)?.value;

test('it is asked for again where the box was not ticked, and in every other browser', async () => {
  const alice = await person('alice');
  travel(30);
  const { browser, page } = await enterPassword(server, 'alice');
  await sendCode(browser, page, codeOf(alice.seed));
  expect(await isAsked(browser, 'alice')).toBe(true);
  const remembered = await signInAndRemember(alice, 'alice');
  expect(await isAsked(remembered, 'alice')).toBe(false);
  expect(await isAsked(newBrowser(server.url), 'alice')).toBe(true);
});

test('for 30 days, at an application as well, by a cookie whose value is not in the database', async () => {
  const app = await createApp(server);
  const browser = await signInAndRemember(await person('bob'), 'bob');
  const token = (await tokenOf(browser))!;
  const cookies = await browser.jar.getCookies(server.url);
  expect(cookies.find(({ key }) => key === COOKIE)).toMatchObject({
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
  });
  const { rows } = await server.database.knex.raw('SELECT t::text AS row FROM remembered_browsers t');
  expect(JSON.stringify(rows)).not.toContain(token);

  travel(29 * DAY);
  await browser.submit(await browser.open('/'), {}, '/logout').catch(() => undefined);
  const login = await browser.open(authorizeUrl(app));
  const page = await browser.submit(login, { username: 'bob', password: PASSWORD }, '/login');
  expect(page.html.querySelector('h1')?.text).toContain('asks for access');
  travel(2 * DAY);
  expect(await isAsked(browser, 'bob')).toBe(true);
});

test('two people are remembered in one browser, and it means nothing for a third', async () => {
  const [carol, dora] = [await person('carol'), await person('dora')];
  await person('mallory');
  const browser = await signInAndRemember(carol, 'carol');
  const planted = await tokenOf(browser);
  await signInAndRemember(dora, 'dora', browser);
  expect(await isAsked(browser, 'carol')).toBe(false);
  expect(await isAsked(browser, 'dora')).toBe(false);
  expect(await isAsked(browser, 'mallory')).toBe(true);

  // A token that was in the browser beforehand is worth nothing once somebody else is remembered there.
  const other = newBrowser(server.url);
  await other.jar.setCookie(`${COOKIE}=${planted}; Path=/`, server.url);
  expect(await isAsked(other, 'dora')).toBe(true);
});

test('they are listed with device and network, and forgotten one by one or all at once', async () => {
  const eve = await person('eve');
  const [first, second, third] = [
    await signInAndRemember(eve, 'eve'),
    await signInAndRemember(eve, 'eve'),
    await signInAndRemember(eve, 'eve'),
  ];
  const page = await third.open('/account/security');
  const rows = page.html.querySelectorAll('section[aria-labelledby=browsers-section] li');
  expect([rows.length, rows[0]?.text]).toEqual([3, expect.stringContaining('last used')]);

  const oldest = rows[2]?.querySelector('button[name=id]')?.getAttribute('value');
  await third.submit(page, { id: oldest! }, '/forget');
  expect([await isAsked(first, 'eve'), await isAsked(second, 'eve')]).toEqual([true, false]);
  await second.submit(await second.open('/account/security'), { id: 'all' }, '/forget');
  expect([await isAsked(second, 'eve'), await isAsked(third, 'eve')]).toEqual([true, true]);
});

test("nobody forgets a browser of somebody else's", async () => {
  const mine = await person('fay');
  const browser = await signInAndRemember(mine, 'fay');
  const [{ id }] = await server.database.knex('remembered_browsers').orderBy('id', 'desc').limit(1);
  const other = await signInAndRemember(await person('trudy'), 'trudy');
  await other.submit(await other.open('/account/security'), { id: String(id) }, '/forget');
  expect(await isAsked(browser, 'fay')).toBe(false);
});

describe('all are forgotten', () => {
  test('when the password is changed', async () => {
    const browser = await signInAndRemember(await person('grace'), 'grace');
    const form = await browser.open('/account/password');
    const next = 'an entirely different sentence';
    await browser.submit(form, { current_password: PASSWORD, new_password: next }, '/password');
    expect(await isAsked(browser, 'grace', next)).toBe(true);
  });

  test('when the password is set by the command line', async () => {
    const browser = await signInAndRemember(await person('heidi'), 'heidi');
    const passwords = createPasswords({ minLength: 8, hashConcurrency: 1 });
    await setPassword(server.database, passwords, 'heidi', PASSWORD);
    expect(await isAsked(browser, 'heidi')).toBe(true);
  });

  test('when the app is removed and set up anew', async () => {
    const browser = await signInAndRemember(await person('ivan'), 'ivan');
    await browser.submit(await browser.open('/account/security/app/remove'), {}, '/remove');
    await setUpApp(server, 'ivan');
    expect(await isAsked(browser, 'ivan')).toBe(true);
  });
});
