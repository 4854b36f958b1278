import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import argon2 from 'argon2';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import { newBrowser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { type Answer, basic, get, post, profile, token } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1 ::1' });
  app = await createApp(server, { grantTypes: ['password', 'refresh_token'], redirectUris: [] });
  for (const name of ['alice', 'carol', 'dave']) await createPerson(server, name);
  await setAccountEnabled(server.database, 'carol', false);
  await server.database.knex('accounts').where({ username: 'dave' }).update({ password_hash: null });
});

// Nobody counts against the next test.
beforeEach(() => server.database.knex('throttles').delete());
afterEach(() => {
  backToPresent();
  jest.restoreAllMocks();
});
afterAll(() => server.stop());

let lastNetwork = 0;

/** From a network of its own unless one is named. */
function ask(
  username: string,
  password: string,
  network = `10.${lastNetwork++ >> 8}.${lastNetwork & 255}.1`,
): Promise<Answer> {
  const body = { grant_type: 'password', username, password };
  return post(server, '/o/token', body, { ...basic(app), 'x-forwarded-for': network });
}

const wrong = {
  status: 400,
  body: { error: 'invalid_grant', error_description: 'Invalid credentials given.' },
};

/** Everything of an answer but its date and its id, which stands in error_uri as well. */
function comparable({ status, headers, body }: Answer) {
  const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  const text = JSON.stringify(body).replace(headers.get('x-request-id') ?? '', 'ID');
  return { status, headers: kept, body: JSON.parse(text) };
}

test('the right password gives tokens and a refresh token; without a username or password it says so', async () => {
  const answer = await token(server, app, {
    grant_type: 'password',
    username: 'Alice',
    password: PASSWORD,
    scope: 'groups read',
  });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    access_token: expect.any(String),
    expires_in: 3600,
    token_type: 'Bearer',
    scope: 'groups read',
    refresh_token: expect.any(String),
  });
  expect((await profile(server, answer.body.access_token)).body.username).toBe('alice');
  for (const missing of ['username', 'password']) {
    const body: Record<string, string> = { grant_type: 'password', username: 'alice', password: PASSWORD };
    delete body[missing];
    const refusal = await token(server, app, body);
    expect(refusal).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(refusal.body.error_description).toContain(missing);
  }
});

describe('whether it is allowed (PW-01)', () => {
  test('an application without the grant is unauthorized_client', async () => {
    const web = await createApp(server);
    const body = { grant_type: 'password', username: 'alice', password: PASSWORD };
    expect(await token(server, web, body)).toMatchObject({
      status: 400,
      body: { error: 'unauthorized_client' },
    });
  });

  test('PASSWORD_GRANT=off refuses it for all, and discovery does not list it', async () => {
    const off = await startTestServer({ DATABASE_URL: server.databaseUrl, PASSWORD_GRANT: 'off' });
    try {
      const body = { grant_type: 'password', username: 'alice', password: PASSWORD };
      expect(await token(off, app, body)).toMatchObject({
        status: 400,
        body: { error: 'unsupported_grant_type' },
      });
      const listed = (await get(off, '/.well-known/openid-configuration')).body.grant_types_supported;
      expect(listed).not.toContain('password');
      expect((await get(server, '/.well-known/openid-configuration')).body.grant_types_supported).toContain(
        'password',
      );
    } finally {
      await off.stop();
    }
  });
});

describe('what is told of a failure', () => {
  test('is the same, byte for byte, for a wrong password, an unknown user, a disabled one and one without a password (PW-02)', async () => {
    const first = comparable(await ask('alice', 'not the password'));
    expect(first).toMatchObject(wrong);
    for (const [username, password] of [
      ['nobody', PASSWORD],
      ['carol', PASSWORD],
      ['dave', PASSWORD],
      ['alice', 'x'.repeat(2000)],
      ['a\u202e\u{1f4a9}', PASSWORD],
    ] as const) {
      expect(comparable(await ask(username, password))).toEqual(first);
    }
  });

  test('takes one argon2 run for each of them (PW-03)', async () => {
    const runs = jest.spyOn(argon2, 'verify');
    for (const username of ['alice', 'nobody', 'carol', 'dave']) {
      runs.mockClear();
      await ask(username, 'not the password');
      expect(runs).toHaveBeenCalledTimes(1);
    }
  });

  test('takes about the same time for each of them (PW-03)', async () => {
    const medianOf = async (username: string) => {
      const times: number[] = [];
      for (let i = 0; i < 9; i++) {
        await server.database.knex('throttles').delete();
        const started = performance.now();
        await ask(username, 'not the password');
        times.push(performance.now() - started);
      }
      return times.sort((a, b) => a - b)[4]!;
    };
    const medians = [
      await medianOf('alice'),
      await medianOf('nobody'),
      await medianOf('carol'),
      await medianOf('dave'),
    ];
    // Without the dummy hash the difference is tenfold; the machine the tests run on is not idle.
    expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(3);
  });

  test('an account without a password is not opened by an empty or a guessed one (PW-09)', async () => {
    expect(await ask('dave', '')).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    for (const password of [' ', 'null', 'undefined', '$argon2id$v=19$m=19456,t=2,p=1$']) {
      expect(await ask('dave', password)).toMatchObject(wrong);
    }
    const [row] = await server.database.knex('accounts').where({ username: 'dave' });
    expect(row.password_hash).toBeNull();
  });
});

describe('guessing', () => {
  test('120 times at one account is checked at most 10 times; then the right password is refused alike until the window is over (PW-04)', async () => {
    const checked = jest.spyOn(argon2, 'verify');
    for (let i = 0; i < 120; i++) expect(await ask('alice', `guess ${i}`, '192.0.2.7')).toMatchObject(wrong);
    expect(checked.mock.calls.length).toBeLessThanOrEqual(10);
    const locked = await ask('alice', PASSWORD, '192.0.2.7');
    expect(locked).toMatchObject(wrong);
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask('alice', PASSWORD, '198.51.100.7')).status).toBe(200);
    travel(Number(locked.headers.get('retry-after')) + 1);
    expect((await ask('alice', PASSWORD, '192.0.2.7')).status).toBe(200);
  });

  test('from 120 networks at one account is checked fewer than 100 times (PW-04)', async () => {
    const checked = jest.spyOn(argon2, 'verify');
    for (let i = 0; i < 120; i++) expect(await ask('alice', `guess ${i}`)).toMatchObject(wrong);
    expect(checked.mock.calls.length).toBeLessThanOrEqual(50);
    travel(3601);
    expect((await ask('alice', PASSWORD)).status).toBe(200);
  });

  test('one password at 300 users is stopped by the network before 50; other networks are not (PW-05)', async () => {
    const checked = jest.spyOn(argon2, 'verify');
    const answers: Answer[] = [];
    for (let i = 0; i < 300; i++) answers.push(await ask(`user${i}`, PASSWORD, '192.0.2.8'));
    expect(checked.mock.calls.length).toBeLessThan(50);
    const stopped = answers.findIndex(({ status }) => status === 429);
    expect(stopped).toBeLessThan(50);
    expect(answers.slice(stopped).every(({ status }) => status === 429)).toBe(true);
    expect(Number(answers[stopped]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answers[stopped]?.body).toHaveProperty('error');
    expect((await ask('alice', PASSWORD, '192.0.2.200')).status).toBe(429);
    expect((await ask('alice', PASSWORD, '192.0.3.8')).status).toBe(200);
  });

  test('counts together with the sign-in page', async () => {
    for (let i = 0; i < 10; i++) await ask('alice', `guess ${i}`, '192.0.2.9');
    const browser = newBrowser(server.url);
    const form = await browser.open('/login', { 'x-forwarded-for': '192.0.2.9' });
    const fields = new URLSearchParams({ username: 'alice', password: PASSWORD });
    fields.set('csrf_token', form.html.querySelector('input[name=csrf_token]')?.getAttribute('value') ?? '');
    const page = await browser.request('/login', {
      method: 'POST',
      body: fields,
      headers: { origin: new URL(server.url).origin, 'x-forwarded-for': '192.0.2.9' },
    });
    expect(page.status).toBe(429);
  });

  test('a crowd of right passwords from one network is not throttled', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask('alice', PASSWORD, '192.0.2.10')));
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200));
  });
});
