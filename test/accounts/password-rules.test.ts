import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import { findAccountByUsername } from '../../src/accounts/store.js';
import { newBrowser } from '../support/browser.js';
import { BEHIND_PROXY, network } from '../support/networks.js';
import { post } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ...BEHIND_PROXY });
});

afterAll(() => server.stop());

let people = 0;

/** Signs somebody new up; what the page says of the password, or undefined when it was taken. */
async function choose(password: string, username = `person${people++}`): Promise<string | undefined> {
  const browser = newBrowser(server.url);
  const fields = { username, email: `${username}@example.com`, password };
  const page = await browser.submit(await browser.open('/signup'), fields);
  expect(page.status).toBe(page.html.querySelector('#password-error') ? 422 : 200);
  return page.html.querySelector('#password-error')?.text;
}

let networks = 0;

async function isRight(username: string, password: string): Promise<boolean> {
  const browser = newBrowser(server.url);
  const form = await browser.open('/login');
  const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const body = new URLSearchParams({ csrf_token: csrf, username, password });
  const page = await browser.request('/login', { method: 'POST', body, headers: network(networks++) });
  return page.status === 303;
}

describe('a password is taken when nobody would guess it, whatever it is made of (LG-16)', () => {
  test.each([
    ['8 characters', 'gvkdwpxm'],
    ['only digits', '8302957146'],
    ['spaces within and around', '  a quiet  green door '],
    ['emoji', '🦊🚲🌋🎻🍋🧦🪐🎈'],
    ['letters of other scripts', 'длинныйпарольздесь'],
    ['64 characters', `${'x7 '.repeat(21)}y`],
    ['128 characters', 'ab cd ef gh ij kl mn op qr st uv wx yz '.repeat(4).slice(0, 128)],
    ['1024 characters', 'correct horse battery staple '.repeat(36).slice(0, 1024)],
  ])('%s', async (_, password) => {
    const username = `taken${people++}`;
    expect(await choose(password, username)).toBeUndefined();
    expect(await isRight(username, password)).toBe(true);
  });
});

describe('a password is refused with its reason (LG-16)', () => {
  test.each([
    ['7 characters', 'gvkdwpx', 'at least 8 characters'],
    ['7 emoji, which are 14 code units', '🦊🚲🌋🎻🍋🧦🪐', 'at least 8 characters'],
    ['a repeated word', 'passwordpassword', 'repeats or counts'],
    ['one character over and over', 'aaaaaaaaaaaa', 'repeats or counts'],
    ['counting', '123456789', 'repeats or counts'],
    ['counting backwards', 'hgfedcba', 'repeats or counts'],
    ['a common password', 'password1', 'most common'],
    ['a common password in capitals', 'PASSWORD1', 'most common'],
    ['the name of this site', 'Latchkey', 'tried first'],
    ['1025 characters', `${'a b'.repeat(341)}xy`, '1024 characters are the most'],
    ['a NUL', 'good password\0', 'NUL'],
  ])('%s', async (_, password, reason) => {
    expect(await choose(password)).toContain(reason);
  });

  test('the username, the email address and its first part', async () => {
    expect(await choose('Josephine.K', 'josephine.k')).toContain('your username');
    expect(await choose('josephine.k@example.com', 'josephine.k')).toContain('your email address');
  });

  test('the same rules hold when it is changed', async () => {
    await createPerson(server, 'changer');
    const browser = await signIn(server, 'changer');
    for (const password of [
      'short',
      'passwordpassword',
      'changer',
      'changer@example.com',
      'a'.repeat(1025),
      PASSWORD,
    ]) {
      const fields = { current_password: PASSWORD, new_password: password };
      const page = await browser.submit(await browser.open('/account/password'), fields, '/password');
      expect([page.status, page.html.querySelector('#new_password-error') !== null]).toEqual([422, true]);
    }
    expect(await isRight('changer', PASSWORD)).toBe(true);
  });

  test('PASSWORD_MIN_LENGTH moves the limit, and the page says so', async () => {
    const strict = await startTestServer({ PASSWORD_MIN_LENGTH: '15' });
    try {
      const browser = newBrowser(strict.url);
      const form = await browser.open('/signup');
      expect(form.html.querySelector('#password-hint')?.text).toContain('At least 15 characters');
      const page = await browser.submit(form, {
        username: 'a',
        email: 'a@example.com',
        password: 'fourteen chars',
      });
      expect(page.html.querySelector('#password-error')?.text).toContain('at least 15 characters');
    } finally {
      await strict.stop();
    }
  });
});

describe('every character of a password counts (LG-17)', () => {
  const long = `${'the same beginning of more than seventy-two bytes, which is where bcrypt stops '.repeat(2)}`;
  test.each([
    ['what comes after the first 72 bytes', `${long} one`, `${long} two`],
    ['capitals', 'a Quiet green door', 'a quiet green door'],
    ['a space at the end', 'a quiet green door', 'a quiet green door '],
    ['a space at the beginning', 'a quiet green door', ' a quiet green door'],
    ['how a letter is composed', 'caf\u00e9 on the corner', 'cafe\u0301 on the corner'],
  ])('%s', async (_, password, other) => {
    const username = `exact${people++}`;
    expect(await choose(password, username)).toBeUndefined();
    expect(await isRight(username, other)).toBe(false);
    expect(await isRight(username, password)).toBe(true);
  });
});

describe('a password of a megabyte is refused before it is hashed (LG-19)', () => {
  const huge = 'a'.repeat(1_000_000);

  test.each([
    ['/login', { username: 'alice', password: huge }],
    ['/signup', { username: 'huge', email: 'huge@example.com', password: huge }],
    ['/account/password', { current_password: PASSWORD, new_password: huge }],
    ['/superuser', { token: 'x', username: 'huge', email: 'huge@example.com', password: huge }],
  ])('at %s', async (path, fields) => {
    await createPerson(server, `holder${people}`);
    const browser = await signIn(server, `holder${people++}`);
    const csrf = (await browser.open('/account/edit')).html
      .querySelector('[name=csrf_token]')!
      .getAttribute('value')!;
    const page = await browser.request(path, {
      method: 'POST',
      body: new URLSearchParams({ csrf_token: csrf, ...fields } as Record<string, string>),
    });
    expect([page.status, page.html.querySelector('h1')?.text]).toEqual([413, 'What was sent is too large.']);
    expect(await findAccountByUsername(server.database.knex, 'huge')).toBeUndefined();
  });

  test('at the password grant', async () => {
    const app = await createApp(server, { grantTypes: ['password'] });
    const credentials = { client_id: app.clientId, client_secret: app.secret };
    const answer = await post(server, '/o/token', {
      grant_type: 'password',
      username: 'alice',
      password: huge,
      ...credentials,
    });
    expect([400, 413]).toContain(answer.status);
    expect(answer.body).toHaveProperty('error');
    expect(answer.body).not.toHaveProperty('access_token');
  });
});

describe('what is stored (DA-04)', () => {
  const hashOf = async (username: string) =>
    (await findAccountByUsername(server.database.knex, username))!.passwordHash!;

  test('is argon2id with a salt of its own and parameters of today', async () => {
    await createPerson(server, 'one');
    await createPerson(server, 'two');
    const [one, two] = [await hashOf('one'), await hashOf('two')];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(one.split('$')[4]).not.toBe(two.split('$')[4]);
  });

  test.each([
    ['fewer rounds', { memoryCost: 8192, timeCost: 1 }],
    ['argon2i', { type: argon2.argon2i }],
  ])('is renewed at the next sign-in when it was made with %s', async (_, options) => {
    const username = `old${people++}`;
    const account = await createPerson(server, username);
    const old = await argon2.hash(PASSWORD, options);
    await server.database.knex('accounts').where({ id: account.id }).update({ password_hash: old });
    expect(await isRight(username, 'wrong')).toBe(false);
    expect(await hashOf(username)).toBe(old);
    expect(await isRight(username, PASSWORD)).toBe(true);
    expect(await hashOf(username)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await isRight(username, PASSWORD)).toBe(true);
  });

  test('is of no use to somebody who presents it as the password (PW-09)', async () => {
    await createPerson(server, 'stolen');
    expect(await isRight('stolen', await hashOf('stolen'))).toBe(false);
  });
});
