/** What must be said again when a code is exchanged or a token refreshed, and what may have changed in between. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { changeSettings } from '../support/change-settings.js';
import { exchange, post, profile, refresh, signInAt, token } from '../support/oauth.js';
import {
  allow,
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { newPkce } from '../support/pkce.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let alice: Browser;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
});
afterAll(() => server.stop());

describe('redirect_uri at the token endpoint (RFC 6749 4.1.3)', () => {
  let app: TestApplication;
  beforeAll(async () => {
    app = await createApp(server);
  });

  // Guards against the engine's fallback to the only registered one, whatever the authorization request said.
  test('is required when the authorization request had it, and the code survives the mistake', async () => {
    const code = await getCode(alice, app);
    const refused = await token(server, app, { grant_type: 'authorization_code', code });
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_request']);
    expect((await exchange(server, app, code)).status).toBe(200);
  });

  test('may be left out of both, or sent to the token endpoint only', async () => {
    for (const more of [{}, { redirect_uri: app.redirectUris[0] ?? '' }] as Record<string, string>[]) {
      const page = await allow(alice, app, {});
      expect(page.location).toBeDefined();
      const plain = authorizeUrl(app, { redirect_uri: undefined });
      const { location } = await alice.open(plain);
      const code = new URL(location ?? '').searchParams.get('code') ?? '';
      expect((await token(server, app, { grant_type: 'authorization_code', code, ...more })).status).toBe(
        200,
      );
    }
  });
});

// Guards against a sign-in taken up again, whose request had no redirect_uri until the engine filled it in.
test('a restarted sign-in leaves redirect_uri out as the request did', async () => {
  const app = await createApp(server);
  const asked = await alice.open(authorizeUrl(app, { redirect_uri: undefined }));
  const login = await alice.submit(asked, {}, '/switch');
  const consent = await alice.submit(login, { username: 'alice', password: PASSWORD }, '/login');
  const { location } = await alice.submit(consent, {}, '/consent');
  const code = new URL(location ?? '').searchParams.get('code') ?? '';
  expect((await token(server, app, { grant_type: 'authorization_code', code })).status).toBe(200);
});

// Guards against three different wrong answers to a request without a scope (RFC 6749 3.3).
test('naming no scope is invalid_scope when the application may have none of the default ones', async () => {
  const grantTypes = ['authorization_code', 'client_credentials', 'password'] as const;
  const app = await createApp(server, { scopes: ['openid', 'profile'], grantTypes: [...grantTypes] });
  const { location } = await alice.open(authorizeUrl(app));
  expect(location).toContain('error=invalid_scope');
  const person = { username: 'alice', password: PASSWORD };
  for (const body of [{ grant_type: 'client_credentials' }, { grant_type: 'password', ...person }]) {
    const answer = await token(server, app, body as Record<string, string>);
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_scope']);
  }
});

// Guards against whoever has found a used code in a log: without its verifier it signs nobody out.
test('a used code without its verifier is refused and revokes nothing; with it, it revokes', async () => {
  const app = await createApp(server, { clientType: 'public', pkce: 'required' });
  const { verifier, challenge } = newPkce();
  const code = await getCode(alice, app, challenge);
  const { body } = await exchange(server, app, code, { code_verifier: verifier });
  for (const more of [{}, { code_verifier: newPkce().verifier }] as Record<string, string>[]) {
    const replay = await exchange(server, app, code, more);
    expect([replay.status, replay.body.error]).toEqual([400, 'invalid_grant']);
  }
  expect((await profile(server, body.access_token)).status).toBe(200);
  expect((await exchange(server, app, code, { code_verifier: verifier })).status).toBe(400);
  expect((await profile(server, body.access_token)).status).toBe(401);
});

// Guards against tokens that keep what the application may no longer have (ASVS 8.3.2).
test('refreshing gives no more than the application may have by now', async () => {
  const app = await createApp(server);
  const tokens = await signInAt(server, alice, app);
  expect(tokens.scope).toBe('read write groups');
  await changeSettings(server, app, { scopes: ['read'] });
  const narrowed = await refresh(server, app, tokens.refresh_token);
  expect([narrowed.status, narrowed.body.scope]).toEqual([200, 'read']);
  await changeSettings(server, app, { scopes: ['email'] });
  expect((await refresh(server, app, narrowed.body.refresh_token)).body.error).toBe('invalid_grant');
});

// Guards against the sweep of RFC 8252 8.6: any program on the device can listen on a loopback port.
test('a public application on a loopback port is asked for each time, and cannot be signed in to silently', async () => {
  const app = await createApp(server, {
    clientType: 'public',
    pkce: 'required',
    redirectUris: ['http://127.0.0.1/cb'],
  });
  const ask = (more: Record<string, string> = {}) => {
    const parameters = { ...newPkce().challenge, redirect_uri: 'http://127.0.0.1:4001/cb', ...more };
    return alice.open(authorizeUrl(app, parameters));
  };
  const first = await alice.submit(await ask(), {}, '/consent');
  expect(first.location).toContain('code=');
  expect((await ask()).html.querySelector('form[action$="/consent"]')).not.toBeNull();
  const silent = await ask({ prompt: 'none', redirect_uri: 'http://127.0.0.1:6666/cb' });
  expect(silent.location).toContain('error=consent_required');
});

test('parameters that python-social-auth repeats in the URL do not stop a revocation', async () => {
  const app = await createApp(server);
  const { access_token: value } = await signInAt(server, alice, app);
  const body = { token: value, client_id: app.clientId, client_secret: app.secret };
  const answer = await post(server, `/o/revoke_token/?${new URLSearchParams(body)}`, body);
  expect(answer.status).toBe(200);
  expect((await profile(server, value)).status).toBe(401);
});
