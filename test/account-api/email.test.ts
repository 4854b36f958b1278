/** Confirming and changing the email address by JSON, with the codes of the mails. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { backToPresent, travel } from '../support/clock.js';
import { lastMail, readMails } from '../support/mails.js';
import { PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { type FrontEnd, newFrontEnd } from './front-end.js';

const EMAIL = '/api/account/email';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ EMAIL_VERIFICATION: 'required' });
});
afterEach(backToPresent);
afterAll(() => server.stop());

const addressOf = (username: string) => `${username}@example.com`;

async function join(username: string): Promise<FrontEnd> {
  const frontEnd = newFrontEnd(server.url);
  const person = { username, email: addressOf(username), password: PASSWORD };
  const { status, body } = await frontEnd.call('POST', '/api/account/sign-up', person);
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return frontEnd;
}

async function confirm(frontEnd: FrontEnd, address: string) {
  const { code } = await lastMail(server, address);
  return frontEnd.call('POST', `${EMAIL}/code`, { code });
}

describe('where it is required', () => {
  test('nothing but confirming is open until it is done', async () => {
    const frontEnd = await join('ada');
    expect((await frontEnd.call('GET', '/api/account/session')).status).toBe(200);
    for (const path of ['/api/account/profile', '/api/account/tokens', '/api/account/applications']) {
      const answer = await frontEnd.call('GET', path);
      expect([answer.status, answer.body.error]).toEqual([403, 'email_not_verified']);
    }
    expect((await frontEnd.call('GET', EMAIL)).body).toEqual({
      email: addressOf('ada'),
      is_verified: false,
      verification: 'required',
      change: null,
    });
    const done = await confirm(frontEnd, addressOf('ada'));
    expect([done.status, done.body]).toEqual([200, { outcome: 'verified' }]);
    expect((await frontEnd.call('GET', '/api/account/profile')).body.email_verified).toBe(true);
  });

  test('a wrong code confirms nothing, and few can be tried', async () => {
    const frontEnd = await join('betty');
    const { code = '' } = await lastMail(server, addressOf('betty'));
    const wrong = code === '111111' ? '222222' : '111111';
    for (let times = 0; times < 10; times++) {
      const answer = await frontEnd.call('POST', `${EMAIL}/code`, { code: wrong });
      expect([answer.status, Object.keys(answer.body.fields)]).toEqual([422, ['code']]);
    }
    expect((await frontEnd.call('POST', `${EMAIL}/code`, { code })).status).toBe(422);
    await frontEnd.call('POST', `${EMAIL}/mail`);
    expect((await confirm(frontEnd, addressOf('betty'))).status).toBe(200);
  });

  test('a mailbox cannot be flooded (AR-09)', async () => {
    const frontEnd = await join('cora');
    const answers = [];
    for (let times = 0; times < 8; times++) answers.push(await frontEnd.call('POST', `${EMAIL}/mail`));
    const last = answers.at(-1)!;
    expect([last.status, last.body.error]).toEqual([429, 'too_many_mails']);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await readMails(server, addressOf('cora'))).length).toBeLessThanOrEqual(6);
  });
});

describe('another address (LG-27)', () => {
  test('takes its place once both mails are confirmed', async () => {
    const frontEnd = await join('dora');
    await confirm(frontEnd, addressOf('dora'));
    const asked = await frontEnd.call('POST', EMAIL, { email: 'new-dora@example.com' });
    expect(asked.body).toMatchObject({
      email: addressOf('dora'),
      change: { email: 'new-dora@example.com', is_confirmed_by_new: false, is_confirmed_by_old: false },
    });
    expect((await confirm(frontEnd, 'new-dora@example.com')).body).toEqual({ outcome: 'half' });
    expect((await frontEnd.call('GET', EMAIL)).body.email).toBe(addressOf('dora'));
    expect((await confirm(frontEnd, addressOf('dora'))).body).toEqual({ outcome: 'changed' });
    expect((await frontEnd.call('GET', EMAIL)).body).toMatchObject({
      email: 'new-dora@example.com',
      is_verified: true,
      change: null,
    });
  });

  test('can be withdrawn, and its codes are worth nothing then', async () => {
    const frontEnd = await join('emma');
    await confirm(frontEnd, addressOf('emma'));
    await frontEnd.call('POST', EMAIL, { email: 'new-emma@example.com' });
    expect((await frontEnd.call('DELETE', `${EMAIL}/change`)).status).toBe(204);
    expect((await confirm(frontEnd, 'new-emma@example.com')).status).toBe(422);
    expect((await frontEnd.call('GET', EMAIL)).body).toMatchObject({
      email: addressOf('emma'),
      change: null,
    });
  });

  test('is refused when it is none, or the sign-in is old', async () => {
    const frontEnd = await join('fay');
    await confirm(frontEnd, addressOf('fay'));
    const before = await snapshot(server);
    const refused = await frontEnd.call('POST', EMAIL, { email: 'nowhere' });
    expect([refused.status, Object.keys(refused.body.fields)]).toEqual([422, ['email']]);
    travel(660);
    const late = await frontEnd.call('POST', EMAIL, { email: 'new-fay@example.com' });
    expect([late.status, late.body.error]).toEqual([403, 'recent_sign_in_required']);
    expect(await snapshot(server)).toEqual(before);
  });
});
