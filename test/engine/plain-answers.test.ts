/**
 * What is answered without the engine is what the engine answers: each request is made twice, once in the plain way and
 * once with an Origin (our own, which is always allowed), which only the engine looks at. The answers must be the same,
 * and so must be what is stored, since a token of the one is refreshed, introspected and revoked by the other.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashToken } from '../../src/secrets/token-hash.js';
import type { Browser } from '../support/browser.js';
import { type Answer, basic, post } from '../support/oauth.js';
import { allow, createApp, createPerson, getCode, signIn, type TestApplication } from '../support/people.js';
import { newPkce } from '../support/pkce.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: Browser;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  app = await createApp(server, {
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    introspectAny: true,
  });
  browser = await signIn(server, 'alice');
  await allow(browser, app, { scope: 'read write' });
});

afterAll(() => server.stop());

/** @returns the plain answer, then that of the engine */
async function bothWays(
  ask: (headers: Record<string, string>) => Promise<Answer>,
): Promise<[Answer, Answer]> {
  return [await ask(basic(app)), await ask({ ...basic(app), origin: new URL(server.config.issuer).origin })];
}

const TOKEN = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/);
const withoutTokens = ({ status, body }: Answer) => ({
  status,
  body: {
    ...body,
    access_token: TOKEN,
    ...(body.refresh_token ? { refresh_token: TOKEN } : {}),
  },
});

/** The row without what differs between any two: the hash, and times to the second. */
async function storedOf(table: 'access_tokens' | 'refresh_tokens', token: string) {
  const row = await server.database
    .knex(table)
    .first()
    .where({ token_hash: hashToken(token) });
  const { token_hash: _hash, issued_at, expires_at, access_token_hash, ...rest } = row;
  const { iiat, sessionUid, ...details } = rest.details;
  return {
    ...rest,
    grant_id: typeof rest.grant_id,
    seconds: (expires_at.getTime() - issued_at.getTime()) / 1000,
    isIssuedOnASecond: issued_at.getMilliseconds() === 0,
    hasAccessToken: Buffer.isBuffer(access_token_hash),
    details: { ...details, iiat: typeof iiat, sessionUid: typeof sessionUid },
  };
}

/** The engine names the headers that a script may read in every answer. */
const isOfEngine = ({ headers }: Answer) => headers.has('access-control-expose-headers');

function expectBothWays([plain, ofEngine]: [Answer, Answer]): void {
  expect([plain, ofEngine].map(isOfEngine)).toEqual([false, true]);
  expect([plain.status, ofEngine.status]).toEqual([200, 200]);
}

async function expectSame([plain, ofEngine]: [Answer, Answer]): Promise<void> {
  expectBothWays([plain, ofEngine]);
  expect(withoutTokens(ofEngine).body).toEqual(withoutTokens(plain).body);
  expect(Object.keys(plain.body)).toEqual(Object.keys(ofEngine.body));
  for (const [table, name] of [
    ['access_tokens', 'access_token'],
    ['refresh_tokens', 'refresh_token'],
  ] as const) {
    if (plain.body[name]) {
      expect(await storedOf(table, plain.body[name])).toEqual(await storedOf(table, ofEngine.body[name]));
    }
  }
}

const exchange = (code: string, headers: Record<string, string>, more: Record<string, string> = {}) => {
  const fields = { grant_type: 'authorization_code', code, redirect_uri: app.redirectUris[0]!, ...more };
  return post(server, '/o/token', fields, headers);
};

describe('the plain answer and the one of the engine are the same', () => {
  test.each<Record<string, string>>([{}, { scope: 'read' }])('client credentials, %j', async (scope) => {
    const fields = { grant_type: 'client_credentials', ...scope };
    await expectSame(await bothWays((headers) => post(server, '/o/token', fields, headers)));
  });

  test('a code', async () => {
    await expectSame(
      await bothWays(async (headers) => exchange(await getCode(browser, app, { scope: 'read' }), headers)),
    );
  });

  test('a code, with a scope that does not belong there', async () => {
    await expectSame(
      await bothWays(async (headers) => {
        const code = await getCode(browser, app, { scope: 'read write' });
        return exchange(code, headers, { scope: 'read' });
      }),
    );
  });

  test('a code with PKCE and a nonce', async () => {
    await expectSame(
      await bothWays(async (headers) => {
        const { verifier, challenge } = newPkce();
        const asked = { ...challenge, nonce: 'n', scope: 'read write' };
        return exchange(await getCode(browser, app, asked), headers, { code_verifier: verifier });
      }),
    );
  });

  test.each<Record<string, string>>([{}, { scope: 'write' }])(
    'a refresh token, and the one after it, %j',
    async (scope) => {
      const refresh = async (answer: Answer, headers: Record<string, string>) => {
        const fields = { grant_type: 'refresh_token', refresh_token: answer.body.refresh_token, ...scope };
        return post(server, '/o/token', fields, headers);
      };
      const [plain, ofEngine] = await bothWays(async (headers) =>
        refresh(await exchange(await getCode(browser, app, { scope: 'read write' }), headers), headers),
      );
      await expectSame([plain, ofEngine]);
      // Crosswise: what the one has issued the other goes on with.
      const [next, nextOfEngine] = await bothWays((headers) =>
        refresh('origin' in headers ? plain : ofEngine, headers),
      );
      await expectSame([next, nextOfEngine]);
    },
  );

  test('introspection, of a token of a person and of an application', async () => {
    const person = await exchange(await getCode(browser, app, { scope: 'read' }), basic(app));
    const own = await post(server, '/o/token', { grant_type: 'client_credentials' }, basic(app));
    for (const { body } of [person, own]) {
      const [plain, ofEngine] = await bothWays((headers) =>
        post(server, '/o/introspect', { token: body.access_token }, headers),
      );
      expectBothWays([plain, ofEngine]);
      expect(plain.body.active).toBe(true);
      expect(ofEngine.body).toEqual(plain.body);
    }
  });
});

test('a refusal that changes something happens once: a used code ends its tokens, and the audit trail has one event', async () => {
  const code = await getCode(browser, app, { scope: 'read' });
  await exchange(code, basic(app));
  const again = await exchange(code, basic(app));
  expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
  expect(again.body.error_description).toMatch(/used before; the tokens it gave have been revoked/);
  const events = await server.database.knex('audit_events').where({ event: 'code.replayed' });
  expect(events).toHaveLength(1);
});
