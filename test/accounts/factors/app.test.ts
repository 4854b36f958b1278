/** An authenticator app: set up by a right code only, asked for at sign-in, and each code worth one sign-in. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser } from '../../support/browser.js';
import { backToPresent, freezeAt, travel } from '../../support/clock.js';
import { codeOf, enterPassword, seedOn, sendCode, setUpApp, wrongCodeOf } from '../../support/factors.js';
import { createPerson, PASSWORD, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let secondNode: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  secondNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
});
// In the middle of a step, so that no test straddles two of them.
beforeEach(() => freezeAt(new Date(Math.floor(Date.now() / 30_000) * 30_000 + 10_000)));
afterEach(backToPresent);
afterAll(async () => {
  await secondNode.stop();
  await server.stop();
});

const isSignedIn = async (browser: Browser) =>
  (await browser.request('/account', { headers: { accept: 'text/html' } })).status === 200;

const hasApp = async (username: string): Promise<boolean> => {
  const rows = await server.database
    .knex('totp_seeds')
    .join('accounts', 'accounts.id', 'totp_seeds.account_id')
    .where({ username });
  return rows.length > 0;
};

describe('setting it up', () => {
  test('needs a code that the app shows now; a wrong one keeps the key that was scanned', async () => {
    await createPerson(server, 'ada');
    const browser = await signIn(server, 'ada');
    const form = await browser.open('/account/security/app');
    const seed = seedOn(form);
    const refused = await browser.submit(form, { code: wrongCodeOf(seed) }, '/app');
    expect([refused.status, seedOn(refused), await hasApp('ada')]).toEqual([422, seed, false]);
    // As people copy it, and as an East Asian keyboard types it.
    const typed = codeOf(seed)
      .replace(/^(...)/, '$1 ')
      .replaceAll('1', '１');
    const done = await browser.submit(refused, { code: ` ${typed} ` }, '/app');
    expect([done.status, done.html.querySelector('h1')?.text]).toEqual([200, 'Your recovery codes']);
    expect(await hasApp('ada')).toBe(true);
    expect(await isSignedIn(browser)).toBe(true);
  });

  test('the picture holds what the text says, and is our own', async () => {
    await createPerson(server, 'betty');
    const page = await (await signIn(server, 'betty')).open('/account/security/app');
    expect(page.html.querySelector('img.qr-code')?.getAttribute('src')).toMatch(
      /^data:image\/svg\+xml;base64,/,
    );
    const link = page.html.querySelector('a[href^="otpauth:"]')?.getAttribute('href') ?? '';
    const host = new URL(server.url).host;
    expect(decodeURIComponent(link)).toContain(
      `otpauth://totp/${host}:betty?issuer=${host}&secret=${seedOn(page)}`,
    );
  });

  test('the key offered to one person does not work for another, nor half an hour later', async () => {
    await createPerson(server, 'carol');
    await createPerson(server, 'mallory');
    const mallory = await signIn(server, 'mallory');
    const carol = await signIn(server, 'carol');
    const offered = await mallory.open('/account/security/app');
    const sealed = offered.html.querySelector('[name=sealed]')!.getAttribute('value')!;
    const fields = { sealed, code: codeOf(seedOn(offered)) };
    await carol.submit(await carol.open('/account/security/app'), fields, '/app');
    expect(await hasApp('carol')).toBe(false);

    const own = await carol.open('/account/security/app');
    travel(1801);
    await carol.submit(own, { code: codeOf(seedOn(own)) }, '/app');
    expect(await hasApp('carol')).toBe(false);
  });

  test('a second one is not set up beside the first', async () => {
    await createPerson(server, 'dora');
    const first = await setUpApp(server, 'dora');
    const form = await first.browser.open('/account/security/app');
    const page = await first.browser.submit(form, { code: codeOf(seedOn(form)) }, '/app');
    expect([page.status, page.html.querySelector('#code-error')?.text]).toEqual([
      422,
      'You have an authenticator app already. Remove it before you set up another.',
    ]);
    travel(30);
    const { browser, page: step } = await enterPassword(server, 'dora');
    await sendCode(browser, step, codeOf(first.seed));
    expect(await isSignedIn(browser)).toBe(true);
  });
});

test('after the password the code is asked for, and then one is signed in under a new session', async () => {
  await createPerson(server, 'alice');
  const { seed } = await setUpApp(server, 'alice');
  travel(30);
  const browser = newBrowser(server.url);
  const login = await browser.open('/login?next=/account/edit');
  const step = await browser.submit(login, { username: 'alice', password: PASSWORD }, '/login');
  expect([step.url, await isSignedIn(browser)]).toEqual([
    `${server.url}/login/second-step?next=%2Faccount%2Fedit`,
    false,
  ]);
  const field = step.html.querySelector('input[name=code]');
  expect([field?.getAttribute('autocomplete'), field?.getAttribute('inputmode')]).toEqual([
    'one-time-code',
    'numeric',
  ]);
  expect((await sendCode(browser, step, codeOf(seed))).url).toBe(`${server.url}/account/edit`);
  const events = await server.database
    .knex('audit_events')
    .whereIn('event', ['login.second_step', 'login.succeeded'])
    .orderBy('id', 'desc')
    .limit(2);
  expect(events.map(({ event }) => event)).toEqual(['login.succeeded', 'login.second_step']);
  expect(events[0].details).toEqual({ methods: ['pwd', 'otp', 'mfa'] });
});

test('the codes just before and after count as well, since clocks differ, and no others', async () => {
  await createPerson(server, 'eve');
  const { seed } = await setUpApp(server, 'eve');
  for (const [later, isRight] of [
    [-60, false],
    [60, false],
    [-30, true],
    [30, true],
  ] as const) {
    travel(300);
    const { browser, page } = await enterPassword(server, 'eve');
    await sendCode(browser, page, codeOf(seed, later));
    expect([later, await isSignedIn(browser)]).toEqual([later, isRight]);
  }
});

describe('a code works once (MF-01)', () => {
  test('the one that set the app up is spent by it', async () => {
    await createPerson(server, 'fay');
    const { seed } = await setUpApp(server, 'fay');
    const { browser, page } = await enterPassword(server, 'fay');
    const refused = await sendCode(browser, page, codeOf(seed));
    expect([refused.status, await isSignedIn(browser)]).toEqual([401, false]);
    expect(refused.html.querySelector('[role=alert]')?.text).toMatch(/has been used before/);
  });

  test('the second time it is refused, on every node', async () => {
    await createPerson(server, 'grace');
    const { seed } = await setUpApp(server, 'grace');
    travel(30);
    const code = codeOf(seed);
    const first = await enterPassword(server, 'grace');
    await sendCode(first.browser, first.page, code);
    expect(await isSignedIn(first.browser)).toBe(true);
    for (const node of [server, secondNode]) {
      const again = await enterPassword(node, 'grace');
      await sendCode(again.browser, again.page, code);
      expect(await isSignedIn(again.browser)).toBe(false);
    }
  });

  test('of eight browsers that send it at the same moment to two nodes, one is signed in', async () => {
    await createPerson(server, 'heidi');
    const { seed } = await setUpApp(server, 'heidi');
    travel(30);
    const steps = await Promise.all(
      Array.from({ length: 8 }, (_, index) => enterPassword(index % 2 ? server : secondNode, 'heidi')),
    );
    const code = codeOf(seed);
    await Promise.all(steps.map(({ browser, page }) => sendCode(browser, page, code)));
    const signedIn = await Promise.all(steps.map(({ browser }) => isSignedIn(browser)));
    expect(signedIn.filter(Boolean)).toHaveLength(1);
  });
});

test('once it is set up its key is shown nowhere and stored encrypted (MF-10)', async () => {
  await createPerson(server, 'ivan');
  const { browser, seed } = await setUpApp(server, 'ivan');
  for (const path of [
    '/account',
    '/account/security',
    '/account/security/app',
    '/account/security/app/remove',
  ])
    expect([path, (await browser.open(path)).text.replace(/\s/g, '').includes(seed)]).toEqual([path, false]);
  const { rows } = await server.database.knex.raw('SELECT t::text AS row FROM totp_seeds t');
  const dump = JSON.stringify(rows);
  expect(dump).not.toContain(seed);
  expect(dump).not.toContain(Buffer.from(seed).toString('hex'));
  expect(server.logged()).not.toContain(seed);
});

test('a removed app is asked for no longer', async () => {
  await createPerson(server, 'judy');
  const { browser } = await setUpApp(server, 'judy');
  const page = await browser.submit(await browser.open('/account/security/app/remove'), {}, '/remove');
  expect(page.html.querySelector('[role=status]')?.text).toBe('The authenticator app was removed.');
  expect(
    await server.database
      .knex('recovery_codes')
      .where({ used_at: null })
      .join('accounts', 'accounts.id', 'account_id')
      .where({ username: 'judy' }),
  ).toEqual([]);
  const again = await enterPassword(server, 'judy');
  expect(await isSignedIn(again.browser)).toBe(true);
});
