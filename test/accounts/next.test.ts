/** LG-05: whatever `next` holds, signing in or up ends on this server. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { createPerson, PASSWORD, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
});

afterAll(() => server.stop());

const ATTACKS = [
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  'https:evil.test',
  'https://evil.test/',
  'https://as.test@evil.test',
  '@evil.test',
  'evil.test',
  '.evil.test',
  '/%2f%2fevil.test',
  '/%5cevil.test',
  '\t//evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  '/\r\nSet-Cookie:x=1',
  ' //evil.test',
  '/.//evil.test',
  '/..//evil.test',
  '/x/..//evil.test',
  // Guards the path that is left once dot segments are gone: only the one as sent was looked at for `/%2f`.
  '/./%2f%2fevil.test',
  '/%2e/%2F/evil.test',
  '/x/../%5cevil.test',
  'javascript:alert(1)',
  'data:text/html,x',
  'http://[',
  '/\u2028/evil.test',
  `/${'a'.repeat(4096)}`,
  '',
];

/** Where a browser would go from the answer. */
async function landing(path: string, fields: Record<string, string>): Promise<string> {
  const browser = newBrowser(server.url);
  const form = await browser.open(path);
  const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const page = await browser.request(path, {
    method: 'POST',
    body: new URLSearchParams({ csrf_token: csrf, ...fields }),
  });
  expect([page.status, page.headers.getSetCookie().some((cookie) => cookie.startsWith('x='))]).toEqual([
    303,
    false,
  ]);
  return page.location ?? '';
}

test.each(ATTACKS)('after signing in with next=%j', async (next) => {
  expect(await landing('/login', { username: 'alice', password: PASSWORD, next })).toBe(`${server.url}/`);
});

test.each(ATTACKS.slice(0, 6))('after signing up with next=%j', async (next) => {
  const username = `new${ATTACKS.indexOf(next)}`;
  const fields = { username, email: 'new@example.com', password: PASSWORD, next };
  expect(await landing('/signup', fields)).toBe(`${server.url}/`);
});

test.each(ATTACKS)('no link or field of the sign-in page repeats next=%j', async (next) => {
  for (const browser of [newBrowser(server.url), await signIn(server, 'alice')]) {
    const page = await browser.open(`/login?next=${encodeURIComponent(next)}`);
    expect(page.html.querySelector('[name=next]')).toBeNull();
    const links = page.html
      .querySelectorAll('a[href^="/"]')
      .map((link) => new URL(link.getAttribute('href')!, page.url));
    for (const link of links)
      expect([link.origin, link.searchParams.has('next')]).toEqual([server.url, false]);
  }
});

test('a next that nests an attack lands on the page named first, which does not pass it on', async () => {
  const there = await landing('/login', {
    username: 'alice',
    password: PASSWORD,
    next: '/login?next=//evil.test',
  });
  expect(there).toBe(`${server.url}/login?next=//evil.test`);
  const page = await (await signIn(server, 'alice')).open(there);
  expect(page.text).not.toContain('evil.test');
});

describe('a path of this server is where people go', () => {
  test.each([
    '/account',
    '/applications?q=a%20b&page=2',
    '/o/authorize?client_id=x&redirect_uri=https%3A%2F%2Fc1.test%2Fcb',
  ])('%s', async (next) => {
    expect(await landing('/login', { username: 'alice', password: PASSWORD, next })).toBe(server.url + next);
  });

  test('a page that asks to sign in first is opened afterwards, its query included', async () => {
    const browser = newBrowser(server.url);
    const page = await browser.open('/applications?q=some+thing');
    expect(page.url).toBe(`${server.url}/login?next=%2Fapplications%3Fq%3Dsome%2Bthing`);
    const answer = await browser.submit(page, { username: 'alice', password: PASSWORD });
    expect(answer.url).toBe(`${server.url}/applications?q=some+thing`);
  });

  test('the way from the sign-in page to the sign-up page keeps it', async () => {
    const browser = newBrowser(server.url);
    const login = await browser.open('/login?next=/account/edit');
    const signup = await browser.open(login.html.querySelector('a[href^="/signup"]')!.getAttribute('href')!);
    expect(signup.html.querySelector('[name=next]')?.getAttribute('value')).toBe('/account/edit');
  });
});
