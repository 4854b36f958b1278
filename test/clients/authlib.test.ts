/** Authlib, the client below the OpenID Connect sign-in of Flask, FastAPI and Starlette sites (python/authlib_client.py). */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createApp, createPerson } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeWithPython, runPython } from './python.js';
import { signInAndAllow } from './walk-through.js';

const CALLBACK = 'http://localhost:9999/callback';

describeWithPython('Authlib', () => {
  let server: TestServer;
  let subject: string;

  beforeAll(async () => {
    server = await startTestServer();
    subject = String((await createPerson(server, 'ada')).id);
  });
  afterAll(() => server.stop());

  test.each([
    ['RS256', 'client_secret_basic'],
    ['ES256', 'client_secret_post'],
  ] as const)(
    'signs in with an ID token by %s and %s, refreshes, introspects and revokes',
    async (alg, auth_method) => {
      const app = await createApp(server, { redirectUris: [CALLBACK], idTokenAlg: alg });
      const settings = {
        server: server.url,
        client_id: app.clientId,
        client_secret: app.secret,
        redirect_uri: CALLBACK,
        auth_method,
        alg,
      };
      expect(
        await runPython('authlib_client.py', settings, (url) => signInAndAllow(server, url, 'ada')),
      ).toMatchObject({
        claims: { sub: subject },
        userinfo: { sub: subject, preferred_username: 'ada', email: 'ada@example.com' },
        refreshed: true,
        introspected: { active: true, username: 'ada', client_id: app.clientId },
        revocation: 200,
        after_revocation: 401,
      });
    },
  );
});
