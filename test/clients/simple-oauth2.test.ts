/** simple-oauth2 5, which knows no discovery: so it is given the paths, with the slashes of Django OAuth Toolkit. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AuthorizationCode,
  ClientCredentials,
  type ModuleOptions,
  ResourceOwnerPassword,
} from 'simple-oauth2';
import { profile } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { signInAndAllow } from './walk-through.js';

const CALLBACK = 'http://localhost:9999/callback';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'ada');
  app = await createApp(server, {
    redirectUris: [CALLBACK],
    grantTypes: ['authorization_code', 'refresh_token', 'password', 'client_credentials'],
  });
});
afterAll(() => server.stop());

describe.each(['header', 'body'] as const)('with the credentials in the %s', (authorizationMethod) => {
  function settings(secret = app.secret): ModuleOptions {
    return {
      client: { id: app.clientId, secret },
      auth: { tokenHost: server.url, tokenPath: '/o/token/', revokePath: '/o/revoke_token/' },
      options: { authorizationMethod },
    };
  }
  const accessTokenOf = (token: { token: Record<string, unknown> }) => String(token.token.access_token);

  test('the code flow, refreshing and revoking all', async () => {
    const { auth, ...others } = settings();
    const client = new AuthorizationCode({ ...others, auth: { ...auth, authorizePath: '/o/authorize/' } });
    const url = client.authorizeURL({ redirect_uri: CALLBACK, scope: 'read', state: 'a b&c=ü/%' });
    const callback = new URL(await signInAndAllow(server, url, 'ada'));
    expect(callback.searchParams.get('state')).toBe('a b&c=ü/%');

    const code = callback.searchParams.get('code') ?? '';
    const first = await client.getToken({ code, redirect_uri: CALLBACK, scope: 'read' });
    expect(first.expired()).toBe(false);
    expect((await profile(server, accessTokenOf(first))).body.username).toBe('ada');

    const second = await first.refresh();
    expect((await profile(server, accessTokenOf(first))).status).toBe(401);
    expect((await profile(server, accessTokenOf(second))).status).toBe(200);

    await second.revokeAll();
    expect((await profile(server, accessTokenOf(second))).status).toBe(401);
  });

  test('the password grant', async () => {
    const client = new ResourceOwnerPassword(settings());
    const token = await client.getToken({ username: 'ada', password: PASSWORD, scope: 'read groups' });
    expect((await profile(server, accessTokenOf(token))).body).toMatchObject({ username: 'ada', groups: [] });
    await token.revoke('access_token');
    expect((await profile(server, accessTokenOf(token))).status).toBe(401);
  });

  test('client credentials', async () => {
    const token = await new ClientCredentials(settings()).getToken({ scope: ['read', 'write'] });
    expect(token.token).toMatchObject({ token_type: 'Bearer', scope: 'read write' });
    expect(token.token.refresh_token).toBeUndefined();
  });

  test('a wrong secret is a 401 whose reason it shows', async () => {
    const refused = new ClientCredentials(settings('wrong')).getToken({});
    await expect(refused).rejects.toMatchObject({
      output: { statusCode: 401 },
      data: { payload: { error: 'invalid_client' } },
    });
  });
});
