/** openid-client 6: what a Node.js application of today uses. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { newBrowser } from '../support/browser.js';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { walkThrough } from './walk-through.js';

const CALLBACK = 'http://localhost:9999/callback';
const BYE = 'http://localhost:9999/bye';
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

let server: TestServer;
let subject: string;

beforeAll(async () => {
  server = await startTestServer();
  subject = String((await createPerson(server, 'ada')).id);
});
afterAll(() => server.stop());

function discover(app: TestApplication, authentication?: client.ClientAuth): Promise<client.Configuration> {
  const options = { execute: [client.allowInsecureRequests] };
  const metadata = { client_secret: app.secret || undefined, id_token_signed_response_alg: app.idTokenAlg };
  return client.discovery(new URL(server.url), app.clientId, metadata, authentication, options);
}

async function signIn(config: client.Configuration, browser = newBrowser(server.url)) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid profile email read',
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  });
  const { location } = await walkThrough(browser, url.href, 'ada');
  return client.authorizationCodeGrant(config, new URL(location ?? ''), checks);
}

describe.each([
  ['Basic', (app: TestApplication) => client.ClientSecretBasic(app.secret)],
  ['the secret in the body', (app: TestApplication) => client.ClientSecretPost(app.secret)],
])('a confidential client, by %s', (_, authentication) => {
  test.each(['RS256', 'ES256'] as const)('signs in, with an ID token by %s', async (idTokenAlg) => {
    const app = await createApp(server, { redirectUris: [CALLBACK], idTokenAlg });
    const config = await discover(app, authentication(app));
    client.enableNonRepudiationChecks(config);

    const tokens = await signIn(config);
    expect(tokens.claims()).toMatchObject({ sub: subject, aud: app.clientId, iss: server.url });
    expect(tokens.scope).toBe('openid profile email read');
    expect(tokens.expiresIn()).toBeGreaterThan(3590);

    const userinfo = await client.fetchUserInfo(config, tokens.access_token, subject);
    expect(userinfo).toMatchObject({
      preferred_username: 'ada',
      email: 'ada@example.com',
      given_name: 'Ada',
    });
    const profile = await client.fetchProtectedResource(
      config,
      tokens.access_token,
      new URL('/profile', server.url),
      'GET',
    );
    expect(await profile.json()).toMatchObject({ id: Number(subject), username: 'ada' });
  });

  test('refreshes, introspects and revokes', async () => {
    const app = await createApp(server, { redirectUris: [CALLBACK] });
    const config = await discover(app, authentication(app));
    const first = await signIn(config);

    const second = await client.refreshTokenGrant(config, first.refresh_token ?? '');
    expect(await client.tokenIntrospection(config, first.access_token)).toEqual({ active: false });
    expect(await client.tokenIntrospection(config, second.access_token)).toMatchObject({
      active: true,
      username: 'ada',
      client_id: app.clientId,
    });

    await client.tokenRevocation(config, second.refresh_token ?? '');
    expect(await client.tokenIntrospection(config, second.access_token)).toEqual({ active: false });
  });
});

test('a public client signs in with PKCE and refreshes', async () => {
  const app = await createApp(server, { clientType: 'public', pkce: 'required', redirectUris: [CALLBACK] });
  const config = await discover(app, client.None());
  const tokens = await signIn(config);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
  await client.fetchUserInfo(config, refreshed.access_token, subject);
});

test('a person who declines is an AuthorizationResponseError, access_denied', async () => {
  const app = await createApp(server, { redirectUris: [CALLBACK] });
  const config = await discover(app);
  const browser = newBrowser(server.url);
  const state = client.randomState();
  await walkThrough(browser, '/login', 'ada');
  const consent = await browser.open(
    client.buildAuthorizationUrl(config, { redirect_uri: CALLBACK, scope: 'openid', state }).href,
  );
  const { location } = await browser.submit(consent, {}, '/deny');
  const answer = client.authorizationCodeGrant(config, new URL(location ?? ''), { expectedState: state });
  await expect(answer).rejects.toMatchObject({ name: 'AuthorizationResponseError', error: 'access_denied' });
});

test('the end session URL signs the person out and leads back', async () => {
  const app = await createApp(server, { redirectUris: [CALLBACK], postLogoutRedirectUris: [BYE] });
  const config = await discover(app);
  const browser = newBrowser(server.url);
  const tokens = await signIn(config, browser);

  const url = client.buildEndSessionUrl(config, {
    post_logout_redirect_uri: BYE,
    id_token_hint: tokens.id_token ?? '',
    state: 'done',
  });
  const back = await browser.submit(await browser.open(url.href), {}, '/confirm');
  expect(back.location).toBe(`${BYE}?state=done`);
  const home = await browser.open('/account');
  expect(new URL(home.url).pathname).toBe('/login');
});

test('client credentials give a token that acts for nobody', async () => {
  const app = await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] });
  const config = await discover(app);
  const tokens = await client.clientCredentialsGrant(config, { scope: 'read' });
  expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'read' });
  expect(tokens.refresh_token).toBeUndefined();
  const answer = await client.tokenIntrospection(config, tokens.access_token);
  expect(answer).toMatchObject({ active: true, scope: 'read' });
  expect(answer.username).toBeUndefined();
});

test('a device polls until its person has typed the code and allowed it', async () => {
  const app = await createApp(server, { grantTypes: [DEVICE_CODE, 'refresh_token'], redirectUris: [] });
  const config = await discover(app);
  const started = await client.initiateDeviceAuthorization(config, { scope: 'openid read' });
  const browser = newBrowser(server.url);
  await walkThrough(browser, '/login', 'ada');
  let page = await browser.open(started.verification_uri);
  page = await browser.submit(page, { user_code: started.user_code }, '/o/device');
  page = await browser.submit(page, { confirm: 'yes' }, '/o/device');
  if (page.html.querySelector('form[action$="/consent"]')) page = await browser.submit(page, {}, '/consent');
  expect(page.text).toContain('Your device is connected');

  // The library waits the interval before it asks; the answer it was given is made shorter, not the server's rule.
  const tokens = await client.pollDeviceAuthorizationGrant(config, { ...started, interval: 0 });
  await client.fetchUserInfo(config, tokens.access_token, subject);
});
