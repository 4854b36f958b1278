import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { addToGroup } from '../../src/accounts/groups.js';
import { backToPresent, travel } from '../support/clock.js';
import { basic, byPassword, get, introspect, post, revoke } from '../support/oauth.js';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let app: TestApplication;
let stranger: TestApplication;
let resourceServer: TestApplication;
let spa: TestApplication;
let tokens: { access_token: string; refresh_token: string };

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  await addToGroup(server.database.knex, 'alice', 'staff');
  const grantTypes = ['password' as const, 'refresh_token' as const];
  app = await createApp(server, { grantTypes });
  stranger = await createApp(server);
  spa = await createApp(server, { clientType: 'public', grantTypes });
  resourceServer = await createApp(server, { introspectAny: true });
  tokens = await byPassword(server, app, 'alice');
});

afterEach(backToPresent);
afterAll(() => server.stop());

const inactive = { status: 200, body: { active: false } };

describe('an access token', () => {
  test('is active for its own application, with username, scope and exp', async () => {
    const answer = await introspect(server, app, tokens.access_token);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const now = Math.floor(Date.now() / 1000);
    expect(answer.body).toMatchObject({
      active: true,
      scope: 'read write groups',
      client_id: app.clientId,
      username: 'alice',
      groups: ['staff'],
      token_type: 'Bearer',
    });
    expect(Number.isInteger(answer.body.exp)).toBe(true);
    expect(answer.body.exp - now).toBeGreaterThan(3590);
    expect(answer.body.exp - now).toBeLessThanOrEqual(3600);
    expect(JSON.stringify(answer.body)).not.toContain(tokens.access_token);
  });

  test('is asked about by Basic or by the body, on every path', async () => {
    const body = { token: tokens.access_token, client_id: app.clientId, client_secret: app.secret };
    for (const path of ['/o/introspect', '/o/introspect/', '/introspect', '/introspect/']) {
      expect((await post(server, path, body)).body.active).toBe(true);
    }
  });

  test('names groups only with that scope', async () => {
    const { access_token } = await byPassword(server, app, 'alice', { scope: 'read' });
    expect((await introspect(server, app, access_token)).body).not.toHaveProperty('groups');
  });

  test('is not active for another application, nor anything else of it (IN-02)', async () => {
    expect(await introspect(server, stranger, tokens.access_token)).toMatchObject(inactive);
    expect(await introspect(server, stranger, tokens.refresh_token)).toMatchObject(inactive);
  });

  test('is active for a resource server that may ask about every token (IN-04)', async () => {
    expect((await introspect(server, resourceServer, tokens.access_token)).body).toMatchObject({
      active: true,
      username: 'alice',
    });
  });
});

describe('who may not ask', () => {
  test('nobody and a wrong secret: 401 invalid_client (IN-01)', async () => {
    const nobody = await post(server, '/o/introspect', { token: tokens.access_token });
    expect(nobody).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const wrong = await introspect(server, { ...app, secret: 'wrong' }, tokens.access_token);
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic /);
    const bare = await post(server, '/o/introspect', { token: tokens.access_token, client_id: app.clientId });
    expect(bare).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  test('a public application learns nothing, of its own tokens or of others (IN-03)', async () => {
    const own = await byPassword(server, spa, 'alice');
    for (const token of [own.access_token, tokens.access_token]) {
      const answer = await post(server, '/o/introspect', { token, client_id: spa.clientId });
      expect(answer.status === 200 ? answer.body : { active: false }).toEqual({ active: false });
    }
  });
});

describe('what is not active says so and nothing else (IN-05)', () => {
  test('an expired, a revoked and a rotated access token', async () => {
    const revoked = await byPassword(server, app, 'alice');
    await revoke(server, app, revoked.access_token);
    expect(await introspect(server, app, revoked.access_token)).toMatchObject(inactive);
    travel(3601);
    expect((await introspect(server, app, tokens.access_token)).body).toEqual({ active: false });
  });

  test.each(['unknown', 'x'.repeat(8192), 'a\u00e9\u{1f4a9}', 'eyJhbGciOiJub25lIn0.e30.', ' ', '%00'])(
    '%j',
    async (value) => {
      const answer = await introspect(server, app, value);
      expect([200, 400]).toContain(answer.status);
      if (answer.status === 200) expect(answer.body).toEqual({ active: false });
    },
  );

  test('a refresh token, whatever the hint, as in DOT', async () => {
    for (const hint of [undefined, 'refresh_token', 'access_token']) {
      const answer = await introspect(
        server,
        app,
        tokens.refresh_token,
        hint ? { token_type_hint: hint } : {},
      );
      expect(answer.body).toEqual({ active: false });
    }
  });

  test('no token at all is invalid_request', async () => {
    expect(await post(server, '/o/introspect', {}, basic(app))).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });
});

test.each(['access_token', 'refresh_token', 'nonsense', 'urn:x', ''])(
  'the hint %j changes nothing (IN-06)',
  async (hint) => {
    const plain = await introspect(server, app, tokens.access_token);
    expect((await introspect(server, app, tokens.access_token, { token_type_hint: hint })).body).toEqual(
      plain.body,
    );
  },
);

test('GET is 405, and the token is in no log (IN-09)', async () => {
  for (const path of ['/o/introspect', '/o/introspect/', '/introspect']) {
    expect((await get(server, `${path}?token=${tokens.access_token}`, basic(app))).status).toBe(405);
  }
  expect(server.logged()).not.toContain(tokens.access_token);
});
