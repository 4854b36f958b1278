/** The list of one's sessions, and the end of each: on every node at once, and of nobody else's. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventsOf } from '../../audit/events-of.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { profile, signInAt } from '../../support/oauth.js';
import { allow, createApp, createPerson, PASSWORD } from '../../support/people.js';
import { postTo } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

let server: TestServer;
let secondNode: TestServer;
let count = 0;
let username: string;
let accountId: number;

beforeAll(async () => {
  server = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1,::1' });
  secondNode = await startTestServer({ DATABASE_URL: server.databaseUrl, TRUSTED_PROXIES: '127.0.0.1,::1' });
});
beforeEach(async () => {
  username = `person${count++}`;
  accountId = (await createPerson(server, username)).id;
});
afterEach(backToPresent);
afterAll(async () => {
  await secondNode.stop();
  await server.stop();
});

/** A browser of this kind, at this address. */
function browserAs(userAgent: string, address: string, node = server): Browser {
  return newBrowser(node.url, (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set('user-agent', userAgent);
    headers.set('x-forwarded-for', address);
    return fetch(url, { ...init, headers });
  });
}

async function signedIn(userAgent: string, address: string, node = server): Promise<Browser> {
  const browser = browserAs(userAgent, address, node);
  await browser.submit(await browser.open('/login'), { username, password: PASSWORD });
  return browser;
}

const isSignedIn = async (browser: Browser) => (await browser.open('/account')).url.endsWith('/account');

const rowsOf = (page: Page) =>
  page.html
    .querySelectorAll('tbody tr')
    .map((row) => row.querySelectorAll('th, td').map((cell) => cell.text.replace(/\s+/g, ' ').trim()));

/** What was noted after an answer is seen a moment later. */
async function listUntil(browser: Browser, isDone: (rows: string[][]) => boolean): Promise<string[][]> {
  for (let tries = 0; tries < 50; tries++) {
    const rows = rowsOf(await browser.open('/account/sessions'));
    if (isDone(rows)) return rows;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error('what was expected is not on the page');
}

test('each is told with its browser, its network, and when it was used; this one comes first', async () => {
  const mine = await signedIn(FIREFOX, '203.0.113.9');
  await signedIn(SAFARI, '2001:db8:1:2:3:4:5:6', secondNode);
  const rows = await listUntil(mine, (all) => all[1]?.[1] !== 'not known');
  expect(rows).toEqual([
    ['Firefox on Windows', '203.0.113.9', expect.stringMatching(/ UTC$/), 'this browser', ''],
    [
      'Safari on iOS',
      '2001:db8:1:2::/64',
      expect.stringMatching(/ UTC$/),
      expect.stringMatching(/ UTC$/),
      'Sign out Safari on iOS',
    ],
  ]);
});

test('a browser that calls itself markup is shown as text (LG-06)', async () => {
  const markup = '"><img src=x onerror=alert(1)>/1.0';
  const mine = await signedIn(FIREFOX, '203.0.113.9');
  await signedIn(markup, '198.51.100.4');
  await listUntil(mine, (all) => all[1]?.[1] === '198.51.100.4');
  const page = await mine.open('/account/sessions');
  expect(page.html.querySelector('main img')).toBeNull();
  expect(page.text).not.toContain('<img');
});

test('one that began on the way to an application is listed as well', async () => {
  const app = await createApp(server, { skipConsent: true });
  const browser = browserAs(SAFARI, '198.51.100.4');
  await browser.submit(await allow(browser, app), { username, password: PASSWORD });
  const rows = await listUntil(await signedIn(FIREFOX, '203.0.113.9'), (all) => all[1]?.[1] !== 'not known');
  expect(rows.map(([device, network]) => [device, network])).toEqual([
    ['Firefox on Windows', '203.0.113.9'],
    ['Safari on iOS', '198.51.100.4'],
  ]);
});

test('the last use moves on with the person, five minutes apart, whichever page and node it is', async () => {
  const app = await createApp(server, { skipConsent: true });
  const other = await signedIn(SAFARI, '198.51.100.4');
  const mine = await signedIn(FIREFOX, '203.0.113.9');
  await listUntil(mine, (all) => all[1]?.[1] === '198.51.100.4');
  const usedAt = async () =>
    (
      await server.database
        .knex('sessions')
        .where({ account_id: accountId, user_agent: SAFARI })
        .first('last_used_at')
    ).last_used_at as Date;
  const first = await usedAt();

  travel(60);
  await other.open('/account');
  travel(6 * 60);
  const moved = browserAs(SAFARI, '198.51.100.77', secondNode);
  for (const cookie of await other.jar.getCookies(server.url))
    await moved.jar.setCookie(cookie, secondNode.url);
  await allow(moved, app);
  const rows = await listUntil(mine, (all) => all[1]?.[1] === '198.51.100.77');
  expect(rows).toHaveLength(2);
  expect((await usedAt()).getTime() - first.getTime()).toBeGreaterThan(6 * 60_000);
});

test('ending one signs that browser out on every node at once, and no other', async () => {
  const [mine, gone, kept] = [
    await signedIn(FIREFOX, '203.0.113.9'),
    await signedIn(SAFARI, '198.51.100.4', secondNode),
    await signedIn(FIREFOX, '198.51.100.5'),
  ];
  await listUntil(mine, (all) => all.every(([, network]) => network !== 'not known'));
  const list = await mine.open('/account/sessions');
  const row = list.html.querySelectorAll('tbody tr').find((each) => each.text.includes('Safari'))!;
  const uid = row.querySelector('[name=uid]')!.getAttribute('value')!;
  const events = await eventsOf(server, async () => {
    const page = await mine.submit(list, { uid }, '/end');
    expect(page.html.querySelector('[role=status]')?.text).toBe('That browser was signed out.');
  });
  expect([await isSignedIn(mine), await isSignedIn(gone), await isSignedIn(kept)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(events).toMatchObject([{ event: 'session.ended', account_id: accountId, network: '203.0.113.9' }]);

  const again = await postTo(mine, '/account/sessions/end', { uid });
  expect(again.location).toContain('ended=none');
});

test('ending all others leaves this browser, and leaves applications what they hold', async () => {
  const app = await createApp(server, { skipConsent: true });
  const [mine, ...others] = [
    await signedIn(FIREFOX, '203.0.113.9'),
    await signedIn(SAFARI, '198.51.100.4', secondNode),
    await signedIn(FIREFOX, '198.51.100.5'),
  ];
  const tokens = await signInAt(server, others[1]!, app);
  const page = await mine!.submit(await mine!.open('/account/sessions'), {}, '/end-others');
  expect(page.html.querySelector('[role=status]')?.text).toBe('All other browsers were signed out.');
  expect(rowsOf(page).map(([device]) => device)).toEqual(['Firefox on Windows']);
  expect(page.html.querySelector('form[action$=end-others]')).toBeNull();
  for (const other of others) expect(await isSignedIn(other)).toBe(false);
  expect(await isSignedIn(mine!)).toBe(true);
  expect((await profile(secondNode, tokens.access_token)).status).toBe(200);
});

test("nobody ends a session of somebody else's", async () => {
  const mine = await signedIn(FIREFOX, '203.0.113.9');
  const { uid } = await server.database.knex('sessions').where({ account_id: accountId }).first('uid');
  username = `mallory${count}`;
  await createPerson(server, username);
  const mallory = await signedIn(SAFARI, '198.51.100.4');
  expect((await postTo(mallory, '/account/sessions/end', { uid })).location).toContain('ended=none');
  expect(await isSignedIn(mine)).toBe(true);
});

test('somebody who is not signed in sees none and ends none', async () => {
  const stranger = newBrowser(server.url);
  expect((await stranger.open('/account/sessions')).url).toContain('/login?next=%2Faccount%2Fsessions');
  const csrf = (await stranger.open('/login')).html
    .querySelector('[name=csrf_token]')!
    .getAttribute('value')!;
  const body = new URLSearchParams({ csrf_token: csrf });
  expect((await stranger.request('/account/sessions/end-others', { method: 'POST', body })).status).toBe(401);
});
