/** LG-14, PW-04, PW-05: how often a password may be wrong at the sign-in page, and whom that does not hinder. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newBrowser, type Page } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { BEHIND_PROXY, network } from '../support/networks.js';
import { createApp, createPerson, PASSWORD, signIn as signInFromHere } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let secondNode: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ...BEHIND_PROXY });
  secondNode = await startTestServer({ ...BEHIND_PROXY, DATABASE_URL: server.databaseUrl });
});

afterEach(backToPresent);

afterAll(async () => {
  await secondNode.stop();
  await server.stop();
});

async function attempt(username: string, password: string, net: number, at = server): Promise<Page> {
  const browser = newBrowser(at.url);
  const form = await browser.open('/login');
  const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const body = new URLSearchParams({ csrf_token: csrf, username, password });
  return browser.request('/login', { method: 'POST', body, headers: network(net) });
}

async function statuses(
  count: number,
  make: (index: number) => Promise<Page>,
): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (let index = 0; index < count; index++) {
    const { status } = await make(index);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

describe('after 8 wrong passwords for one account from one network', () => {
  beforeAll(async () => {
    await createPerson(server, 'alice');
    expect(await statuses(12, () => attempt('alice', 'wrong', 1))).toEqual({ 401: 8, 429: 4 });
  });

  test('the page says how long to wait, and the header does', async () => {
    const page = await attempt('alice', 'wrong', 1);
    expect(page.status).toBe(429);
    const seconds = Number(page.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(850);
    expect(seconds).toBeLessThanOrEqual(900);
    expect(page.html.querySelector('[role=alert]')?.text).toBe(
      'There were too many attempts. Please wait 15 minutes, then try again.',
    );
  });

  test('the right password is refused alike, on every node', async () => {
    for (const node of [server, secondNode]) {
      const page = await attempt('alice', PASSWORD, 1, node);
      expect([page.status, page.headers.getSetCookie()]).toEqual([429, []]);
    }
  });

  test('and so is the password grant', async () => {
    const app = await createApp(server, { grantTypes: ['password'] });
    const body = new URLSearchParams({ grant_type: 'password', username: 'alice', password: PASSWORD });
    body.set('client_id', app.clientId);
    body.set('client_secret', app.secret);
    const answer = await fetch(`${secondNode.url}/o/token`, { method: 'POST', body, headers: network(1) });
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([
      400,
      'invalid_grant',
    ]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('the account can be signed in to from another network, and other accounts from this one', async () => {
    await createPerson(server, 'bob');
    expect((await attempt('alice', PASSWORD, 2)).status).toBe(303);
    expect((await attempt('bob', PASSWORD, 1)).status).toBe(303);
  });

  test('the right password works again when the window is over, and not a minute before', async () => {
    travel(840);
    expect((await attempt('alice', PASSWORD, 1)).status).toBe(429);
    travel(61);
    expect((await attempt('alice', PASSWORD, 1)).status).toBe(303);
  });

  test('it is told in the audit trail', async () => {
    const [event] = await server.database
      .knex('audit_events')
      .where({ event: 'login.throttled' })
      .orderBy('id')
      .limit(1);
    expect(event).toMatchObject({ network: '10.0.1.7', details: { by: 'account' } });
    expect(event.request_id).toMatch(/^[\w-]{16,}$/);
  });
});

// A row for each refused attempt would let anybody fill the disk.
test('a flood of refused attempts leaves one event in the audit trail, and the next window another', async () => {
  await createPerson(server, 'flooded');
  const told = () =>
    server.database.knex('audit_events').where({ event: 'login.throttled', network: '10.0.9.7' });
  const flood = (times: number) => statuses(times, () => attempt('flooded', 'wrong', 9));
  expect(await flood(30)).toEqual({ 401: 8, 429: 22 });
  expect(await told()).toHaveLength(1);
  expect(await told()).toMatchObject([{ details: { by: 'account', until: expect.stringMatching(/^20/) } }]);
  travel(901);
  expect(await flood(10)).toEqual({ 401: 8, 429: 2 });
  expect(await told()).toHaveLength(2);
});

test('an account that does not exist is throttled like one that does', async () => {
  expect(await statuses(10, () => attempt('nobody', 'wrong', 3))).toEqual({ 401: 8, 429: 2 });
});

test('spelling the name differently is no way around it', async () => {
  await createPerson(server, 'dora');
  const spellings = ['dora', 'DORA', ' dora', 'dorA ', 'ｄｏｒａ'];
  expect(await statuses(10, (index) => attempt(spellings[index % 5]!, 'wrong', 4))).toEqual({
    401: 8,
    429: 2,
  });
});

// PostgreSQL folds U+0130 to i, JavaScript to an i and a dot: a guesser had a fresh count for the same account.
test('neither is a letter that only the database takes for another, whether the account exists or not', async () => {
  await createPerson(server, 'kirill');
  for (const [net, name] of [
    [40, 'kirill'],
    [41, 'nikita'],
  ] as const) {
    const spellings = [name, name.replace('i', '\u0130'), name.toUpperCase()];
    expect(await statuses(10, (index) => attempt(spellings[index % 3]!, 'wrong', net))).toEqual({
      401: 8,
      429: 2,
    });
  }
});

test('whoever found a browser signed in gains no guesses at its password by renaming the account', async () => {
  await createPerson(server, 'renamed0');
  const browser = await signInFromHere(server, 'renamed0');
  const counts: Record<number, number> = {};
  for (let round = 0; round < 11; round++) {
    const form = await browser.open('/account/edit');
    const edited = await browser.submit(form, { username: `renamed${round}` }, '/edit');
    expect(edited.status).toBe(200);
    const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
    const fields = { csrf_token: csrf, current_password: 'wrong', new_password: 'something new entirely' };
    for (let tries = 0; tries < 5; tries++) {
      const { status } = await browser.request('/account/password', {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: network(50 + round),
      });
      counts[status] = (counts[status] ?? 0) + 1;
    }
  }
  expect(counts).toEqual({ 422: 50, 429: 5 });
});

test('forty guesses at the same moment, over two nodes, are no more than 8', async () => {
  await createPerson(server, 'erin');
  const guess = (index: number) => attempt('erin', `guess ${index}`, 5, index % 2 ? server : secondNode);
  const pages = await Promise.all(Array.from({ length: 40 }, (_, index) => guess(index)));
  expect(pages.filter((page) => page.status === 401).length).toBeLessThanOrEqual(8);
  const checked = await server.database
    .knex('audit_events')
    .where({ event: 'login.failed', network: '10.0.5.7' });
  expect(checked.length).toBeLessThanOrEqual(8);
});

test('120 guesses at one account from 120 networks are stopped after 50, and so is the right password (PW-04)', async () => {
  await createPerson(server, 'fred');
  expect(await statuses(120, (index) => attempt('fred', 'wrong', 1000 + index))).toEqual({
    401: 50,
    429: 70,
  });
  expect((await attempt('fred', PASSWORD, 2000)).status).toBe(429);
  travel(3601);
  expect((await attempt('fred', PASSWORD, 2001)).status).toBe(303);
});

test('one password tried on 100 accounts is stopped by the network after 30; another network is not hindered (LG-14, PW-05)', async () => {
  await createPerson(server, 'gina');
  expect(await statuses(100, (index) => attempt(`victim${index}`, 'Summer2026', 6))).toEqual({
    401: 30,
    429: 70,
  });
  expect((await attempt('gina', PASSWORD, 6)).status).toBe(429);
  expect((await attempt('gina', PASSWORD, 7)).status).toBe(303);
});

test('right passwords never count, however many come from one network', async () => {
  await createPerson(server, 'hugo');
  expect(await statuses(45, () => attempt('hugo', PASSWORD, 8))).toEqual({ 303: 45 });
});

test('a wrong current password on the page that changes it counts too', async () => {
  await createPerson(server, 'ines');
  const browser = await signInFromHere(server, 'ines');
  const wrong = { current_password: 'wrong', new_password: 'something new entirely' };
  for (let tries = 0; tries < 8; tries++) {
    expect((await browser.submit(await browser.open('/account/password'), wrong, '/password')).status).toBe(
      422,
    );
  }
  const right = { ...wrong, current_password: PASSWORD };
  const page = await browser.submit(await browser.open('/account/password'), right, '/password');
  expect([page.status, Number(page.headers.get('retry-after')) > 0]).toEqual([429, true]);
  const other = newBrowser(server.url);
  expect(
    (await other.submit(await other.open('/login'), { username: 'ines', password: PASSWORD })).status,
  ).toBe(429);
});

test('what was typed as a username cannot be read in the table of the throttle', async () => {
  await attempt('my-password-by-mistake', 'x', 9);
  const rows = await server.database.knex('throttles').select('key');
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain('mistake');
});
