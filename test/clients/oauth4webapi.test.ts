/** oauth4webapi 3: the strictest reader of what a server answers, below many libraries (Auth.js among them). */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as oauth from 'oauth4webapi';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { signInAndAllow } from './walk-through.js';

const CALLBACK = 'http://localhost:9999/callback';
const insecure = { [oauth.allowInsecureRequests]: true };

let server: TestServer;
let subject: string;

beforeAll(async () => {
  server = await startTestServer();
  subject = String((await createPerson(server, 'ada')).id);
});
afterAll(() => server.stop());

async function discover(algorithm: 'oidc' | 'oauth2'): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(server.url);
  return oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm, ...insecure }),
  );
}

/** The callback's parameters, with state and `iss` (RFC 9207) checked, and the verifier. */
async function authorize(as: oauth.AuthorizationServer, client: oauth.Client, scope: string, nonce?: string) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(nonce ? { nonce } : {}),
  }).toString();
  const callback = await signInAndAllow(server, url, 'ada');
  return { parameters: oauth.validateAuthResponse(as, client, new URL(callback), state), verifier };
}

test.each([
  ['Basic', 'confidential', (app: TestApplication) => oauth.ClientSecretBasic(app.secret)],
  ['the secret in the body', 'confidential', (app: TestApplication) => oauth.ClientSecretPost(app.secret)],
  ['a public client', 'public', () => oauth.None()],
] as const)(
  'OpenID Connect by %s: code, ID token, userinfo, refresh, revocation',
  async (_, clientType, authentication) => {
    const app = await createApp(server, { clientType, redirectUris: [CALLBACK] });
    const client: oauth.Client = { client_id: app.clientId };
    const authenticate = authentication(app);
    const as = await discover('oidc');
    const nonce = oauth.generateRandomNonce();
    const { parameters, verifier } = await authorize(as, client, 'openid email', nonce);

    const tokens = await oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(
        as,
        client,
        authenticate,
        parameters,
        CALLBACK,
        verifier,
        insecure,
      ),
      { expectedNonce: nonce, requireIdToken: true },
    );
    expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toBe(subject);

    const userinfo = await oauth.processUserInfoResponse(
      as,
      client,
      subject,
      await oauth.userInfoRequest(as, client, tokens.access_token, insecure),
    );
    expect(userinfo).toMatchObject({ sub: subject, email: 'ada@example.com' });

    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, authenticate, tokens.refresh_token ?? '', insecure),
    );
    const token = refreshed.refresh_token ?? '';
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, authenticate, token, insecure),
    );
    const late = await oauth.refreshTokenGrantRequest(as, client, authenticate, token, insecure);
    await expect(oauth.processRefreshTokenResponse(as, client, late)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  },
);

test('OAuth 2.0 by the metadata of RFC 8414: code, /profile, introspection', async () => {
  const app = await createApp(server, { redirectUris: [CALLBACK] });
  const client: oauth.Client = { client_id: app.clientId };
  const authenticate = oauth.ClientSecretBasic(app.secret);
  const as = await discover('oauth2');
  const { parameters, verifier } = await authorize(as, client, 'read');

  const tokens = await oauth.processAuthorizationCodeResponse(
    as,
    client,
    await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authenticate,
      parameters,
      CALLBACK,
      verifier,
      insecure,
    ),
  );
  expect(tokens).toMatchObject({ scope: 'read', token_type: 'bearer' });
  expect(tokens.id_token).toBeUndefined();

  const url = new URL('/profile', server.url);
  const get = (token: string) =>
    oauth.protectedResourceRequest(token, 'GET', url, undefined, undefined, insecure);
  expect(await (await get(tokens.access_token)).json()).toMatchObject({ username: 'ada' });
  await expect(get('nonsense')).rejects.toMatchObject({
    cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }],
  });

  const answer = await oauth.introspectionRequest(as, client, authenticate, tokens.access_token, insecure);
  expect(await oauth.processIntrospectionResponse(as, client, answer)).toMatchObject({
    active: true,
    username: 'ada',
  });
});

test('client credentials, and a wrong secret', async () => {
  const app = await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] });
  const client: oauth.Client = { client_id: app.clientId };
  const as = await discover('oauth2');
  const ask = (secret: string) =>
    oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretBasic(secret), {}, insecure);

  const tokens = await oauth.processClientCredentialsResponse(as, client, await ask(app.secret));
  expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'read write groups' });
  // The library looks at the challenge first: it must be one it can read.
  const refused = oauth.processClientCredentialsResponse(as, client, await ask('wrong'));
  await expect(refused).rejects.toMatchObject({ cause: [{ scheme: 'basic' }] });
});
