/** /login/confirm: somebody who is signed in proves it once more, and only then counts as having signed in just now. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Browser, newBrowser } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { signInAt } from '../../support/oauth.js';
import { claimsOfIdToken } from '../../support/openid.js';
import { createApp, createPerson, PASSWORD, signIn, type TestApplication } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, { skipConsent: true });
  for (const name of ['alice', 'bob', 'carol', 'dave']) await createPerson(server, name);
});
afterEach(backToPresent);
afterAll(() => server.stop());

const CONFIRM = '/login/confirm?next=/account/edit';

async function authTimeOf(browser: Browser): Promise<number> {
  const { id_token: idToken } = await signInAt(server, browser, app, { scope: 'openid' });
  return Number(claimsOfIdToken(idToken).auth_time);
}

test('the right password makes the sign-in a recent one, under a new session id, and leads on (LG-04)', async () => {
  const browser = await signIn(server, 'alice');
  const before = { time: await authTimeOf(browser), cookies: await browser.jar.getCookieString(server.url) };
  travel(3600);
  const page = await browser.submit(await browser.open(CONFIRM), { password: PASSWORD }, '/login/confirm');
  expect(page.url).toBe(`${server.url}/account/edit`);
  expect(await authTimeOf(browser)).toBeGreaterThanOrEqual(before.time + 3600);
  const old = await newBrowser(server.url).request('/account', { headers: { cookie: before.cookies } });
  expect(old.location).toContain('/login');
  const event = await server.database.knex('audit_events').where({ event: 'login.confirmed' }).first();
  expect(event).toMatchObject({ details: {}, request_id: expect.any(String) });
});

test('a wrong one changes nothing, and is counted with those of the sign-in page', async () => {
  const browser = await signIn(server, 'bob');
  const time = await authTimeOf(browser);
  travel(60);
  for (let tries = 0; tries < 8; tries++) {
    const page = await browser.submit(await browser.open(CONFIRM), { password: 'wrong' }, '/login/confirm');
    expect([page.status, page.html.querySelector('[role=alert]')?.text]).toEqual([
      401,
      'This is not your password.',
    ]);
  }
  const page = await browser.submit(await browser.open(CONFIRM), { password: PASSWORD }, '/login/confirm');
  expect([page.status, page.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)]);
  expect(await authTimeOf(browser)).toBe(time);
  // Not this one, which is known to be his.
  const strange = newBrowser(server.url);
  const form = await strange.open('/login');
  expect((await strange.submit(form, { username: 'bob', password: PASSWORD }, '/login')).status).toBe(429);
});

test('somebody else’s username in the form changes nothing: it is the password of the one signed in', async () => {
  await createPerson(server, 'mallory', { password: 'the password of mallory' });
  const browser = await signIn(server, 'carol');
  const fields = { username: 'mallory', password: 'the password of mallory' };
  expect((await browser.submit(await browser.open(CONFIRM), fields, '/login/confirm')).status).toBe(401);
});

test('it leads to no other site (LG-05)', async () => {
  const browser = await signIn(server, 'dave');
  const form = await browser.open('/login/confirm?next=//evil.test');
  const fields = { password: PASSWORD, next: 'https://evil.test/' };
  expect((await browser.submit(form, fields, '/login/confirm')).url).toBe(`${server.url}/`);
});

test('nobody is asked who is not signed in', async () => {
  const browser = newBrowser(server.url);
  expect((await browser.open(CONFIRM)).url).toContain('/login?next=%2Flogin%2Fconfirm');
});
