/** ID tokens (TK-30; OpenID Connect Core 2 and 3.1.3). */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { refresh, signInAt, token } from '../support/oauth.js';
import { verifyIdToken } from '../support/openid.js';
import { createApp, createPerson, PASSWORD, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let alice: Browser;
let app: TestApplication;
let sub: string;

beforeAll(async () => {
  server = await startTestServer();
  sub = String((await createPerson(server, 'alice')).id);
  alice = await signIn(server, 'alice');
  app = await createApp(server);
});
afterAll(() => server.stop());
afterEach(backToPresent);

/** Core 3.1.3.6; all our algorithms hash by SHA-256. */
const leftHalfOfHash = (text: string) =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
const epoch = () => Math.floor(Date.now() / 1000);

test('says who signed in, when, for whom and for how long, and nothing that was not asked for', async () => {
  const tokens = await signInAt(server, alice, app, { scope: 'openid', nonce: 'n-0S6_WzA2Mj' });
  const { header, claims } = await verifyIdToken(server, app, tokens.id_token);
  expect(header).toEqual({ alg: 'RS256', kid: expect.any(String) });
  expect(claims).toEqual({
    iss: server.config.issuer,
    sub,
    aud: app.clientId,
    exp: expect.any(Number),
    iat: expect.any(Number),
    auth_time: expect.any(Number),
    acr: 'urn:latchkey:acr:password',
    amr: ['pwd'],
    nonce: 'n-0S6_WzA2Mj',
    at_hash: leftHalfOfHash(tokens.access_token),
  });
  expect(Math.abs(Number(claims.iat) - epoch())).toBeLessThan(10);
  expect(Number(claims.exp) - Number(claims.iat)).toBe(server.config.lifetimes.idToken);
  expect(server.config.lifetimes.idToken).toBeLessThanOrEqual(3600);
  expect(Number(claims.auth_time)).toBeLessThanOrEqual(Number(claims.iat));
});

test('has no nonce when none was sent', async () => {
  const tokens = await signInAt(server, alice, app, { scope: 'openid' });
  expect((await verifyIdToken(server, app, tokens.id_token)).claims).not.toHaveProperty('nonce');
});

test('keeps a nonce byte for byte', async () => {
  const nonce = 'ž "\' +&=%20\u2028';
  const tokens = await signInAt(server, alice, app, { scope: 'openid', nonce });
  expect((await verifyIdToken(server, app, tokens.id_token)).claims.nonce).toBe(nonce);
});

test('is signed with ES256 for an application that chose it', async () => {
  const modern = await createApp(server, { idTokenAlg: 'ES256' });
  const tokens = await signInAt(server, alice, modern, { scope: 'openid' });
  const { header, claims } = await verifyIdToken(server, modern, tokens.id_token);
  expect(header.alg).toBe('ES256');
  expect(claims.at_hash).toBe(leftHalfOfHash(tokens.access_token));
});

test('is not given without the scope openid', async () => {
  expect(await signInAt(server, alice, app, { scope: 'read' })).not.toHaveProperty('id_token');
  expect(await signInAt(server, alice, app)).not.toHaveProperty('id_token');
});

test('the scopes profile and email are answered by userinfo, not here (Core 5.4)', async () => {
  const tokens = await signInAt(server, alice, app, { scope: 'openid profile email', nonce: 'n' });
  const { claims } = await verifyIdToken(server, app, tokens.id_token);
  expect(claims).not.toHaveProperty('email');
  expect(claims).not.toHaveProperty('name');
});

test('auth_time is that of the sign-in, not of the code', async () => {
  const before = (
    await verifyIdToken(server, app, (await signInAt(server, alice, app, { scope: 'openid' })).id_token)
  ).claims;
  travel(300);
  const after = (
    await verifyIdToken(server, app, (await signInAt(server, alice, app, { scope: 'openid' })).id_token)
  ).claims;
  expect(after.auth_time).toBe(before.auth_time);
  expect(Number(after.iat)).toBeGreaterThanOrEqual(Number(before.iat) + 300);
});

test('acr_values are answered with what was done', async () => {
  const acr = 'urn:latchkey:acr:password';
  const tokens = await signInAt(server, alice, app, { scope: 'openid', acr_values: `urn:other ${acr}` });
  expect((await verifyIdToken(server, app, tokens.id_token)).claims.acr).toBe(acr);
});

describe('the claims parameter', () => {
  test('puts what is asked for into the token', async () => {
    const claims = JSON.stringify({
      id_token: { email: null, name: { essential: true }, auth_time: { essential: true } },
    });
    const tokens = await signInAt(server, alice, app, { scope: 'openid', claims });
    const token = await verifyIdToken(server, app, tokens.id_token);
    expect(token.claims).toMatchObject({
      email: 'alice@example.com',
      name: 'Alice Example',
      auth_time: expect.any(Number),
    });
  });

  test('of another person than the one signed in asks for a sign-in', async () => {
    const claims = JSON.stringify({ id_token: { sub: { value: 'somebody else' } } });
    await expect(signInAt(server, alice, app, { scope: 'openid', claims })).rejects.toThrow('no code');
  });
});

test('a refresh gives a new one for the same sign-in, without the nonce being made up', async () => {
  const tokens = await signInAt(server, alice, app, { scope: 'openid', nonce: 'n' });
  const before = (await verifyIdToken(server, app, tokens.id_token)).claims;
  travel(60);
  const answer = await refresh(server, app, tokens.refresh_token);
  expect(answer.status).toBe(200);
  const { claims } = await verifyIdToken(server, app, answer.body.id_token);
  // Core 12.2: the same iss, sub, aud and auth_time, and the nonce of the first one or none.
  for (const name of ['iss', 'sub', 'aud', 'auth_time']) expect(claims[name]).toEqual(before[name]);
  expect(['n', undefined]).toContain(claims.nonce);
  expect(Number(claims.iat)).toBeGreaterThanOrEqual(Number(before.iat) + 60);
  expect(claims.at_hash).toBe(leftHalfOfHash(answer.body.access_token));
});

test('the password grant gives one when openid is asked for', async () => {
  const legacy = await createApp(server, { grantTypes: ['password'], redirectUris: [] });
  const body = { grant_type: 'password', username: 'alice', password: PASSWORD, scope: 'openid' };
  const answer = await token(server, legacy, body);
  expect(answer.status).toBe(200);
  const { claims } = await verifyIdToken(server, legacy, answer.body.id_token);
  expect(claims).toMatchObject({ sub, at_hash: leftHalfOfHash(answer.body.access_token) });
});

test('many of them are each for their own nonce, and verify with a key that is listed', async () => {
  for (let i = 0; i < 50; i++) {
    const tokens = await signInAt(server, alice, app, { scope: 'openid', nonce: `n${i}` });
    expect((await verifyIdToken(server, app, tokens.id_token)).claims.nonce).toBe(`n${i}`);
  }
});
