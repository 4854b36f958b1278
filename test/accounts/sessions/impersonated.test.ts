/** A superuser who acts as somebody stands in that person's list of sessions, without saying from where, and can be ended. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { profile, signInAt } from '../../support/oauth.js';
import { createApp, createPerson, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let aliceId: number;

beforeAll(async () => {
  server = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1,::1' });
  await createPerson(server, 'root', { isSuperuser: true });
  aliceId = (await createPerson(server, 'alice')).id;
});
afterAll(() => server.stop());

const OPERATOR_ADDRESS = '198.51.100.66';

/** A superuser's browser that acts as alice. */
async function actAsAlice(): Promise<Browser> {
  const browser = newBrowser(server.url, (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set('x-forwarded-for', OPERATOR_ADDRESS);
    return fetch(url, { ...init, headers });
  });
  const root = await signIn(server, 'root');
  for (const cookie of await root.jar.getCookies(server.url)) await browser.jar.setCookie(cookie, server.url);
  const form = await browser.open(`/admin/users/${aliceId}/impersonate`);
  const acting = await browser.submit(form, { reason: 'Ticket 4711' }, '/impersonate');
  expect(acting.text).toContain('You are acting as');
  await browser.open('/account');
  return browser;
}

const rowOfOperator = (page: Page) =>
  page.html.querySelectorAll('tbody tr').find(({ text }) => text.includes('The people who run this server'));

test('she sees it, ends it, and reads afterwards why it was', async () => {
  const app = await createApp(server, { skipConsent: true });
  const operator = await actAsAlice();
  const tokens = await signInAt(server, operator, app);
  const alice = await signIn(server, 'alice');
  const list = await alice.open('/account/sessions');
  const row = rowOfOperator(list);
  expect(row?.text).toContain('not known');
  const uid = row?.querySelector('[name=uid]')?.getAttribute('value') ?? '';
  const after = await alice.submit(list, { uid }, '/end');
  expect(rowOfOperator(after)).toBeUndefined();
  expect((await operator.open('/account')).url).toContain('/login');
  expect((await profile(server, tokens.access_token)).status).toBe(401);

  const activity = await alice.open('/account/activity');
  expect(activity.text).toContain(
    'Somebody who runs this server began to act as you, for this reason: Ticket 4711',
  );
  const file = await alice.submit(await alice.open('/account/data'), {}, '/account/data/export');
  for (const page of [list, activity, file]) expect(page.text).not.toContain(OPERATOR_ADDRESS);
});

test('it ends as well when the superuser ends the session it was begun from', async () => {
  const operator = await actAsAlice();
  const root = await signIn(server, 'root');
  const others = await root.open('/account/sessions');
  for (const input of others.html.querySelectorAll('[name=uid]'))
    await root.submit(others, { uid: input.getAttribute('value') ?? '' }, '/end');
  expect((await operator.open('/account')).url).toContain('/login');
});
