/** Between the password and the second step nobody is signed in, whatever is tried (MF-02, MF-03). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createPasswords } from '../../../src/accounts/passwords.js';
import { setAccountEnabled } from '../../../src/accounts/set-account-enabled.js';
import { setPassword } from '../../../src/accounts/set-password.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, freezeAt, travel } from '../../support/clock.js';
import { codeOf, enterPassword, sendCode, setUpApp, wrongCodeOf } from '../../support/factors.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  type TestApplication,
} from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let app: TestApplication;
let seed: string;

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server);
  await createPerson(server, 'alice');
  await createPerson(server, 'bob');
  ({ seed } = await setUpApp(server, 'alice'));
});
beforeEach(() => freezeAt(new Date(Math.ceil(Date.now() / 30_000 + 1) * 30_000 + 10_000)));
afterEach(backToPresent);
afterAll(() => server.stop());

const isSignedIn = async (browser: Browser) => (await browser.request('/account')).status === 200;
const sessionsOfAlice = async () =>
  (await server.database.knex('sessions').whereNotNull('account_id')).length;
const headingOf = (page: Page) => page.html.querySelector('h1')?.text;

describe('after the password alone (MF-03)', () => {
  test('there is no session, and no page of an account opens', async () => {
    const before = await sessionsOfAlice();
    const { browser, page } = await enterPassword(server, 'alice');
    expect(headingOf(page)).toBe('Second step');
    expect(await sessionsOfAlice()).toBe(before);
    for (const path of [
      '/account',
      '/account/security',
      '/account/security/app',
      '/login/confirm',
      '/applications',
    ])
      expect([path, (await browser.open(path)).url]).toEqual([path, expect.stringContaining('/login?next=')]);
    const authorize = await browser.open(authorizeUrl(app, { prompt: 'none', scope: 'openid', nonce: 'n' }));
    expect(authorize.location).toContain('error=login_required');
  });

  test('a sign-in at an application goes no further: not to its consent, nor back to it', async () => {
    const browser = newBrowser(server.url);
    const login = await browser.open(authorizeUrl(app));
    const step = await browser.submit(login, { username: 'alice', password: PASSWORD }, '/login');
    const uid = new URL(step.url).pathname.split('/')[2]!;
    expect([headingOf(step), new URL(step.url).pathname]).toEqual([
      'Second step',
      `/interaction/${uid}/second-step`,
    ]);
    const csrf = step.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
    const body = () => new URLSearchParams({ csrf_token: csrf, allow: 'yes', scope: 'read' });
    const consent = await browser.request(`/interaction/${uid}/consent`, { method: 'POST', body: body() });
    expect(consent.status).toBe(400);
    const resumed = await browser.open(`/o/authorize/${uid}`);
    expect(resumed.location ?? '').not.toContain('code=');
    expect(await server.database.knex('grants')).toEqual([]);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('the step of another browser cannot be taken: the form without its cookie begins again', async () => {
    const { page } = await enterPassword(server, 'alice');
    const other = newBrowser(server.url);
    const csrf = (await other.open('/login')).html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
    const answer = await sendCode(other, page, codeOf(seed), { csrf_token: csrf });
    expect([answer.url, await isSignedIn(other)]).toEqual([expect.stringContaining('/login?again=1'), false]);
  });

  test('the right code of another person is wrong here', async () => {
    await createPerson(server, 'mallory');
    const mallory = await setUpApp(server, 'mallory');
    travel(30);
    const { browser, page } = await enterPassword(server, 'alice');
    expect((await sendCode(browser, page, codeOf(mallory.seed))).status).toBe(401);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('an app cannot be set up in the place of the one there is', async () => {
    await createPerson(server, 'trudy');
    const trudy = await setUpApp(server, 'trudy');
    const { browser, page } = await enterPassword(server, 'alice');
    const fields = { way: 'setup', sealed: 'AAAA' };
    await sendCode(browser, page, codeOf(trudy.seed), fields);
    expect(await isSignedIn(browser)).toBe(false);
  });
});

describe('it ends', () => {
  test('after ten minutes', async () => {
    const { browser, page } = await enterPassword(server, 'alice');
    travel(601);
    const answer = await sendCode(browser, page, codeOf(seed));
    expect([answer.url, await isSignedIn(browser)]).toEqual([
      expect.stringContaining('/login?again=1'),
      false,
    ]);
    expect(answer.html.querySelector('[role=alert]')?.text).toContain('Please sign in again');
  });

  test('by being taken: the same form sent twice signs in once', async () => {
    const { browser, page } = await enterPassword(server, 'alice');
    const pending = (await browser.jar.getCookies(`${server.url}/login/second-step`)).find(
      ({ key }) => key === 'latchkey_second_step',
    )!;
    await sendCode(browser, page, codeOf(seed));
    expect(await isSignedIn(browser)).toBe(true);
    const replay = newBrowser(server.url);
    const csrf = (await replay.open('/login')).html
      .querySelector('[name=csrf_token]')!
      .getAttribute('value')!;
    await replay.jar.setCookie(pending.toString(), `${server.url}/login/second-step`);
    await sendCode(replay, page, codeOf(seed, 30), { csrf_token: csrf });
    expect(await isSignedIn(replay)).toBe(false);
  });

  test('with the password it began with, and with the account', async () => {
    const { id } = await createPerson(server, 'frank');
    const frank = await setUpApp(server, 'frank');
    const { database } = server;
    const passwords = createPasswords({ minLength: 8, hashConcurrency: 1 });
    const endings = [
      () => setPassword(database, passwords, 'frank', PASSWORD),
      () => setAccountEnabled(database, id, false),
    ];
    for (const end of endings) {
      travel(60);
      const { browser, page } = await enterPassword(server, 'frank');
      expect(headingOf(page)).toBe('Second step');
      await end();
      await sendCode(browser, page, codeOf(frank.seed));
      expect(await isSignedIn(browser)).toBe(false);
    }
  });
});

describe('wrong codes are limited (MF-02)', () => {
  test('after five it is back to the password, and the right code comes too late', async () => {
    await createPerson(server, 'grace');
    const grace = await setUpApp(server, 'grace');
    travel(30);
    const { browser, page } = await enterPassword(server, 'grace');
    for (let tries = 1; tries <= 5; tries++) {
      const answer = await sendCode(browser, page, wrongCodeOf(grace.seed));
      expect([tries, new URL(answer.url).pathname]).toEqual([
        tries,
        tries < 5 ? '/login/second-step' : '/login',
      ]);
    }
    await sendCode(browser, page, codeOf(grace.seed));
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('and counted against the account, however many sign-ins are begun, until the owner may try again', async () => {
    await createPerson(server, 'heidi');
    const heidi = await setUpApp(server, 'heidi');
    travel(30);
    const statuses: number[] = [];
    for (let round = 0; round < 3; round++) {
      const { browser, page } = await enterPassword(server, 'heidi');
      for (let tries = 0; tries < 4; tries++)
        statuses.push((await sendCode(browser, page, wrongCodeOf(heidi.seed))).status);
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    const { browser, page } = await enterPassword(server, 'heidi');
    const refused = await sendCode(browser, page, codeOf(heidi.seed));
    expect([refused.status, refused.headers.get('retry-after'), await isSignedIn(browser)]).toEqual([
      429,
      expect.stringMatching(/^\d+$/),
      false,
    ]);
    const events = await server.database.knex('audit_events').where({ event: 'login.throttled' });
    expect(events).toHaveLength(1);

    travel(901);
    const later = await enterPassword(server, 'heidi');
    await sendCode(later.browser, later.page, codeOf(heidi.seed));
    expect(await isSignedIn(later.browser)).toBe(true);
  });
});

test('two tabs that sign in at two applications do not disturb each other', async () => {
  await createPerson(server, 'ivan');
  const ivan = await setUpApp(server, 'ivan');
  const browser = newBrowser(server.url);
  const steps: Page[] = [];
  for (const state of ['one', 'two']) {
    const login = await browser.open(authorizeUrl(app, { state }));
    steps.push(await browser.submit(login, { username: 'ivan', password: PASSWORD }, '/login'));
  }
  for (const step of steps) {
    travel(30);
    const page = await sendCode(browser, step, codeOf(ivan.seed));
    expect(headingOf(page)).toContain('asks for access');
  }
});

test('its form is protected like every other, and its page is kept nowhere', async () => {
  const { browser, page } = await enterPassword(server, 'alice');
  expect(page.headers.get('cache-control')).toBe('no-store');
  const answer = await sendCode(browser, page, codeOf(seed), { csrf_token: 'A'.repeat(43) });
  expect([answer.status, await isSignedIn(browser)]).toEqual([403, false]);
});
