/** A factor is changed only after a recent sign-in, and the person is told by mail (MF-06). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Fields } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { codeOf, enterPassword, sendCode, setUpApp, wrongCodeOf } from '../../support/factors.js';
import { readMails } from '../../support/mails.js';
import { createPerson, PASSWORD, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { snapshot } from '../../support/snapshot.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(backToPresent);
afterAll(() => server.stop());

const CHANGES = [
  ['/account/security/app', '/account/security/app'],
  ['/account/security/app/remove', '/account/security/app/remove'],
  ['/account/security/recovery-codes', '/account/security'],
];

async function csrfOf(browser: Browser): Promise<string> {
  return (await browser.open('/account')).html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
}

describe('with a sign-in of more than ten minutes ago', () => {
  test.each(CHANGES)('%s asks to confirm it first and changes nothing', async (path, page) => {
    const username = `old${CHANGES.findIndex(([each]) => each === path)}`;
    await createPerson(server, username);
    const { browser } = await setUpApp(server, username);
    const csrf = await csrfOf(browser);
    travel(601);
    const before = await snapshot(server);
    const body = new URLSearchParams({ csrf_token: csrf, code: '123456' });
    const answer = await browser.request(path!, { method: 'POST', body });
    const target = `${server.url}/login/confirm?next=${encodeURIComponent(page!)}`;
    expect([answer.status, answer.location]).toEqual([303, target]);
    expect(await snapshot(server)).toEqual(before);
  });

  test('a program is told so', async () => {
    await createPerson(server, 'program');
    const browser = await signIn(server, 'program');
    travel(601);
    const headers = { accept: 'application/json' };
    const answer = await browser.request('/account/security/app', { headers });
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([403, 'recent_sign_in_required']);
  });
});

test('without a factor the password confirms it, and leads back', async () => {
  await createPerson(server, 'alice');
  const browser = await signIn(server, 'alice');
  travel(601);
  const page = await browser.open('/account/security/app');
  const back = await browser.submit(page, { password: PASSWORD }, '/login/confirm');
  expect([back.url, back.html.querySelector('h1')?.text]).toEqual([
    `${server.url}/account/security/app`,
    'Set up an authenticator app',
  ]);
});

test('with a factor it is the factor that confirms it: the password alone does not take it away', async () => {
  await createPerson(server, 'bob');
  const { browser, seed, recoveryCodes } = await setUpApp(server, 'bob');
  travel(601);
  const page = await browser.open('/account/security/app/remove');
  expect(page.html.querySelector('input[name=password]')).toBeNull();
  const tries: Fields[] = [
    { password: PASSWORD },
    { password: PASSWORD, way: 'password' },
    { code: wrongCodeOf(seed) },
  ];
  for (const fields of tries) expect((await browser.submit(page, fields, '/login/confirm')).status).toBe(401);
  const back = await browser.submit(page, { code: codeOf(seed) }, '/login/confirm');
  expect(back.url).toBe(`${server.url}/account/security/app/remove`);

  travel(601);
  await browser.open('/account/security/app/remove');
  const other = await browser.open('/login/confirm?way=recovery_code&next=/account/security/app/remove');
  const again = await browser.submit(other, { code: recoveryCodes[0]! }, '/login/confirm');
  expect(again.url).toBe(`${server.url}/account/security/app/remove`);
});

// Guards against a password that was found out, in a browser that is remembered: such a sign-in was as good as any for ten
// minutes, and took the factor away.
test('a sign-in of a moment ago in a remembered browser is none until the factor is shown', async () => {
  await createPerson(server, 'ronja');
  const { browser, seed } = await setUpApp(server, 'ronja');
  await browser.submit(await browser.open('/'), {}, '/logout');
  travel(30);
  const { page } = await enterPassword(server, 'ronja', browser);
  await sendCode(browser, page, codeOf(seed), { remember: 'yes' });
  await browser.submit(await browser.open('/'), {}, '/logout');
  await enterPassword(server, 'ronja', browser);
  const csrf = await csrfOf(browser);
  const before = await snapshot(server);
  const body = new URLSearchParams({ csrf_token: csrf });
  const answer = await browser.request('/account/security/app/remove', { method: 'POST', body });
  expect([answer.status, answer.location]).toEqual([303, expect.stringContaining('/login/confirm?next=')]);
  expect(await snapshot(server)).toEqual(before);
  travel(30);
  const confirm = await browser.open('/account/security/app/remove');
  const back = await browser.submit(confirm, { code: codeOf(seed) }, '/login/confirm');
  expect(back.url).toBe(`${server.url}/account/security/app/remove`);
});

test('each change is told by mail, in the audit trail, and under a new session id', async () => {
  await createPerson(server, 'carol');
  const { browser } = await setUpApp(server, 'carol');
  await browser.submit(await browser.open('/account/security'), {}, '/recovery-codes');
  await browser.submit(await browser.open('/account/security/app/remove'), {}, '/remove');
  const mails = await readMails(server, 'carol@example.com');
  expect(mails.map(({ subject }) => subject)).toEqual([
    'The second step of signing in was removed',
    'New recovery codes were made',
    'Signing in now takes a second step',
    'New sign-in to your account',
  ]);
  const events = await server.database
    .knex('audit_events')
    .join('accounts', 'accounts.id', 'account_id')
    .where({ username: 'carol' })
    .whereIn('event', ['factor.added', 'factor.removed', 'recovery_codes.made'])
    .orderBy('audit_events.id');
  expect(events.map(({ event }) => event)).toEqual(['factor.added', 'recovery_codes.made', 'factor.removed']);
});
