/** What every answer of the authorization endpoint carries: iss (AZ-18, RFC 9207) and the state as sent (AZ-19). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf } from '../support/answers.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { get } from '../support/oauth.js';
import {
  allow,
  authorizeUrl,
  createApp,
  createPerson,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let alice: Browser;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  app = await createApp(server);
});
afterAll(() => server.stop());

describe('iss is the issuer of the discovery document (AZ-18)', () => {
  let issuer: string;
  beforeAll(async () => {
    const { body } = await get(server, '/.well-known/openid-configuration');
    expect(body.authorization_response_iss_parameter_supported).toBe(true);
    issuer = body.issuer;
  });

  test('with a code', async () => {
    const answer = answerOf(await allow(alice, app));
    expect(answer).toEqual({ code: expect.any(String), state: 'xyz', iss: issuer });
  });

  test('after a refusal by the person', async () => {
    const other = await createApp(server);
    const page = await alice.submit(await alice.open(authorizeUrl(other)), {}, '/deny');
    expect(answerOf(page)).toMatchObject({ error: 'access_denied', state: 'xyz', iss: issuer });
  });

  test('with login_required', async () => {
    const page = await newBrowser(server.url).open(authorizeUrl(app, { prompt: 'none' }));
    expect(answerOf(page)).toMatchObject({ error: 'login_required', state: 'xyz', iss: issuer });
  });

  test('with invalid_scope', async () => {
    const page = await alice.open(authorizeUrl(app, { scope: 'nope' }));
    expect(answerOf(page)).toMatchObject({ error: 'invalid_scope', state: 'xyz', iss: issuer });
  });
});

describe('state comes back as it was sent (AZ-19)', () => {
  const NASTY: [string, string][] = [
    ['2 KB', 'x'.repeat(2048)],
    ['UTF-8', 'žluťoučký 🐎 \u2028 \u202e'],
    ['a header to be', '\r\nSet-Cookie: x=1'],
    ['a query to be', 'a&code=evil&iss=https://evil.test#frag?x=1+1%20'],
    ['markup', '"><script>alert(1)</script>'],
    ['JSON', '{"next":"/a b","n":[1,2]}'],
    ['base64', 'ab+/cd=='],
    ['a NUL character', 'a\0b'],
    ['the placeholder of a template', '{uid} <%= uid %> $& $1'],
  ];

  test.each(NASTY)('%s, through sign-in and consent', async (_what, state) => {
    const fresh = await createApp(server);
    const page = await allow(alice, fresh, { state });
    const answer = answerOf(page);
    expect(answer.state).toBe(state);
    expect(answer.iss).toBe(server.config.issuer);
    expect(new URL(page.location ?? '').searchParams.getAll('code')).toHaveLength(1);
    expect(new URL(page.location ?? '').hash).toBe('');
    expect(page.headers.getSetCookie().join()).not.toContain('x=1');
  });

  test.each(NASTY)('%s, with an error', async (_what, state) => {
    const answer = answerOf(await alice.open(authorizeUrl(app, { state, scope: 'nope' })));
    expect(answer).toMatchObject({ error: 'invalid_scope', state });
  });

  test('bytes that are no UTF-8 do no harm', async () => {
    const page = await alice.request(`${authorizeUrl(app, { state: undefined })}&state=%ff%fe`);
    expect(page.status).toBeLessThan(500);
  });

  test('none was sent, none comes back', async () => {
    await allow(alice, app);
    expect(answerOf(await alice.open(authorizeUrl(app, { state: undefined })))).not.toHaveProperty('state');
  });
});
