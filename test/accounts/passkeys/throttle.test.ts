/** Passkeys that are refused count with the failures of the sign-in page, by network and never by account. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventsOf } from '../../audit/events-of.js';
import type { SoftwarePasskey } from '../../support/authenticator.js';
import { newBrowser } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { BEHIND_PROXY, network } from '../../support/networks.js';
import { addPasskey, askToSign, signInWithPasskey } from '../../support/passkeys.js';
import { createPerson, PASSWORD, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const LIMIT = 5;
let server: TestServer;
let passkey: SoftwarePasskey;

beforeAll(async () => {
  server = await startTestServer({ ...BEHIND_PROXY, LOGIN_FAILURES_PER_NETWORK: String(LIMIT) });
  await createPerson(server, 'ada');
  passkey = await addPasskey(server, await signIn(server, 'ada'));
});
afterAll(async () => server?.stop());
afterEach(backToPresent);

/** A browser whose requests come from the number-th network. */
function browserAt(number: number) {
  const headers = network(number);
  return newBrowser(server.url, (url, init) =>
    fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers } }),
  );
}

test('right passkeys are not counted', async () => {
  for (let time = 0; time <= LIMIT; time++)
    expect((await signInWithPasskey(server, browserAt(1), passkey)).status).toBe(200);
});

test('refused ones are, until the network has to wait; its owner signs in from elsewhere all the while', async () => {
  const lie = { origin: 'https://evil.test' };
  for (let time = 0; time < LIMIT; time++)
    expect((await signInWithPasskey(server, browserAt(2), passkey, lie)).status).toBe(401);

  const events = await eventsOf(server, async () => {
    for (const claims of [lie, {}]) {
      const page = await signInWithPasskey(server, browserAt(2), passkey, claims);
      expect([page.status, Number(page.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
    }
  });
  expect(events.map(({ event }) => event)).toEqual(['login.throttled']);
  const page = await browserAt(2).open('/login');
  expect(page.status).toBe(200);
  expect((await signInWithPasskey(server, browserAt(3), passkey)).status).toBe(200);
  const browser = browserAt(3);
  const byPassword = await browser.submit(await browser.open('/login'), {
    username: 'ada',
    password: PASSWORD,
  });
  expect(byPassword.status).toBe(200);

  travel(900);
  expect((await signInWithPasskey(server, browserAt(2), passkey)).status).toBe(200);
});

test('asking what to sign is no attempt', async () => {
  const browser = browserAt(4);
  const page = await browser.open('/login');
  for (let time = 0; time <= 2 * LIMIT; time++) await askToSign(browser, page);
  expect((await signInWithPasskey(server, browser, passkey)).status).toBe(200);
});
