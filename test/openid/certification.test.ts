/**
 * What the conformance suite of the OpenID Foundation asks beyond the other files here: each test is named after the
 * module whose expectation it holds.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf, expectErrorPage } from '../support/answers.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { exchange, get, post, profile, refresh, signInAt, token } from '../support/oauth.js';
import { verifyIdToken } from '../support/openid.js';
import {
  allow,
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { newPkce } from '../support/pkce.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let alice: Browser;
let first: TestApplication;
let second: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  first = await createApp(server);
  second = await createApp(server);
});
afterAll(() => server.stop());

const OPENID = { scope: 'openid', nonce: 'n' };

test('oidcc-ensure-redirect-uri-in-authorization-request: missing is an error page, even with one registered', async () => {
  const page = await alice.open(authorizeUrl(first, { ...OPENID, redirect_uri: undefined }));
  expectErrorPage(page);
  expect(page.html.text).toContain('redirect_uri');
});

test('oidcc-response-type-missing', async () => {
  const answer = answerOf(await alice.open(authorizeUrl(first, { ...OPENID, response_type: undefined })));
  expect(answer).toMatchObject({ error: 'invalid_request', state: 'xyz' });
});

test('oidcc-server-client-secret-post', async () => {
  const code = await getCode(alice, first, OPENID);
  const answer = await post(server, '/o/token', {
    grant_type: 'authorization_code',
    code,
    redirect_uri: 'https://c1.test/cb',
    client_id: first.clientId,
    client_secret: first.secret,
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toContain('no-store');
  await verifyIdToken(server, first, answer.body.id_token);
});

test('oidcc-refresh-token: offline_access with consent, the same sub, and nothing for another client', async () => {
  const page = await alice.open(
    authorizeUrl(first, { ...OPENID, scope: 'openid offline_access', prompt: 'consent' }),
  );
  const code = answerOf(await alice.submit(page, {}, '/consent')).code ?? '';
  const { body } = await exchange(server, first, code);
  expect(body.scope).toBe('openid offline_access');
  const before = await verifyIdToken(server, first, body.id_token);

  const stolen = await refresh(server, second, body.refresh_token);
  expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant']);

  const renewed = await refresh(server, first, body.refresh_token);
  expect(renewed.status).toBe(200);
  const after = await verifyIdToken(server, first, renewed.body.id_token);
  for (const name of ['iss', 'sub', 'aud', 'auth_time'])
    expect(after.claims[name]).toEqual(before.claims[name]);
  const me = await get(server, '/o/userinfo', { authorization: `Bearer ${renewed.body.access_token}` });
  expect(me.body.sub).toBe(after.claims.sub);
});

test('oidcc-ensure-post-request-succeeds: by a browser in which nobody is signed in', async () => {
  const browser = newBrowser(server.url);
  const { search } = new URL(authorizeUrl(first, OPENID), server.url);
  const posted = await browser.request('/o/authorize', {
    method: 'POST',
    body: new URLSearchParams(search),
    headers: { origin: 'https://c1.test', 'sec-fetch-site': 'cross-site' },
  });
  const login = await browser.open(posted.location ?? '');
  expect(login.html.querySelector('input[name=password]')).not.toBeNull();
});

test('oidcc-ensure-request-with-valid-pkce-succeeds', async () => {
  const { verifier, challenge } = newPkce();
  const answer = await exchange(server, first, await getCode(alice, first, { ...OPENID, ...challenge }), {
    code_verifier: verifier,
  });
  expect(answer.status).toBe(200);
});

describe('claims', () => {
  test('oidcc-claims-essential: an essential claim is told', async () => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const { access_token } = await signInAt(server, alice, first, { ...OPENID, claims });
    const me = await get(server, '/o/userinfo', { authorization: `Bearer ${access_token}` });
    expect(me.body.name).toBe('Alice Example');
  });

  test('an essential acr that nobody can have is refused, not ignored', async () => {
    const claims = JSON.stringify({
      id_token: { acr: { essential: true, values: ['urn:example:hardware'] } },
    });
    const page = await alice.open(authorizeUrl(first, { ...OPENID, claims, prompt: 'none' }));
    expect(answerOf(page)).toMatchObject({
      error: expect.stringMatching(/_required$|unmet_authentication_requirements/),
    });
  });

  test('an acr we have is told', async () => {
    const { body: metadata } = await get(server, '/.well-known/openid-configuration');
    const [acr] = metadata.acr_values_supported;
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: [acr] } } });
    const { id_token } = await signInAt(server, alice, first, { ...OPENID, claims });
    expect((await verifyIdToken(server, first, id_token)).claims.acr).toBe(acr);
  });
});

test('oidcc-codereuse: tokens that a code gave are revoked when it is used again', async () => {
  const code = await getCode(alice, first, { scope: 'openid read' });
  const { body } = await exchange(server, first, code);
  const again = await exchange(server, first, code);
  expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
  expect((await profile(server, body.access_token)).status).toBe(401);
});

test('oidcc-ensure-authorization-code-is-bound-to-client', async () => {
  const stolen = await exchange(server, second, await getCode(alice, first, OPENID));
  expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant']);
});

test('oidcc-redirect-uri-query: a registered query is kept, another is an error page', async () => {
  const uri = 'https://c1.test/cb?dummy1=lorem&dummy2=ipsum';
  const app = await createApp(server, { redirectUris: [uri] });
  const page = await allow(alice, app, OPENID);
  expect(page.location?.startsWith(`${uri}&code=`)).toBe(true);
  const code = answerOf(page).code ?? '';
  expect(
    (await token(server, app, { grant_type: 'authorization_code', code, redirect_uri: uri })).status,
  ).toBe(200);
  expectErrorPage(await alice.open(authorizeUrl(app, { ...OPENID, redirect_uri: `${uri}&dummy3=x` })));
  expectErrorPage(
    await alice.open(authorizeUrl(app, { ...OPENID, redirect_uri: 'https://c1.test/cb?dummy1=lorem' })),
  );
});

test('access-token type and lifetime are told, and the sub of userinfo is that of the ID token', async () => {
  const answer = await signInAt(server, alice, first, OPENID);
  expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number) });
  const { claims } = await verifyIdToken(server, first, answer.id_token);
  const me = await get(server, '/o/userinfo', { authorization: `Bearer ${answer.access_token}` });
  expect(me.body).toEqual({ sub: claims.sub });
});
