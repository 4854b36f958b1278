import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { addToGroup } from '../../src/accounts/groups.js';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import { backToPresent, travel } from '../support/clock.js';
import { type Answer, byPassword, get, post, profile, revoke, token } from '../support/oauth.js';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let otherNode: TestServer;
let app: TestApplication;
let aliceId: number;

beforeAll(async () => {
  server = await startTestServer();
  otherNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
  aliceId = (await createPerson(server, 'alice', { firstName: 'Alice', lastName: 'Łęcka' })).id;
  await addToGroup(server.database.knex, 'alice', 'staff');
  await addToGroup(server.database.knex, 'alice', 'admins');
  app = await createApp(server, { grantTypes: ['password', 'refresh_token', 'client_credentials'] });
});

afterEach(backToPresent);
afterAll(async () => {
  await otherNode.stop();
  await server.stop();
});

const challengeOf = (answer: Answer) => answer.headers.get('www-authenticate') ?? '';

function expectRefused(answer: Answer, status: number, error: string): void {
  expect(answer).toMatchObject({ status, body: { error, error_description: expect.any(String) } });
  expect(challengeOf(answer)).toMatch(/^Bearer realm="[^"]+"/);
  expect(challengeOf(answer)).toContain(`error="${error}"`);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(JSON.stringify(answer.body)).not.toContain('alice');
}

describe('who somebody is', () => {
  test('is exactly id, username, email, first_name and last_name with the scope read (RS-15)', async () => {
    const { access_token } = await byPassword(server, app, 'alice', { scope: 'read' });
    const answer = await profile(server, access_token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: aliceId,
      username: 'alice',
      email: 'alice@example.com',
      first_name: 'Alice',
      last_name: 'Łęcka',
    });
    expect(Object.keys(answer.body)).toEqual(['id', 'username', 'email', 'first_name', 'last_name']);
    expect(typeof answer.body.id).toBe('number');
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  test('and the groups, sorted, with the scope groups; an empty list for somebody in none', async () => {
    const { access_token } = await byPassword(server, app, 'alice', { scope: 'read groups' });
    expect((await profile(server, access_token)).body).toMatchObject({
      id: aliceId,
      groups: ['admins', 'staff'],
    });
    await createPerson(server, 'bob');
    const bob = await byPassword(server, app, 'bob');
    expect((await profile(server, bob.access_token)).body.groups).toEqual([]);
  });

  test('is answered with and without a trailing slash, to HEAD too, and to Bearer in any case', async () => {
    const { access_token } = await byPassword(server, app, 'alice');
    for (const path of ['/profile', '/profile/']) {
      for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
        const answer = await get(server, path, { authorization: `${scheme} ${access_token}` });
        expect(answer).toMatchObject({ status: 200, body: { username: 'alice' } });
      }
    }
    const head = await fetch(`${server.url}/profile`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('is JSON whatever the Accept header asks for', async () => {
    const { access_token } = await byPassword(server, app, 'alice');
    for (const accept of ['text/html', 'application/xml', '*/*', 'image/png']) {
      const answer = await get(server, '/profile', { authorization: `Bearer ${access_token}`, accept });
      expect(answer).toMatchObject({ status: 200, body: { username: 'alice' } });
    }
  });
});

describe('refused', () => {
  test('no token: 401 with a challenge that names no error (RS-01)', async () => {
    for (const path of ['/profile', '/profile/']) {
      const answer = await get(server, path, { accept: 'text/html' });
      expect(answer.status).toBe(401);
      expect(challengeOf(answer)).toMatch(/^Bearer realm="[^"]+"$/);
      expect(answer.headers.get('location')).toBeNull();
    }
  });

  test('a token in the URL: 400 invalid_request, and it is in no log (RS-02)', async () => {
    const { access_token } = await byPassword(server, app, 'alice');
    const url = `/profile?access_token=${access_token}`;
    expectRefused(await get(server, url), 400, 'invalid_request');
    expectRefused(
      await get(server, url, { authorization: `Bearer ${access_token}` }),
      400,
      'invalid_request',
    );
    expect(server.logged()).not.toContain(access_token);
    expect((await profile(server, access_token)).status).toBe(200);
  });

  test('an expired, an unknown and a malformed token: 401 invalid_token (RS-03)', async () => {
    const { access_token } = await byPassword(server, app, 'alice');
    for (const wrong of [
      'unknown',
      `${access_token}x`,
      access_token.slice(0, -1),
      access_token.toLowerCase(),
      '=',
      'a b',
    ]) {
      expectRefused(await profile(server, wrong), 401, 'invalid_token');
    }
    travel(3601);
    expectRefused(await profile(server, access_token), 401, 'invalid_token');
  });

  test('another scheme: 401', async () => {
    const { access_token } = await byPassword(server, app, 'alice');
    for (const header of [
      `Basic ${access_token}`,
      access_token,
      `Token ${access_token}`,
      `Bearer${access_token}`,
      'Bearer',
      'Bearer ',
    ]) {
      expect((await get(server, '/profile', { authorization: header })).status).toBe(401);
    }
  });

  test('a token revoked on one node, on the other within a second (RS-04)', async () => {
    const { access_token } = await byPassword(server, app, 'alice');
    expect((await profile(otherNode, access_token)).status).toBe(200);
    await revoke(server, app, access_token);
    travel(1);
    expectRefused(await profile(otherNode, access_token), 401, 'invalid_token');
  });

  test('a token without the scope read: 403 insufficient_scope, which is named (RS-05)', async () => {
    const { access_token } = await byPassword(server, app, 'alice', { scope: 'write groups' });
    const answer = await profile(server, access_token);
    expectRefused(answer, 403, 'insufficient_scope');
    expect(challengeOf(answer)).toContain('scope="read"');
  });

  test('a token in the header and in a form body: 400, not twice read (RS-08)', async () => {
    const { access_token } = await byPassword(server, app, 'alice');
    const both = await post(
      server,
      '/profile',
      { access_token },
      { authorization: `Bearer ${access_token}` },
    );
    expect(both).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const onlyBody = await post(server, '/profile', { access_token });
    expect([400, 401, 405]).toContain(onlyBody.status);
    expect(JSON.stringify(onlyBody.body)).not.toContain('alice@');
  });

  test('an application acting for itself: 403, and no user data (RS-11)', async () => {
    const { body } = await token(server, app, { grant_type: 'client_credentials', scope: 'read' });
    expectRefused(await profile(server, body.access_token), 403, 'insufficient_scope');
  });

  test('somebody disabled, on both nodes within a second; then deleted (RS-12)', async () => {
    await createPerson(server, 'carol');
    const { access_token } = await byPassword(server, app, 'carol');
    expect((await profile(server, access_token)).status).toBe(200);
    await setAccountEnabled(server.database, 'carol', false);
    travel(1);
    for (const node of [server, otherNode])
      expectRefused(await profile(node, access_token), 401, 'invalid_token');
    await setAccountEnabled(server.database, 'carol', true);
    const { access_token: renewed } = await byPassword(server, app, 'carol');
    expect((await profile(otherNode, renewed)).status).toBe(200);
    await server.database.knex('accounts').where({ username: 'carol' }).delete();
    travel(1);
    for (const node of [server, otherNode]) expectRefused(await profile(node, renewed), 401, 'invalid_token');
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s: 405 with Allow', async (method) => {
    const { access_token } = await byPassword(server, app, 'alice');
    const response = await fetch(`${server.url}/profile`, {
      method,
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toMatch(/GET/);
  });
});
