/** LG-20, R-41: a flood of logins waits for its turn or is sent away, and does not stop the rest. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { BEHIND_PROXY, network } from '../support/networks.js';
import { profile, signInAt, token } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

// More than have a place in the queue (64), and fewer than the server takes on at all (http/load-limit.ts).
const MANY = 110;

let server: TestServer;
let accessToken: string;

beforeAll(async () => {
  server = await startTestServer({ ...BEHIND_PROXY, PASSWORD_HASH_CONCURRENCY: '2', LOG_LEVEL: 'info' });
  await createPerson(server, 'alice');
  const app = await createApp(server);
  ({ access_token: accessToken } = await signInAt(server, await signIn(server, 'alice'), app, {
    scope: 'read',
  }));
});

afterAll(() => server.stop());

/** One form, sent many times: the flood is made of nothing but passwords to check. */
async function prepareLogin() {
  const browser = newBrowser(server.url);
  const form = await browser.open('/login');
  const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const cookie = await browser.jar.getCookieString(server.url);
  return (net = 0) => {
    const headers = { cookie, ...network(net) };
    const body = new URLSearchParams({ csrf_token: csrf, username: 'alice', password: PASSWORD });
    return fetch(`${server.url}/login`, { method: 'POST', body, headers, redirect: 'manual' });
  };
}

/** Asks until told to stop. @returns how long the slowest answer took, in milliseconds, and every status seen */
async function probe(isOver: () => boolean, ask: () => Promise<number>) {
  const seen = { slowest: 0, statuses: new Set<number>(), count: 0 };
  while (!isOver()) {
    const begun = performance.now();
    seen.statuses.add(await ask());
    seen.count++;
    seen.slowest = Math.max(seen.slowest, performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return seen;
}

test('of a hundred logins at once some are served, the surplus is told to come back, and the rest of the server answers', async () => {
  const logIn = await prepareLogin();
  let isOver = false;
  const probes = [
    probe(
      () => isOver,
      async () => (await fetch(`${server.url}/healthz`)).status,
    ),
    probe(
      () => isOver,
      async () => (await profile(server, accessToken)).status,
    ),
  ];
  const answers = await Promise.all(Array.from({ length: MANY }, () => logIn()));
  isOver = true;

  const served = answers.filter((answer) => answer.status === 303);
  const surplus = answers.filter((answer) => answer.status === 503);
  expect(served.length + surplus.length).toBe(MANY);
  expect(served.length).toBeGreaterThanOrEqual(64);
  expect(surplus.length).toBeGreaterThan(0);
  for (const answer of surplus) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);

  // The bar of the product is 300 ms on a machine of its own; this one is shared with other tests.
  for (const seen of await Promise.all(probes)) {
    expect([...seen.statuses]).toEqual([200]);
    expect(seen.count).toBeGreaterThan(5);
    expect(seen.slowest).toBeLessThan(2_000);
  }
  expect((await logIn()).status).toBe(303);
});

test('a refusal for want of a place says so in words and with a request id', async () => {
  const logIn = await prepareLogin();
  const answers = await Promise.all(Array.from({ length: MANY }, () => logIn()));
  const page = await answers.find((answer) => answer.status === 503)!.text();
  expect(page).toContain('The server is busy at the moment.');
  expect(page).toContain('try again in a few seconds');
  expect(page).toMatch(/request id <code>[\w-]{16,}<\/code>/);
});

test('the password grant is sent away in the same way, as JSON', async () => {
  const app = await createApp(server, { grantTypes: ['password'] });
  const logIn = () => token(server, app, { grant_type: 'password', username: 'alice', password: PASSWORD });
  const answers = await Promise.all(Array.from({ length: MANY }, logIn));
  const surplus = answers.filter((answer) => answer.status !== 200);
  expect(surplus.length).toBeGreaterThan(0);
  for (const { status, headers, body } of surplus) {
    expect([status, body.error, Number(headers.get('retry-after')) > 0]).toEqual([
      503,
      'temporarily_unavailable',
      true,
    ]);
  }
});

// Right passwords are never throttled: without turns and places for everybody one network could keep all others out.
test('people of other networks are served while one network floods the queue', async () => {
  const logIn = await prepareLogin();
  let isOver = false;
  const flood = Array.from({ length: 100 }, async () => {
    const seen = new Set<number>();
    while (!isOver) seen.add((await logIn(1)).status);
    return seen;
  });
  const others: number[] = [];
  for (let net = 2; net < 10; net++) {
    const answers = await Promise.all([logIn(net), logIn(net + 100), logIn(net + 200)]);
    others.push(...answers.map(({ status }) => status));
  }
  isOver = true;
  const seen = new Set((await Promise.all(flood)).flatMap((statuses) => [...statuses]));
  expect(others).toEqual(Array(24).fill(303));
  expect([...seen].sort()).toEqual([303, 503]);
});
