import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { introspect, post, profile, refresh, token } from '../support/oauth.js';
import { createApp, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let machine: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  machine = await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] });
});

afterAll(() => server.stop());

const ask = (app: TestApplication, more: Record<string, string> = {}) =>
  token(server, app, { grant_type: 'client_credentials', ...more });

describe('an application that acts for itself', () => {
  test('is given a token without a refresh token, with the default scopes when it names none', async () => {
    const answer = await ask(machine);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      expires_in: 3600,
      token_type: 'Bearer',
      scope: 'read write groups',
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('is given the scopes it names, in the order it names them', async () => {
    expect((await ask(machine, { scope: 'groups read' })).body.scope).toBe('groups read');
  });

  test('holds a token that is active and has no username', async () => {
    const { body } = await ask(machine, { scope: 'read' });
    const answer = await introspect(server, machine, body.access_token);
    expect(answer.body).toMatchObject({ active: true, client_id: machine.clientId, scope: 'read' });
    expect(answer.body).not.toHaveProperty('username');
    expect(answer.body).not.toHaveProperty('sub');
  });

  test("reads nobody's profile with it: 403 insufficient_scope (RS-11)", async () => {
    const { body } = await ask(machine);
    const answer = await profile(server, body.access_token);
    expect(answer).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*error="insufficient_scope"/);
  });
});

describe('refused, and nothing is stored', () => {
  test.each(['admin:all nope', 'read nope', 'nope', '', ' ', 'read  write', 'READ'])(
    'the scope %j is invalid_scope (CC-01)',
    async (scope) => {
      const before = await server.database.knex('access_tokens').count();
      expect(await ask(machine, { scope })).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
      expect(await server.database.knex('access_tokens').count()).toEqual(before);
    },
  );

  test('a scope that exists but is not among those of the application is invalid_scope', async () => {
    const reader = await createApp(server, {
      grantTypes: ['client_credentials'],
      redirectUris: [],
      scopes: ['read'],
    });
    expect((await ask(reader)).body.scope).toBe('read');
    expect(await ask(reader, { scope: 'read write' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
  });

  test('an application without the grant is unauthorized_client (CC-03)', async () => {
    const web = await createApp(server);
    expect(await ask(web)).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
  });

  test('a public client is refused, whether it names only itself or makes up a secret (CC-03)', async () => {
    const spa = await createApp(server, { clientType: 'public' });
    expect(await ask(spa)).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    const body = { grant_type: 'client_credentials', client_id: spa.clientId, client_secret: 'made up' };
    expect(await post(server, '/o/token', body)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });

  test('its access token refreshes nothing', async () => {
    const both = await createApp(server, {
      grantTypes: ['client_credentials', 'refresh_token'],
      redirectUris: [],
    });
    const { body } = await ask(both);
    expect(body).not.toHaveProperty('refresh_token');
    expect(await refresh(server, both, body.access_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });
});
