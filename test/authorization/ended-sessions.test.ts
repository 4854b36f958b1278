/** A session that was ended stays ended, whatever was under way at that moment. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser } from '../support/browser.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer({ LOGIN_FAILURES_PER_NETWORK: '1000' });
  await createPerson(server, 'alice');
  app = await createApp(server, { skipConsent: true });
});
afterAll(() => server.stop());

const cookiesOf = (browser: Browser) => browser.jar.getCookieString(server.url);
const isSignedIn = async (cookie: string) => {
  const response = await fetch(`${server.url}/account`, { headers: { cookie }, redirect: 'manual' });
  return response.status === 200;
};

// Guards against the session's upsert: requests in flight wrote back the row that signing out had deleted.
test('requests in flight do not bring back the session that signing out has ended', async () => {
  for (let round = 0; round < 10; round++) {
    const browser = await signIn(server, 'alice');
    const cookie = await cookiesOf(browser);
    const page = await browser.open('/account');
    const inFlight = Array.from({ length: 5 }, (_, i) =>
      browser.request(i % 2 ? '/o/logout' : authorizeUrl(app), { headers: { cookie } }),
    );
    await Promise.all([browser.submit(page, {}, '/logout'), ...inFlight]);
    expect(await isSignedIn(cookie)).toBe(false);
    for (const { headers } of await Promise.all(inFlight)) {
      const given = headers.getSetCookie().find((line) => line.startsWith('latchkey_session='));
      if (given) expect(await isSignedIn(given.split(';')[0] ?? '')).toBe(false);
    }
  }
});

test('a thief who keeps asking loses the session when the password is changed', async () => {
  const thief = await cookiesOf(await signIn(server, 'alice'));
  const owner = await signIn(server, 'alice');
  const form = await owner.open('/account/password');
  const asking = Array.from({ length: 10 }, () =>
    fetch(`${server.url}/o/logout`, { headers: { cookie: thief }, redirect: 'manual' }),
  );
  const changed = await owner.submit(form, { current_password: PASSWORD, new_password: `${PASSWORD} 2` });
  expect(changed.status).toBe(200);
  await Promise.all(asking);
  await fetch(`${server.url}/o/logout`, { headers: { cookie: thief }, redirect: 'manual' });
  expect(await isSignedIn(thief)).toBe(false);
});

// Guards against a password that was checked before it was changed, and is redeemed a day later.
test('a sign-in that is half done ends with the sessions of the account', async () => {
  await createPerson(server, 'carol');
  const thief = newBrowser(server.url);
  const login = await thief.open(authorizeUrl(app));
  const form = new URLSearchParams({ username: 'carol', password: PASSWORD });
  form.set('csrf_token', login.html.querySelector('input[name=csrf_token]')?.getAttribute('value') ?? '');
  const action = login.html.querySelector('form[action$="/login"]')?.getAttribute('action') ?? '';
  const halfDone = await thief.request(action, { method: 'POST', body: form });
  expect(halfDone.status).toBe(303);

  const owner = await signIn(server, 'carol');
  const page = await owner.open('/account/password');
  await owner.submit(page, { current_password: PASSWORD, new_password: `${PASSWORD} 2` });
  await thief.open(halfDone.location ?? '');
  expect(await isSignedIn(await cookiesOf(thief))).toBe(false);
});

// Guards against the second of two changes being made with a password that is no longer the current one.
test('of two changes of the password at once, one is made', async () => {
  await createPerson(server, 'dora');
  const browsers = await Promise.all([signIn(server, 'dora'), signIn(server, 'dora')]);
  const forms = await Promise.all(browsers.map((browser) => browser.open('/account/password')));
  const answers = await Promise.all(
    browsers.map((browser, i) => {
      const fields = { current_password: PASSWORD, new_password: `${PASSWORD} number ${i}` };
      return browser.submit(forms[i] as (typeof forms)[number], fields);
    }),
  );
  expect(answers.filter(({ url }) => url.includes('saved=password'))).toHaveLength(1);
});

// Guards against two requests that insert a session under the same uid, which was a 500.
test('a sign-in form sent twice at once signs in', async () => {
  await createPerson(server, 'bob');
  for (let round = 0; round < 10; round++) {
    const browser = round % 2 ? await signIn(server, 'bob') : newBrowser(server.url);
    const page = await browser.open('/login');
    const answers = await Promise.all(
      [1, 2].map(() => browser.submit(page, { username: 'bob', password: PASSWORD })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await isSignedIn(await cookiesOf(browser))).toBe(true);
  }
});

describe('a form of a browser without a session', () => {
  // Guards against the engine's failure on a device form whose session has expired, which was a 500.
  test('is refused on the device page', async () => {
    const response = await fetch(`${server.url}/o/device`, {
      method: 'POST',
      body: new URLSearchParams({ user_code: 'AAAA-AAAA' }),
      headers: { accept: 'text/html' },
    });
    expect(response.status).toBe(403);
  });

  // Guards against the same failure when a device's sign-in is resumed.
  test('and so is a device sign-in that was never begun: it starts at its page', async () => {
    const response = await fetch(`${server.url}/o/device/unknown`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/o/device']);
  });

  // Guards against zlib's errors, which were a 500 with a stack trace in the log.
  test('and a body that only claims to be compressed is a bad request', async () => {
    for (const encoding of ['gzip', 'deflate', 'br']) {
      const response = await fetch(`${server.url}/login`, {
        method: 'POST',
        body: 'username=x',
        headers: { 'content-encoding': encoding, 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(response.status).toBe(400);
    }
  });
});
