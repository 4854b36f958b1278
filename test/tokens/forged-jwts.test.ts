/**
 * Whatever looks like one of our JWT access tokens and was not issued as one, is expired or was changed: unknown at /profile,
 * userinfo and introspection, whoever signed it (RS-06, IN-04, RF-14, ASVS 9.1 and 9.2).
 */
import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { rotateKeys } from '../../src/engine/keys/key-rotation.js';
import { loadSigningKeys } from '../../src/engine/keys/signing-keys.js';
import { deriveKey } from '../../src/secrets/derive-key.js';
import type { Browser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { get, introspect, post, profile, refresh, revoke, signInAt, token } from '../support/oauth.js';
import { verifyAccessToken } from '../support/openid.js';
import { authorizeUrl, createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';

const SEALED_UNDER = deriveKey(SECRET_KEY, 'signing keys');

let server: TestServer;
let alice: Browser;
let app: TestApplication;
let tokens: { access_token: string; refresh_token: string; id_token?: string };
let key: JWK;
let claims: JWTPayload;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  app = await createApp(server, { tokenFormat: 'jwt', skipConsent: true });
  tokens = await signInAt(server, alice, app, { scope: 'openid read' });
  const keys = await loadSigningKeys(server.database, SEALED_UNDER);
  key = keys.find(({ alg }) => alg === 'RS256')?.privateJwk as JWK;
  ({ claims } = await verifyAccessToken(server, tokens.access_token));
});
afterEach(backToPresent);
afterAll(() => server.stop());

async function expectUnknown(value: string): Promise<void> {
  const bearer = { authorization: `Bearer ${value}` };
  for (const path of ['/profile', '/o/userinfo']) {
    const answer = await get(server, path, bearer);
    expect([path, answer.status, answer.body.error]).toEqual([path, 401, 'invalid_token']);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  }
  expect(await introspect(server, app, value)).toMatchObject({ status: 200, body: { active: false } });
  expect((await introspect(server, app, value)).body).toEqual({ active: false });
  // RFC 7009 2.2: there is nothing to revoke, which is no error.
  expect((await revoke(server, app, value)).status).toBe(200);
}

/** Signed with the server's own private key, as somebody would who has stolen it from a backup of old. */
const signOurselves = (payload: JWTPayload, header: { typ?: string } = { typ: 'at+jwt' }) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: String(key.kid), ...header }).sign(key);

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const partsOf = (jwt: string) => jwt.split('.') as [string, string, string];

test('the token that all of this is made from is good', async () => {
  expect((await profile(server, tokens.access_token)).status).toBe(200);
  // And so would be what we sign below, to whoever looks at signatures alone.
  await verifyAccessToken(server, await signOurselves(claims));
});

describe('with a signature that verifies', () => {
  test.each<[string, JWTPayload]>([
    ['never issued', { jti: 'another' }],
    ['of another issuer', { iss: 'https://evil.test' }],
    ['for another audience', { aud: 'https://api.other.test' }],
    ['expired', { exp: 1 }],
    ['of another person', { sub: '1000' }],
    ['with more scopes', { scope: 'openid read write groups' }],
    ['without an end', { exp: undefined as unknown as number }],
  ])('one %s', async (_what, changed) => {
    await expectUnknown(await signOurselves({ ...claims, ...changed }));
  });

  test('the ID token, or the claims of one', async () => {
    await expectUnknown(tokens.id_token ?? '');
    await expectUnknown(await signOurselves({ ...claims, aud: app.clientId }, { typ: 'JWT' }));
  });

  test('the same claims signed once more', async () => {
    const twin = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'another' });
    await expectUnknown(await twin.sign(key));
  });
});

describe('without one', () => {
  test.each(['none', 'None', 'NONE', 'nOnE'])('alg %s', async (alg) => {
    const [, payload, signature] = partsOf(tokens.access_token);
    await expectUnknown(`${encode({ alg, typ: 'at+jwt' })}.${payload}.`);
    await expectUnknown(`${encode({ alg, typ: 'at+jwt' })}.${payload}.${signature}`);
  });

  test('HS256 with the public key for a secret, in every form it has', async () => {
    const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicJwk } = key;
    const publicKey = createPublicKey({ key: publicJwk as never, format: 'jwk' });
    const forms = [
      publicKey.export({ type: 'spki', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'der' }),
      publicKey.export({ type: 'pkcs1', format: 'pem' }),
      JSON.stringify(publicJwk),
    ];
    for (const secret of forms) {
      const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: key.kid })}.${encode(claims)}`;
      await expectUnknown(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`);
    }
  });

  test('a key that the token brings along', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const header = { alg: 'ES256', typ: 'at+jwt', jwk: publicKey.export({ format: 'jwk' }) as JWK };
    await expectUnknown(await new SignJWT(claims).setProtectedHeader(header).sign(privateKey));
    const elsewhere = { alg: 'ES256', typ: 'at+jwt', jku: `${server.url}/evil.json`, kid: '../../dev/null' };
    await expectUnknown(await new SignJWT(claims).setProtectedHeader(elsewhere).sign(privateKey));
  });

  test('an edited payload under the old signature', async () => {
    const [header, , signature] = partsOf(tokens.access_token);
    await expectUnknown(`${header}.${encode({ ...claims, sub: '1000' })}.${signature}`);
  });

  test('a part left out, doubled, empty or written in another way', async () => {
    const [header, payload, signature] = partsOf(tokens.access_token);
    const variants = [
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature}.${signature}`,
      `${header}.${payload}.${signature}.${signature}.${signature}`,
      `.${payload}.${signature}`,
      `${header}..${signature}`,
      `${header}.${payload}.${signature}=`,
      `${header}.${payload}.${signature}==`,
      signature,
      payload,
      '..',
      'a.b.c',
    ];
    for (const variant of variants) await expectUnknown(variant);
    for (const variant of [` ${tokens.access_token}`, `${tokens.access_token}\n`, 'eyJhbGciOiJub25lIn0.e30.'])
      expect((await introspect(server, app, variant)).body).toEqual({ active: false });
  });
});

describe('a token of another kind in its place', () => {
  test('a refresh token, a code and what the engine is told in the place of a JWT are no access tokens', async () => {
    expect((await profile(server, tokens.refresh_token)).status).toBe(401);
    expect((await introspect(server, app, 'a JWT')).body).toEqual({ active: false });
    expect((await introspect(server, app, tokens.refresh_token)).body).toEqual({ active: false });
  });

  test('the access token is no refresh token, no code, no ID token hint and no client assertion', async () => {
    const jwt = tokens.access_token;
    expect(await refresh(server, app, jwt)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const asCode = { grant_type: 'authorization_code', code: jwt, redirect_uri: app.redirectUris[0] ?? '' };
    expect(await token(server, app, asCode)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const hinted = await alice.open(
      authorizeUrl(app, { scope: 'openid', id_token_hint: jwt, prompt: 'none' }),
    );
    expect(hinted.location ?? '').not.toContain('code=');
    expect((await alice.open(`/o/logout?${new URLSearchParams({ id_token_hint: jwt })}`)).status).toBe(400);
    const assertion = await post(server, '/o/token', {
      grant_type: 'client_credentials',
      client_id: app.clientId,
      client_assertion: jwt,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    expect([400, 401]).toContain(assertion.status);
    expect((await profile(server, jwt)).status).toBe(200);
  });

  test('who does not authenticate is told nothing of a JWT, and it is in no log', async () => {
    const forged = await signOurselves({ ...claims, jti: 'x' });
    const anonymous = await post(server, '/o/introspect', { token: forged });
    expect(anonymous).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(server.logged()).not.toContain(partsOf(forged)[2]);
  });
});

test('after its end it is refused to the second', async () => {
  const { access_token } = await signInAt(server, alice, app, { scope: 'openid read' });
  travel(3598);
  expect((await profile(server, access_token)).status).toBe(200);
  travel(4);
  await expectUnknown(access_token);
});

test('a signing key that is replaced still verifies what it has signed, and signs nothing more', async () => {
  const { access_token: before } = await signInAt(server, alice, app, { scope: 'openid read' });
  const { lifetimes } = server.config;
  const rotation = { algorithms: ['RS256'] as const, announceFor: 0, lifetimes, at: new Date() };
  const [replacement] = await rotateKeys(server.database, SEALED_UNDER, rotation);
  const next = await startTestServer({ DATABASE_URL: server.databaseUrl });
  try {
    const { access_token: after } = await signInAt(next, await signIn(next, 'alice'), app, { scope: 'read' });
    const published = createLocalJWKSet((await get(next, '/o/.well-known/jwks.json')).body);
    const signedBy = async (jwt: string) => (await jwtVerify(jwt, published)).protectedHeader.kid;
    expect([await signedBy(before), await signedBy(after)]).toEqual([key.kid, replacement?.kid]);
    for (const value of [before, after]) expect((await profile(next, value)).status).toBe(200);
  } finally {
    await next.stop();
  }
});
