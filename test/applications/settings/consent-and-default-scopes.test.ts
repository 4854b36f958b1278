/** Two settings that a sign-in shows: when people are asked, and what an application is given that names no scope. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../../support/browser.js';
import { signInAt, token } from '../../support/oauth.js';
import { authorizeUrl, createApp, createPerson, getCode, PASSWORD, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let ada: Browser;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'ada');
  ada = await signIn(server, 'ada');
});

afterAll(() => server.stop());

describe('an application that asks at every sign-in', () => {
  test('shows the question although it was answered before, and takes each answer', async () => {
    const app = await createApp(server, { consent: 'always' });
    for (const scope of ['read write', 'read']) {
      const page = await ada.open(authorizeUrl(app, { scope: 'read write' }));
      expect(page.html.querySelector('form[action$="/consent"]')).not.toBeNull();
      const answered = await ada.submit(page, { scope: scope.split(' ') }, '/consent');
      const code = new URL(answered.location!).searchParams.get('code')!;
      const exchange = { grant_type: 'authorization_code', code, redirect_uri: app.redirectUris[0]! };
      expect((await token(server, app, exchange)).body.scope).toBe(scope);
    }
  });

  test('cannot do without it: prompt=none is consent_required', async () => {
    const app = await createApp(server, { consent: 'always' });
    await getCode(ada, app);
    const page = await ada.open(authorizeUrl(app, { prompt: 'none' }));
    expect(new URL(page.location!).searchParams.get('error')).toBe('consent_required');
  });

  test('refreshes what was allowed without a question', async () => {
    const app = await createApp(server, { consent: 'always' });
    const { refresh_token } = await signInAt(server, ada, app, { scope: 'read' });
    const answer = await token(server, app, { grant_type: 'refresh_token', refresh_token });
    expect([answer.status, answer.body.scope]).toEqual([200, 'read']);
  });
});

describe('a request that names no scope', () => {
  const ALL_GRANTS = ['authorization_code', 'refresh_token', 'client_credentials', 'password'] as const;

  test('is given the default scopes of the application, whatever the grant', async () => {
    const app = await createApp(server, { grantTypes: [...ALL_GRANTS], defaultScopes: ['read', 'email'] });
    expect((await signInAt(server, ada, app)).scope).toBe('read email');
    const password = { grant_type: 'password', username: 'ada', password: PASSWORD };
    expect((await token(server, app, password)).body.scope).toBe('read email');
    const own = await createApp(server, { grantTypes: [...ALL_GRANTS], defaultScopes: ['write'] });
    expect((await token(server, own, { grant_type: 'client_credentials' })).body.scope).toBe('write');
    // Naming others is as it was.
    expect((await token(server, own, { grant_type: 'client_credentials', scope: 'read' })).body.scope).toBe(
      'read',
    );
  });

  test('is never given more than the application may ask for, nor what the server no longer has', async () => {
    const app = await createApp(server, {
      grantTypes: ['client_credentials'],
      scopes: ['read', 'write'],
      defaultScopes: ['write', 'groups', 'gone'],
    });
    expect((await token(server, app, { grant_type: 'client_credentials' })).body.scope).toBe('write');
  });

  test('is refused where none of the defaults is left', async () => {
    const app = await createApp(server, { grantTypes: ['client_credentials'], defaultScopes: ['gone'] });
    const answer = await token(server, app, { grant_type: 'client_credentials' });
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_scope']);
  });
});
