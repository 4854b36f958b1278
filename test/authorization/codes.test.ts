/** Authorization codes: once, soon, and only for whom they were made (AZ-25 to AZ-28, R-21). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { type Answer, exchange, introspect, profile, refresh, signInAt, token } from '../support/oauth.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let second: TestServer;
let alice: Browser;
let c1: TestApplication;
let c2: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  second = await startTestServer({ DATABASE_URL: server.databaseUrl });
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  c1 = await createApp(server);
  c2 = await createApp(server, { redirectUris: ['https://c2.test/cb'] });
});
afterAll(async () => {
  await second.stop();
  await server.stop();
});
afterEach(backToPresent);

function expectInvalidGrant({ status, body, headers }: Answer): void {
  expect(status).toBe(400);
  expect(body.error).toBe('invalid_grant');
  expect(body).not.toHaveProperty('access_token');
  expect(headers.get('cache-control')).toContain('no-store');
}

async function expectDead(tokens: { access_token: string; refresh_token: string }, app = c1): Promise<void> {
  expect((await profile(server, tokens.access_token)).status).toBe(401);
  expect((await introspect(server, app, tokens.access_token)).body).toEqual({ active: false });
  expectInvalidGrant(await refresh(server, app, tokens.refresh_token));
}

test.each([1, 30])(
  'a code works once, and its second use %i s later revokes the tokens (AZ-25)',
  async (wait) => {
    const code = await getCode(alice, c1);
    const first = await exchange(server, c1, code);
    expect(first.status).toBe(200);
    expect((await profile(server, first.body.access_token)).status).toBe(200);
    travel(wait);
    expectInvalidGrant(await exchange(server, c1, code));
    await expectDead(first.body);
    const events = await server.database
      .knex('audit_events')
      .where({ event: 'code.replayed', client_id: c1.clientId });
    expect(events.length).toBeGreaterThan(0);
  },
);

test('what was refreshed from it in the meantime is revoked as well', async () => {
  const code = await getCode(alice, c1);
  const first = (await exchange(server, c1, code)).body;
  const refreshed = (await refresh(server, c1, first.refresh_token)).body;
  expectInvalidGrant(await exchange(server, c1, code));
  await expectDead(refreshed);
});

test('a replay hurts no other sign-in of the same person', async () => {
  const other = await signInAt(server, alice, c1);
  const code = await getCode(alice, c1);
  await exchange(server, c1, code);
  expectInvalidGrant(await exchange(server, c1, code));
  expect((await profile(server, other.access_token)).status).toBe(200);
});

describe('of twenty exchanges of one code at the same moment', () => {
  const ROUNDS = 15;
  const race = async (nodes: TestServer[]) => {
    for (let round = 0; round < ROUNDS; round++) {
      const code = await getCode(alice, c1);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => exchange(nodes[i % nodes.length] ?? server, c1, code)),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      for (const lost of answers.filter((answer) => answer !== won[0])) expectInvalidGrant(lost);
      // The losers are replays, so the family is gone.
      await expectDead(won[0]?.body);
    }
  };

  test('one succeeds, and nobody is left with live tokens (AZ-26)', () => race([server]));
  test('the same holds over two nodes (R-21)', () => race([server, second]));
});

test('a code is worth nothing once its minute is over (AZ-27)', async () => {
  const code = await getCode(alice, c1);
  travel(server.config.lifetimes.authorizationCode + 1);
  expectInvalidGrant(await exchange(server, c1, code));
  const inTime = await getCode(alice, c1);
  travel(server.config.lifetimes.authorizationCode - 5);
  expect((await exchange(server, c1, inTime)).status).toBe(200);
});

test('another application cannot use a code, nor burn it (AZ-28)', async () => {
  const code = await getCode(alice, c1);
  expectInvalidGrant(await exchange(server, c2, code));
  expectInvalidGrant(await exchange(server, c2, code, { redirect_uri: c1.redirectUris[0] ?? '' }));
  const winner = await exchange(server, c1, code);
  expect(winner.status).toBe(200);
  // Once it is used, a stranger who has found it cannot revoke anything by it either.
  expectInvalidGrant(await exchange(server, c2, code));
  expect((await profile(server, winner.body.access_token)).status).toBe(200);
});

describe('redirect_uri at the token endpoint', () => {
  test('must be the one of the authorization request, and a mistake does not use the code up', async () => {
    const code = await getCode(alice, c1);
    for (const uri of ['https://c1.test/other', 'https://c1.test/cb/', 'https://evil.test/cb']) {
      const refused = await exchange(server, c1, code, { redirect_uri: uri });
      expectInvalidGrant(refused);
      expect(refused.body.error_description).toContain('redirect_uri');
    }
    expect((await exchange(server, c1, code)).status).toBe(200);
  });

  test('cannot be left out when it was sent there', async () => {
    const app = await createApp(server, { redirectUris: ['https://c1.test/cb', 'https://c1.test/b'] });
    const code = await getCode(alice, app);
    const refused = await token(server, app, { grant_type: 'authorization_code', code });
    expect(refused.status).toBe(400);
    expect(['invalid_request', 'invalid_grant']).toContain(refused.body.error);
    expect((await exchange(server, app, code)).status).toBe(200);
  });
});

test('without a code the description says so', async () => {
  const answer = await token(server, c1, {
    grant_type: 'authorization_code',
    redirect_uri: c1.redirectUris[0] ?? '',
  });
  expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
  expect(answer.body.error_description).toContain('code');
});

test('neither an access token, a refresh token nor rubbish is a code', async () => {
  const tokens = await signInAt(server, alice, c1);
  for (const value of [tokens.access_token, tokens.refresh_token, 'x', 'x'.repeat(5000), '💩']) {
    expectInvalidGrant(await exchange(server, c1, value));
  }
  expect((await profile(server, tokens.access_token)).status).toBe(200);
});

test('codes are long, random and of letters and digits only', async () => {
  const codes = [];
  for (let i = 0; i < 10; i++) codes.push(await getCode(alice, c1));
  expect(new Set(codes.map((code) => code.slice(0, 8))).size).toBe(10);
  for (const code of codes) expect(code).toMatch(/^[A-Za-z0-9_-]{43,}$/);
});

test('the redirect that carries the code is not to be cached', async () => {
  await getCode(alice, c1);
  const page = await alice.request(authorizeUrl(c1));
  expect(page.status).toBe(303);
  expect(page.headers.get('cache-control')).toContain('no-store');
});
