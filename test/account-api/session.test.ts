/** Joining, signing in and out by JSON: the rules and the session of the pages. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import { backToPresent, travel } from '../support/clock.js';
import { createPerson, PASSWORD, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { type FrontEnd, frontEndOf, newFrontEnd } from './front-end.js';

let server: TestServer;
let adaId: number;

beforeAll(async () => {
  server = await startTestServer({ SIGNUPS_PER_NETWORK: '3', LOGIN_FAILURES_PER_NETWORK: '500' });
  adaId = (await createPerson(server, 'ada')).id;
  await createPerson(server, 'gone');
  await setAccountEnabled(server.database, 'gone', false);
});

afterEach(backToPresent);
afterAll(() => server.stop());

const SIGN_UP = '/api/account/sign-up';
const SESSION = '/api/account/session';
const credentials = (username: string, password = PASSWORD) => ({ username, password });

describe('joining', () => {
  const newcomer = { username: 'grace', email: 'grace@example.com', password: PASSWORD, first_name: 'Grace' };

  test('makes the account and signs in', async () => {
    const frontEnd = newFrontEnd(server.url);
    const answer = await frontEnd.call('POST', SIGN_UP, { ...newcomer, next: '/start?from=here' });
    const person = {
      id: expect.any(Number),
      username: 'grace',
      email: 'grace@example.com',
      first_name: 'Grace',
      last_name: '',
      groups: [],
    };
    expect([answer.status, answer.body]).toEqual([201, { person, next: '/start?from=here' }]);
    expect((await frontEnd.call('GET', SESSION)).body).toEqual({
      person,
      signed_in_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      methods: ['pwd'],
      acted_in_by: null,
      confirm_with: ['password'],
    });
    expect((await frontEnd.browser.open('/account')).text).toContain('grace@example.com');
  });

  test('names every field that is not accepted, and makes nothing', async () => {
    const before = await snapshot(server);
    const frontEnd = newFrontEnd(server.url);
    const answer = await frontEnd.call('POST', SIGN_UP, {
      username: 'a b',
      email: 'nowhere',
      password: 'password',
    });
    expect([answer.status, answer.body.error]).toEqual([422, 'invalid_fields']);
    expect(Object.keys(answer.body.fields).sort()).toEqual(['email', 'password', 'username']);
    expect(await snapshot(server)).toEqual(before);
    expect((await frontEnd.call('GET', SESSION)).status).toBe(401);
  });

  test('gives nobody a right they did not have (AD-02)', async () => {
    const before = await snapshot(server);
    for (const right of ['is_superuser', 'groups', 'email_verified', 'id', '__proto__', 'constructor']) {
      const body = JSON.stringify({ ...newcomer, username: 'mallory' }).replace('{', `{"${right}":true,`);
      const answer = await newFrontEnd(server.url).call('POST', SIGN_UP, body);
      // `__proto__` is refused by the parser, as no name of a field.
      expect([right, [400, 422].includes(answer.status)]).toEqual([right, true]);
      if (answer.status === 422) expect(answer.body.fields).toEqual({ [right]: 'There is no such field.' });
    }
    expect(await snapshot(server)).toEqual(before);
  });

  test('is bounded per network, with the time to wait', async () => {
    const names = ['one', 'two', 'three', 'four'];
    const frontEnd = newFrontEnd(server.url);
    const answers = [];
    for (const username of names)
      answers.push(
        await frontEnd.call('POST', SIGN_UP, {
          username,
          email: `${username}@example.com`,
          password: PASSWORD,
        }),
      );
    const last = answers.at(-1)!;
    expect([last.status, last.body.error]).toEqual([429, 'too_many_signups']);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    travel(3601);
    const later = { username: 'later', email: 'later@example.com', password: PASSWORD };
    expect((await frontEnd.call('POST', SIGN_UP, later)).status).toBe(201);
  });

  test('is refused where nobody may sign up', async () => {
    const closed = await startTestServer({ SIGNUP: 'closed' });
    try {
      const answer = await newFrontEnd(closed.url).call('POST', SIGN_UP, newcomer);
      expect([answer.status, answer.body.error]).toEqual([403, 'signup_closed']);
    } finally {
      await closed.stop();
    }
  });
});

describe('signing in', () => {
  test('gives the browser the session of the pages, in a cookie that scripts cannot read', async () => {
    const frontEnd = newFrontEnd(server.url);
    const answer = await frontEnd.call('POST', SESSION, credentials('ADA'));
    expect([answer.status, answer.body]).toEqual([
      200,
      { person: expect.objectContaining({ id: adaId, username: 'ada' }), next: '/' },
    ]);
    for (const cookie of answer.headers.getSetCookie()) expect(cookie).toMatch(/httponly/i);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await frontEnd.browser.open('/account')).status).toBe(200);
  });

  test('and whoever is signed in on a page is so here', async () => {
    const browser = await signIn(server, 'ada');
    const page = await browser.request(SESSION);
    expect(JSON.parse(page.text)).toMatchObject({ person: { id: adaId } });
  });

  test('takes a new session id each time, and the one before is worth nothing (LG-04)', async () => {
    const frontEnd = await frontEndOf(server.url, 'ada');
    const before = await frontEnd.browser.jar.getCookieString(server.url);
    await frontEnd.call('POST', SESSION, credentials('ada'));
    expect(await frontEnd.browser.jar.getCookieString(server.url)).not.toBe(before);
    const replayed = await newFrontEnd(server.url).call('GET', SESSION, undefined, { cookie: before });
    expect(replayed.status).toBe(401);
  });

  test('sounds the same for a wrong password, nobody of that name and somebody disabled (LG-11)', async () => {
    const answers = [];
    for (const [username, password] of [
      ['ada', 'wrong password'],
      ['nobody', PASSWORD],
      ['gone', PASSWORD],
    ] as const) {
      const answer = await newFrontEnd(server.url).call('POST', SESSION, credentials(username, password));
      const { request_id: _, ...body } = answer.body;
      const names = [...answer.headers.keys()].filter((name) => name !== 'content-length').sort();
      answers.push({ status: answer.status, body, names, cookies: answer.headers.getSetCookie() });
    }
    expect(answers[0]).toMatchObject({ status: 401, body: { error: 'wrong_credentials' }, cookies: [] });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  test('counts failures together with the pages, and says how long to wait', async () => {
    await createPerson(server, 'guessed');
    const frontEnd = newFrontEnd(server.url);
    for (let times = 0; times < 8; times++)
      expect((await frontEnd.call('POST', SESSION, credentials('guessed', 'wrong'))).status).toBe(401);
    const answer = await frontEnd.call('POST', SESSION, credentials('guessed'));
    expect([answer.status, answer.body.error]).toEqual([429, 'throttled']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(60);
    await expect(signIn(server, 'guessed')).rejects.toThrow('429');
    travel(901);
    expect((await frontEnd.call('POST', SESSION, credentials('guessed'))).status).toBe(200);
  });

  test('leads on only to a path of this server (LG-05)', async () => {
    for (const [next, expected] of [
      ['/o/authorize?client_id=a&state=b', '/o/authorize?client_id=a&state=b'],
      ['https://evil.test/', '/'],
      ['//evil.test', '/'],
      ['/\\evil.test', '/'],
      ['javascript:alert(1)', '/'],
      ['', '/'],
    ]) {
      const answer = await newFrontEnd(server.url).call('POST', SESSION, { ...credentials('ada'), next });
      expect(answer.body.next).toBe(expected);
    }
  });

  test('of somebody disabled in the meantime is over (LG-24)', async () => {
    await createPerson(server, 'leaving');
    const frontEnd = await frontEndOf(server.url, 'leaving');
    await setAccountEnabled(server.database, 'leaving', false);
    const answer = await frontEnd.call('GET', SESSION);
    expect([answer.status, answer.body.error]).toEqual([401, 'login_required']);
  });
});

describe('proving once more who one is', () => {
  const CONFIRMATION = `${SESSION}/confirmation`;
  const signedInAt = async (frontEnd: FrontEnd) =>
    Date.parse((await frontEnd.call('GET', SESSION)).body.signed_in_at);

  test('makes the sign-in new, under a new session id', async () => {
    const frontEnd = await frontEndOf(server.url, 'ada');
    const before = await frontEnd.browser.jar.getCookieString(server.url);
    const at = await signedInAt(frontEnd);
    travel(3600);
    expect((await frontEnd.call('POST', CONFIRMATION, { password: PASSWORD })).status).toBe(204);
    expect(await signedInAt(frontEnd)).toBeGreaterThan(at + 3_000_000);
    const replayed = await newFrontEnd(server.url).call('GET', SESSION, undefined, { cookie: before });
    expect(replayed.status).toBe(401);
  });

  test('takes the right password only', async () => {
    const frontEnd = await frontEndOf(server.url, 'ada');
    const at = await signedInAt(frontEnd);
    travel(3600);
    const { status, body } = await frontEnd.call('POST', CONFIRMATION, { password: 'wrong' });
    expect([status, Object.keys(body.fields)]).toEqual([422, ['password']]);
    expect(await signedInAt(frontEnd)).toBe(at);
  });
});

describe('signing out', () => {
  test('ends the session, and the cookie of before is nobody (LG-23)', async () => {
    const frontEnd = await frontEndOf(server.url, 'ada');
    const cookie = await frontEnd.browser.jar.getCookieString(server.url);
    expect(await frontEnd.call('DELETE', SESSION)).toMatchObject({ status: 204, body: '' });
    expect((await frontEnd.call('GET', SESSION)).status).toBe(401);
    expect((await newFrontEnd(server.url).call('GET', SESSION, undefined, { cookie })).status).toBe(401);
  });

  test('does no harm when nobody is signed in', async () => {
    expect((await newFrontEnd(server.url).call('DELETE', SESSION)).status).toBe(204);
  });
});
