import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import { newBrowser, type Page } from '../support/browser.js';
import { BEHIND_PROXY, network } from '../support/networks.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ...BEHIND_PROXY });
  await createPerson(server, 'alice');
  await createPerson(server, 'carol');
  await setAccountEnabled(server.database, 'carol', false);
  const daves = await createPerson(server, 'daves');
  await server.database.knex('accounts').where({ id: daves.id }).update({ password_hash: null });
});

afterAll(() => server.stop());

let networks = 0;

/** From a browser and a network of its own, so that no throttle is in the way. */
async function signIn(username: string, password: string): Promise<Page & { took: number }> {
  const browser = newBrowser(server.url);
  const form = await browser.open('/login');
  const token = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const body = new URLSearchParams({ csrf_token: token, username, password });
  const headers = network(networks++);
  const started = performance.now();
  const page = await browser.request('/login', { method: 'POST', body, headers });
  return { ...page, took: performance.now() - started };
}

// Names of one length, so that the pages are comparable byte for byte.
const REFUSALS: [string, string, string][] = [
  ['an unknown username', 'zelda', PASSWORD],
  ['a wrong password', 'alice', 'not the right one, sorry'],
  ['a disabled account', 'carol', PASSWORD],
  ['an account without a password', 'daves', PASSWORD],
  ['a password of 20,000 characters', 'alice', 'a'.repeat(20_000)],
];

/** What an observer sees of a refusal, without what differs from request to request. */
function seen(page: Page, username: string) {
  const { date: _, 'x-request-id': __, ...headers } = Object.fromEntries(page.headers);
  const text = page.text.replaceAll(username, 'NAME').replace(/(name="csrf_token" value=)"[^"]+"/g, '$1');
  return { status: page.status, headers, cookies: page.headers.getSetCookie(), text };
}

describe('a refusal does not tell what was wrong (LG-11)', () => {
  test.each(REFUSALS)('%s', async (_, username, password) => {
    const usual = seen(await signIn('alice', 'wrong password'), 'alice');
    const page = await signIn(username, password);
    expect(page.status).toBe(401);
    expect(page.html.querySelector('[role=alert]')?.text).toBe(
      'That username and password do not match. Please check both and try again.',
    );
    expect(seen(page, username)).toEqual(usual);
    expect(page.headers.getSetCookie()).toEqual([]);
  });

  // The median of a dozen on a busy machine: enough to see whether a password was hashed (some 30 ms) or not.
  test('neither does the time it takes (LG-12)', async () => {
    const samples = new Map<string, number[]>();
    for (let round = 0; round < 12; round++) {
      for (const [what, username, password] of REFUSALS.slice(0, 4)) {
        const { took } = await signIn(username, password);
        samples.set(what, [...(samples.get(what) ?? []), took]);
      }
    }
    const medians = [...samples.values()].map((times) => times.sort((a, b) => a - b)[times.length >> 1]!);
    expect(Math.min(...medians)).toBeGreaterThan(0.6 * Math.max(...medians));
  }, 120_000);
});

test('the username is shown again, the password is not', async () => {
  const page = await signIn('alice', 'my secret mistake');
  expect(page.html.querySelector('#username')?.getAttribute('value')).toBe('alice');
  expect(page.html.querySelector('#password')?.hasAttribute('value')).toBe(false);
  expect(page.text).not.toContain('my secret mistake');
});

test.each([
  ['no username', { username: '', password: 'x' }],
  ['no password', { username: 'alice', password: '' }],
  ['nothing at all', {}],
  ['a NUL in the username', { username: 'ali\0ce', password: 'x' }],
  ['a username given twice', new URLSearchParams('username=alice&username=bob&password=x')],
])('%s is a form to be filled in again, not an attempt', async (_, fields) => {
  const browser = newBrowser(server.url);
  const form = await browser.open('/login');
  const body = new URLSearchParams(fields as Record<string, string>);
  body.set('csrf_token', form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!);
  const before = await server.database.knex('audit_events').count();
  const page = await browser.request('/login', { method: 'POST', body });
  expect([page.status, page.html.querySelectorAll('[role=alert]:not([hidden])').length]).toEqual([422, 1]);
  expect(await server.database.knex('audit_events').count()).toEqual(before);
});

test('the username counts in any case, with spaces around it and in full-width letters', async () => {
  for (const username of ['ALICE', ' alice ', 'ａｌｉｃｅ']) {
    expect([username, (await signIn(username, PASSWORD)).status]).toEqual([username, 303]);
  }
});

test('/accounts/login, where Django clients send people, is the same page', async () => {
  const browser = newBrowser(server.url);
  const page = await browser.open('/accounts/login/?next=/account');
  expect(page.html.querySelector('form')?.getAttribute('action')).toBe('/login');
  const answer = await browser.submit(page, { username: 'alice', password: PASSWORD });
  expect(answer.url).toBe(`${server.url}/account`);
});

test('what was typed stays out of the log and the audit trail, in one line each (DA-06)', async () => {
  const typed = 'hunter2-as-username"}\r\n\u001b[31m{"level":"fatal"';
  await signIn(typed, 'hunter2-as-password');
  expect(server.logged()).not.toMatch(/hunter2/);
  for (const line of server.logged().trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  const events = await server.database.knex('audit_events').where({ event: 'login.failed' });
  expect(JSON.stringify(events)).not.toMatch(/hunter2/);
  expect(events.at(-1)).toMatchObject({ account_id: null, details: { reason: 'unknown_user' } });
});
