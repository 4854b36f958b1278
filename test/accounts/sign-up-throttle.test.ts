/** Signing up costs a hash and a row: one network makes only so many accounts, and hinders no other. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { BEHIND_PROXY, network } from '../support/networks.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ...BEHIND_PROXY, SIGNUPS_PER_NETWORK: '2' });
  await createPerson(server, 'taken');
});

beforeEach(() => server.database.knex('throttles').delete());
afterEach(backToPresent);
afterAll(() => server.stop());

let people = 0;

async function signUp(net: number, fields: Record<string, string> = {}) {
  const browser = newBrowser(server.url);
  const form = await browser.open('/signup');
  const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const username = `person${people++}`;
  const body = { csrf_token: csrf, username, email: 'p@example.com', password: PASSWORD, ...fields };
  return browser.request('/signup', {
    method: 'POST',
    body: new URLSearchParams(body),
    headers: network(net),
  });
}

const countAccounts = async () => (await server.database.knex('accounts')).length;

test('beyond the limit a network is told to wait, in words and by Retry-After; another is not, and neither is this one an hour later', async () => {
  for (let made = 0; made < 2; made++) expect((await signUp(1)).status).toBe(303);
  const before = await countAccounts();
  const page = await signUp(1);
  expect([page.status, page.html.querySelector('h1')?.text]).toEqual([
    429,
    'Too many people are signing up from your network.',
  ]);
  expect(page.text).toContain('Please wait 60 minutes, then try again.');
  expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(3_500);
  expect(page.headers.getSetCookie().filter((cookie) => cookie.includes('session'))).toEqual([]);
  expect(await countAccounts()).toBe(before);

  expect((await signUp(2)).status).toBe(303);
  travel(3_601);
  expect((await signUp(1)).status).toBe(303);
});

test('a form that is not filled in well counts for nothing', async () => {
  for (let tries = 0; tries < 10; tries++) expect((await signUp(3, { password: 'short' })).status).toBe(422);
  expect((await signUp(3)).status).toBe(303);
});

test('asking which usernames are taken makes no account, and is stopped at three times the limit', async () => {
  for (let tries = 0; tries < 6; tries++) expect((await signUp(4, { username: 'taken' })).status).toBe(422);
  expect((await signUp(4, { username: 'taken' })).status).toBe(429);
  expect((await signUp(4)).status).toBe(429);
});

test('of six at the same moment no more than the limit are made', async () => {
  const before = await countAccounts();
  const pages = await Promise.all(Array.from({ length: 6 }, () => signUp(5)));
  expect(pages.map(({ status }) => status).sort()).toEqual([303, 303, 429, 429, 429, 429]);
  expect(await countAccounts()).toBe(before + 2);
});
