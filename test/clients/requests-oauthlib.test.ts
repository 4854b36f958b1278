/** requests-oauthlib, which most Python programs use (test/clients/python/requests_oauthlib_client.py). */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeWithPython, runPython } from './python.js';
import { signInAndAllow } from './walk-through.js';

const SCRIPT = 'requests_oauthlib_client.py';
const CALLBACK = 'http://localhost:9999/callback';

interface Result {
  token: { access_token: string; refresh_token?: string; scope: string[] };
  profile: object;
}

describeWithPython('requests-oauthlib', () => {
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

  function run(settings: Record<string, unknown>): Promise<Result> {
    const all = {
      server: server.url,
      client_id: app.clientId,
      client_secret: app.secret,
      redirect_uri: CALLBACK,
      ...settings,
    };
    return runPython<Result>(SCRIPT, all, (url) => signInAndAllow(server, url, 'ada'));
  }

  test('the code flow, refreshing by itself when the token has expired, and revocation', async () => {
    expect(await run({ flow: 'code' })).toMatchObject({
      token: { token_type: 'Bearer', scope: ['read', 'groups'] },
      profile: { username: 'ada', email: 'ada@example.com', groups: [] },
      profile_after_refresh: { username: 'ada' },
      refreshes: 1,
      old_token: 401,
      revocation: 200,
      after_revocation: 401,
    });
  });

  test.each([
    ['in the Authorization header', false],
    ['there and in the body', true],
  ])('the password grant, with the client %s', async (_, include_client_id) => {
    const { token, profile } = await run({
      flow: 'password',
      username: 'ada',
      password: PASSWORD,
      include_client_id,
    });
    expect(token.scope).toEqual(['read', 'write', 'groups']);
    expect(token.refresh_token).toBeTruthy();
    expect(profile).toMatchObject({ username: 'ada' });
  });

  test('client credentials', async () => {
    const { token } = await run({ flow: 'backend' });
    expect(token).toMatchObject({ token_type: 'Bearer', scope: ['read', 'write', 'groups'] });
    expect(token.refresh_token).toBeUndefined();
  });
});
