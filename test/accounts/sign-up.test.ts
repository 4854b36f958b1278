import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findAccountByUsername } from '../../src/accounts/store.js';
import { newBrowser, type Page } from '../support/browser.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

const NOVA = {
  username: 'nova',
  email: 'nova@example.com',
  first_name: 'Nova',
  last_name: 'Star',
  password: PASSWORD,
};

async function signUp(fields: Record<string, string>, path = '/signup') {
  const browser = newBrowser(server.url);
  const page = await browser.submit(await browser.open(path), { ...NOVA, ...fields });
  return { browser, page };
}

const errorOf = (page: Page, field: string) => page.html.querySelector(`#${field}-error`)?.text;

test('somebody who signs up is signed in, and is taken where they were going', async () => {
  const { browser, page } = await signUp({}, '/signup?next=/account/edit');
  expect([page.status, page.url]).toEqual([200, `${server.url}/account/edit`]);
  expect(page.html.querySelector('#username')?.getAttribute('value')).toBe('nova');
  expect((await browser.open('/account')).text).toContain('Nova Star');
});

test('they can sign in with that password afterwards', async () => {
  await signUp({ username: 'again' });
  const browser = newBrowser(server.url);
  const page = await browser.submit(await browser.open('/login'), { username: 'Again', password: PASSWORD });
  expect(page.html.querySelector('h1')?.text).toContain('Hello, Nova');
});

describe('a form that is refused makes no account, keeps what was typed and says why beside the field', () => {
  test.each([
    ['no username', { username: ' ' }, 'username', 'Choose a username.'],
    ['a username with a space', { username: 'no va' }, 'username', 'letters, digits'],
    ['a username of 151 characters', { username: 'a'.repeat(151) }, 'username', 'at most 150'],
    ['no email address', { email: '' }, 'email', 'The email address is missing.'],
    ['an email address without a name', { email: '@example.com' }, 'email', 'not an email address'],
    ['two email addresses', { email: 'a@example.com,b@example.com' }, 'email', 'not an email address'],
    [
      'an email address with a line break',
      { email: 'a@example.com\r\nBcc: b@example.com' },
      'email',
      'line breaks',
    ],
    ['a first name of 151 characters', { first_name: 'a'.repeat(151) }, 'first_name', 'at most 150'],
    ['a last name with a control character', { last_name: 'St\u0007ar' }, 'last_name', 'control characters'],
    ['a NUL in the username', { username: 'nova\0' }, 'username', 'NUL'],
    ['no password', { password: '' }, 'password', 'Choose a password.'],
  ])('%s', async (_, fields: Record<string, string>, field, sentence) => {
    const before = await snapshot(server);
    const { page } = await signUp({ username: 'fresh', ...fields });
    expect(page.status).toBe(422);
    expect(errorOf(page, field)).toContain(sentence);
    const input = page.html.querySelector(`#${field}`);
    expect(input?.getAttribute('aria-invalid')).toBe('true');
    expect(input?.getAttribute('aria-describedby')).toContain(`${field}-error`);
    const untouched = page.html.querySelector(field === 'email' ? '#username' : '#email');
    expect(untouched?.getAttribute('value')).toBe(field === 'email' ? 'fresh' : NOVA.email);
    expect(page.html.querySelector('#password')?.hasAttribute('value')).toBe(false);
    expect(await snapshot(server)).toEqual(before);
  });

  test('several mistakes at once, each beside its field', async () => {
    const { page } = await signUp({ username: '', email: 'x', password: 'short' });
    const errors = ['username', 'email', 'password'].map((field) => errorOf(page, field));
    expect(errors).toEqual([
      'Choose a username.',
      'This is not an email address. It should look like name@example.com.',
      'This password is too short: it needs at least 8 characters.',
    ]);
  });
});

describe('a username belongs to one person', () => {
  beforeAll(async () => {
    await createPerson(server, 'taken');
  });

  test.each([
    ['as it is', 'taken'],
    ['in capitals', 'TAKEN'],
    ['with spaces around it', ' taken '],
    ['in full-width letters', 'ｔａｋｅｎ'],
  ])('%s', async (_, username) => {
    // The attempt itself is counted.
    const { throttles: _counted, ...before } = await snapshot(server);
    const { page } = await signUp({ username });
    expect([page.status, errorOf(page, 'username')]).toEqual([
      422,
      'This username is taken. Please choose another.',
    ]);
    expect(await snapshot(server)).toMatchObject(before);
  });

  test('of two who ask for it at the same moment, one gets it', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => signUp({ username: 'wanted' })));
    expect(answers.map(({ page }) => page.status).sort()).toEqual([200, 422, 422, 422, 422, 422]);
  });
});

test('nobody becomes a superuser, verified or anything else by adding fields to the form (AD-02)', async () => {
  const extra = {
    is_superuser: 'on',
    isSuperuser: 'true',
    is_staff: '1',
    role: 'admin',
    groups: 'admins',
    id: '1',
    email_verified: 'on',
  };
  await signUp({ username: 'climber', ...extra });
  const account = await findAccountByUsername(server.database.knex, 'climber');
  expect(account).toMatchObject({ isSuperuser: false, emailVerifiedAt: null, disabledAt: null, claims: {} });
  expect(account?.id).toBeGreaterThan(1);
  expect(await server.database.knex('group_members').where({ account_id: account?.id })).toEqual([]);
});

test('SIGNUP=closed: there is no page, no link to it, and the form is refused', async () => {
  const closed = await startTestServer({ SIGNUP: 'closed' });
  try {
    const browser = newBrowser(closed.url);
    const home = await browser.open('/');
    expect(home.html.querySelectorAll('a[href^="/signup"]')).toEqual([]);
    const login = await browser.open('/login');
    expect(login.html.querySelectorAll('a[href^="/signup"]')).toEqual([]);
    expect((await browser.open('/signup')).status).toBe(403);
    const token = login.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
    const body = new URLSearchParams({ ...NOVA, csrf_token: token });
    const answer = await browser.request('/signup', { method: 'POST', body });
    expect([answer.status, answer.html.querySelector('h1')?.text]).toEqual([
      403,
      'Accounts are not made here by signing up.',
    ]);
    expect(await closed.database.knex('accounts')).toEqual([]);
  } finally {
    await closed.stop();
  }
});
