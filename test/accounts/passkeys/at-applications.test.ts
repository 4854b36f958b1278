/** Signing in at an application with a passkey: what its ID token says, and that a refusal leads nowhere. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventsOf } from '../../audit/events-of.js';
import type { SoftwarePasskey } from '../../support/authenticator.js';
import { newBrowser } from '../../support/browser.js';
import { exchange } from '../../support/oauth.js';
import { verifyIdToken } from '../../support/openid.js';
import { addPasskey, signInWithPasskey } from '../../support/passkeys.js';
import { authorizeUrl, createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let app: TestApplication;
let passkey: SoftwarePasskey;
let ada: number;

beforeAll(async () => {
  server = await startTestServer();
  ({ id: ada } = await createPerson(server, 'ada'));
  await createPerson(server, 'bob');
  app = await createApp(server, { skipConsent: true });
  passkey = await addPasskey(server, await signIn(server, 'ada'));
});
afterAll(async () => server?.stop());

const path = () => authorizeUrl(app, { scope: 'openid', prompt: 'login' });

async function claimsAt(location: string | undefined): Promise<Record<string, unknown>> {
  const code = new URL(location ?? '').searchParams.get('code') ?? '';
  const { body } = await exchange(server, app, code);
  return (await verifyIdToken(server, app, body.id_token)).claims;
}

test('the ID token says that it was a passkey, with its owner verified', async () => {
  const { location } = await signInWithPasskey(server, newBrowser(server.url), passkey, { path: path() });
  expect(await claimsAt(location)).toMatchObject({
    sub: String(ada),
    amr: ['hwk', 'user', 'mfa'],
    acr: 'phr',
  });
});

test('metadata names the acr', async () => {
  const answer = await newBrowser(server.url).request('/.well-known/openid-configuration');
  expect(JSON.parse(answer.text).acr_values_supported).toContain('phr');
});

test('the audit trail names the application', async () => {
  const events = await eventsOf(server, () =>
    signInWithPasskey(server, newBrowser(server.url), passkey, { path: path() }),
  );
  expect(events.find(({ event }) => event === 'login.succeeded')).toMatchObject({
    account_id: ada,
    client_id: app.clientId,
    details: { methods: ['hwk', 'user', 'mfa'] },
  });
});

test('somebody else who was signed in here is signed out', async () => {
  const browser = await signIn(server, 'bob');
  const { location } = await signInWithPasskey(server, browser, passkey, { path: path() });
  expect((await claimsAt(location)).sub).toBe(String(ada));
  expect((await browser.open('/account')).html.querySelector('.who')?.text).toContain('ada');
});

test('a refused passkey leads to no code, and the sign-in can go on', async () => {
  const browser = newBrowser(server.url);
  const lie = { path: path(), origin: 'https://evil.test' };
  const refused = await signInWithPasskey(server, browser, passkey, lie);
  expect([refused.status, refused.location]).toEqual([401, undefined]);
  expect((await browser.open('/account')).url).toContain('/login');
  const { pathname } = new URL(refused.url);
  const again = pathname.replace(/\/passkey$/, '');
  expect((await signInWithPasskey(server, browser, passkey, { path: again })).location).toMatch(/[?&]code=/);
});
