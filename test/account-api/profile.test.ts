/** What a person sees and changes of themselves by JSON, and what a token sees of it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addToGroup } from '../../src/accounts/groups.js';
import { byPassword, profile as plainProfile, revoke, token } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { type FrontEnd, frontEndOf, newFrontEnd } from './front-end.js';

const PROFILE = '/api/account/profile';

let server: TestServer;
let frontEnd: FrontEnd;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'ada');
  await createPerson(server, 'bob');
  await addToGroup(server.database.knex, 'ada', 'staff');
  frontEnd = await frontEndOf(server.url, 'ada');
  app = await createApp(server, { grantTypes: ['password', 'client_credentials'] });
});
afterAll(() => server.stop());

describe('the profile', () => {
  test('shows everything there is, and "" for what is not told', async () => {
    const { status, body } = await frontEnd.call('GET', PROFILE);
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({
        username: 'ada',
        email: 'ada@example.com',
        email_verified: false,
        first_name: 'Ada',
        groups: ['staff'],
        birthdate: '',
        street_address: '',
      }),
    ]);
    expect(JSON.stringify(body)).not.toMatch(/hash|argon|superuser/);
  });

  test('keeps what is not sent, and forgets what is sent empty', async () => {
    const changed = await frontEnd.call('PATCH', PROFILE, { nickname: 'Countess', locality: 'London' });
    expect(changed).toMatchObject({ status: 200, body: { nickname: 'Countess', locality: 'London' } });
    await frontEnd.call('PATCH', PROFILE, { first_name: 'Augusta' });
    const { body } = await frontEnd.call('PATCH', PROFILE, { nickname: '' });
    expect(body).toMatchObject({ first_name: 'Augusta', nickname: '', locality: 'London' });
    expect((await frontEnd.call('GET', PROFILE)).body).toEqual(body);
    expect((await frontEnd.browser.open('/account')).text).toContain('Augusta');
  });

  test('an empty change is one', async () => {
    const before = await snapshot(server);
    expect((await frontEnd.call('PATCH', PROFILE, {})).status).toBe(200);
    expect(await snapshot(server)).toEqual(before);
  });

  test('names what is wrong, field by field, and changes nothing', async () => {
    const before = await snapshot(server);
    const { status, body } = await frontEnd.call('PATCH', PROFILE, {
      username: 'bob',
      birthdate: '31.12.1999',
    });
    expect([status, Object.keys(body.fields)]).toEqual([422, ['birthdate']]);
    const taken = await frontEnd.call('PATCH', PROFILE, { username: 'BOB', nickname: 'x' });
    expect([taken.status, Object.keys(taken.body.fields)]).toEqual([422, ['username']]);
    expect(await snapshot(server)).toEqual(before);
  });

  test.each(['id', 'groups', 'email_verified', 'is_superuser', 'created_at', 'password'])(
    'has no way to set %s (LG-27, AD-02)',
    async (field) => {
      const before = await snapshot(server);
      const { status, body } = await frontEnd.call('PATCH', PROFILE, { [field]: 1, nickname: 'x' });
      expect([status, body.fields]).toEqual([422, { [field]: 'There is no such field.' }]);
      expect(await snapshot(server)).toEqual(before);
    },
  );
});

describe('an access token', () => {
  const withToken = (accessToken: string, method = 'GET', path = PROFILE, body: unknown = undefined) =>
    newFrontEnd(server.url).call(method, path, body, { authorization: `Bearer ${accessToken}` });

  test('with the scope read sees what /profile tells it, and nothing more', async () => {
    for (const scope of ['read', 'read groups']) {
      const { access_token } = await byPassword(server, app, 'ada', { scope });
      const { status, body } = await withToken(access_token);
      expect([status, body]).toEqual([200, (await plainProfile(server, access_token)).body]);
    }
  });

  test('without it, revoked or of no person is refused with the challenge of RFC 6750', async () => {
    const { access_token: writer } = await byPassword(server, app, 'ada', { scope: 'write' });
    const { access_token: revoked } = await byPassword(server, app, 'ada');
    await revoke(server, app, revoked);
    const own = await token(server, app, { grant_type: 'client_credentials', scope: 'read' });
    for (const [value, status, error] of [
      [writer, 403, 'insufficient_scope'],
      [revoked, 401, 'invalid_token'],
      ['unknown', 401, 'invalid_token'],
      [own.body.access_token, 403, 'insufficient_scope'],
    ] as const) {
      const answer = await withToken(value);
      expect([answer.status, answer.body.error]).toEqual([status, error]);
      expect(answer.body.request_id).toBe(answer.headers.get('x-request-id'));
      expect(answer.headers.get('www-authenticate')).toContain(`error="${error}"`);
      expect(JSON.stringify(answer.body)).not.toContain('ada@');
    }
  });

  test('changes nothing, not even where a session comes along', async () => {
    const { access_token } = await byPassword(server, app, 'ada');
    const before = await snapshot(server);
    for (const [method, path, body] of [
      ['PATCH', PROFILE, { nickname: 'x' }],
      ['POST', '/api/account/password', { current_password: PASSWORD, new_password: 'another good one' }],
      ['DELETE', '/api/account/session', undefined],
      ['GET', '/api/account/applications', undefined],
    ] as const) {
      const authorization = `Bearer ${access_token}`;
      const answer = await frontEnd.call(method, path, body, { authorization });
      expect([answer.status, answer.body.error]).toEqual([403, 'session_required']);
    }
    expect(await snapshot(server)).toEqual(before);
    expect((await frontEnd.call('GET', '/api/account/session')).status).toBe(200);
  });
});
