/** LG-26: who has found a browser signed in cannot take the account over. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser } from '../support/browser.js';
import { createPerson, PASSWORD, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let secondNode: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  secondNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
});

afterAll(async () => {
  await secondNode.stop();
  await server.stop();
});

const NEW = 'an entirely different sentence';

async function change(browser: Browser, current: string, next: string) {
  const form = await browser.open('/account/password');
  return browser.submit(form, { current_password: current, new_password: next }, '/password');
}

const isSignedIn = async (browser: Browser) =>
  (await browser.open(`${server.url}/account`)).url.endsWith('/account');

async function signInStatus(username: string, password: string): Promise<number> {
  const browser = newBrowser(server.url);
  return (await browser.submit(await browser.open('/login'), { username, password })).status;
}

describe('the current password is asked for', () => {
  test.each([
    ['a wrong one', 'wrong', 'This is not your current password.'],
    ['none', '', 'This is not your current password.'],
    ['one that differs in a space', `${PASSWORD} `, 'This is not your current password.'],
  ])('%s changes nothing', async (_, current, sentence) => {
    const username = `asked${current.length}`;
    await createPerson(server, username);
    const browser = await signIn(server, username);
    const page = await change(browser, current, NEW);
    expect([page.status, page.html.querySelector('#current_password-error')?.text]).toEqual([422, sentence]);
    expect(page.text).not.toContain(NEW);
    expect(await signInStatus(username, NEW)).toBe(401);
    expect(await signInStatus(username, PASSWORD)).toBe(200);
  });

  test('a wrong one is told in the audit trail, where an operator sees somebody guess', async () => {
    const { id } = await createPerson(server, 'guessed');
    const browser = await signIn(server, 'guessed');
    for (let tries = 0; tries < 9; tries++) await change(browser, 'wrong', NEW);
    const events = await server.database
      .knex('audit_events')
      .where({ account_id: id })
      .whereIn('event', ['login.failed', 'login.throttled'])
      .orderBy('id');
    expect(events).toHaveLength(9);
    expect(events[0]).toMatchObject({
      event: 'login.failed',
      details: { reason: 'current_password' },
      request_id: expect.stringMatching(/^[\w-]{16,}$/),
    });
    expect(events[8]).toMatchObject({ event: 'login.throttled', details: { by: 'account' } });
  });

  test('the same password again is no change', async () => {
    await createPerson(server, 'same');
    const page = await change(await signIn(server, 'same'), PASSWORD, PASSWORD);
    expect(page.html.querySelector('#new_password-error')?.text).toBe('This is the password you have now.');
  });
});

test('afterwards the new one is right and the old one wrong, and only this browser is still signed in', async () => {
  const alice = await createPerson(server, 'alice');
  await createPerson(server, 'bystander');
  const [mine, other, elsewhere] = [
    await signIn(server, 'alice'),
    await signIn(server, 'alice'),
    await signIn(secondNode, 'alice'),
  ];
  const bystander = await signIn(server, 'bystander');
  const page = await change(mine, PASSWORD, NEW);
  expect([page.url, page.html.querySelector('[role=status]')?.text]).toEqual([
    `${server.url}/account/security?saved=password`,
    'Your password was changed, and your other browsers were signed out. Applications keep what you allowed them until you take it back: Authorized apps',
  ]);
  expect(await isSignedIn(mine)).toBe(true);
  expect(await isSignedIn(other)).toBe(false);
  expect((await elsewhere.open('/account')).url).toContain('/login');
  expect(await isSignedIn(bystander)).toBe(true);
  expect([await signInStatus('alice', PASSWORD), await signInStatus('alice', NEW)]).toEqual([401, 200]);

  const [event] = await server.database.knex('audit_events').where({ event: 'password.changed' });
  expect(event).toMatchObject({
    account_id: alice.id,
    network: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
    details: {},
  });
  expect(server.logged()).not.toContain(NEW);

  const link = page.html.querySelector('[role=status] a')?.getAttribute('href');
  expect([link, (await mine.open(link!)).status]).toEqual(['/o/authorized_tokens', 200]);
});

test('it cannot be changed by somebody who is not signed in', async () => {
  const browser = newBrowser(server.url);
  expect((await browser.open('/account/password')).url).toContain('/login?next=%2Faccount%2Fpassword');
  const csrf = (await browser.open('/login')).html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const body = new URLSearchParams({
    csrf_token: csrf,
    username: 'alice',
    current_password: NEW,
    new_password: PASSWORD,
  });
  expect((await browser.request('/account/password', { method: 'POST', body })).status).toBe(401);
  expect(await signInStatus('alice', NEW)).toBe(200);
});

test("a username added to the form does not change somebody else's password", async () => {
  await createPerson(server, 'mallory');
  const browser = await signIn(server, 'mallory');
  const form = await browser.open('/account/password');
  const fields = {
    username: 'alice',
    id: '1',
    account_id: '1',
    current_password: PASSWORD,
    new_password: 'taken over by mallory',
  };
  expect((await browser.submit(form, fields, '/password')).status).toBe(200);
  expect(await signInStatus('alice', NEW)).toBe(200);
  expect(await signInStatus('mallory', 'taken over by mallory')).toBe(200);
});
