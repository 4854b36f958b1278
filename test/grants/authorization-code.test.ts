import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { backToPresent, freezeAt, travel } from '../support/clock.js';
import { exchange, introspect, profile, refresh, token } from '../support/oauth.js';
import { createApp, createPerson, getCode, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let otherNode: TestServer;
let browser: Browser;
let app: TestApplication;
let stranger: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  otherNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
  await createPerson(server, 'alice');
  app = await createApp(server, { skipConsent: true });
  stranger = await createApp(server, { name: 'A stranger' });
  browser = await signIn(server, 'alice');
});

afterEach(backToPresent);

afterAll(async () => {
  await otherNode.stop();
  await server.stop();
});

const refused = { status: 400, body: expect.objectContaining({ error: 'invalid_grant' }) };

function pkce() {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

const countTokens = async () => {
  const [access] = await server.database.knex('access_tokens').count({ count: '*' });
  const [refreshing] = await server.database.knex('refresh_tokens').count({ count: '*' });
  return Number(access?.count) + Number(refreshing?.count);
};

describe('a code', () => {
  test('buys an access token, a refresh token without offline_access, and no ID token without openid (TK-17)', async () => {
    const answer = await exchange(server, app, await getCode(browser, app));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      expires_in: 3600,
      refresh_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      scope: 'read write groups',
      token_type: 'Bearer',
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  test('works once, and its second use revokes every token the first one gave (AZ-25)', async () => {
    const code = await getCode(browser, app);
    const { body } = await exchange(server, app, code);
    const rotated = (await refresh(server, app, body.refresh_token)).body;
    travel(30);
    expect(await exchange(server, app, code)).toMatchObject(refused);
    expect((await profile(server, rotated.access_token)).status).toBe(401);
    expect((await profile(otherNode, rotated.access_token)).status).toBe(401);
    expect((await introspect(server, app, rotated.access_token)).body).toEqual({ active: false });
    expect(await refresh(server, app, rotated.refresh_token)).toMatchObject(refused);
  });

  test('is exchanged by exactly one of 20 requests on two nodes, and leaves at most one live set (AZ-26, R-21)', async () => {
    for (let round = 0; round < 10; round++) {
      const code = await getCode(browser, app);
      const before = await countTokens();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => exchange(i % 2 ? otherNode : server, app, code)),
      );
      const winners = answers.filter((answer) => answer.status === 200);
      expect(winners).toHaveLength(1);
      for (const loser of answers.filter((answer) => answer.status !== 200))
        expect(loser).toMatchObject(refused);
      expect(await countTokens()).toBe(before + 2);
      const [alive, refreshed] = [
        (await profile(server, winners[0]?.body.access_token)).status,
        (await refresh(server, app, winners[0]?.body.refresh_token)).status,
      ];
      expect([
        [200, 200],
        [401, 400],
      ]).toContainEqual([alive, refreshed]);
    }
  });

  test('dies with the second its lifetime is over (AZ-27)', async () => {
    freezeAt(new Date(Math.ceil(Date.now() / 1000) * 1000));
    const inTime = await getCode(browser, app);
    const tooLate = await getCode(browser, app);
    freezeAt(new Date(Date.now() + 59_999));
    expect((await exchange(server, app, inTime)).status).toBe(200);
    freezeAt(new Date(Date.now() + 1));
    expect(await exchange(server, app, tooLate)).toMatchObject(refused);
  });

  test('cannot be used, nor used up, by another application (AZ-28)', async () => {
    const code = await getCode(browser, app);
    expect(await exchange(server, stranger, code)).toMatchObject(refused);
    expect(await exchange(server, stranger, code)).toMatchObject(refused);
    expect((await exchange(server, app, code)).status).toBe(200);
  });

  test('survives a wrong redirect_uri, which is refused by name', async () => {
    const code = await getCode(browser, app);
    const wrong = await exchange(server, app, code, { redirect_uri: 'https://c1.test/cb?x=1' });
    expect(wrong).toMatchObject(refused);
    expect(wrong.body.error_description).toMatch(/redirect_uri/);
    expect((await exchange(server, app, code)).status).toBe(200);
  });

  test('is missed by name when it is not sent', async () => {
    const answer = await token(server, app, {
      grant_type: 'authorization_code',
      redirect_uri: 'https://c1.test/cb',
    });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(answer.body.error_description).toMatch(/code/);
  });

  test('gives what was consented to, whatever scope the exchange names', async () => {
    const code = await getCode(browser, app, { scope: 'read' });
    expect((await exchange(server, app, code, { scope: 'read write groups' })).body.scope).toBe('read');
  });

  test('of somebody disabled since is worth nothing', async () => {
    await createPerson(server, 'carol');
    const code = await getCode(await signIn(server, 'carol'), app);
    await server.database.knex('accounts').where({ username: 'carol' }).update({ disabled_at: new Date() });
    expect(await exchange(server, app, code)).toMatchObject(refused);
  });
});

describe('a code with a challenge (RFC 7636)', () => {
  test('is exchanged with its verifier', async () => {
    const { verifier, challenge } = pkce();
    const code = await getCode(browser, app, { code_challenge: challenge, code_challenge_method: 'S256' });
    expect((await exchange(server, app, code, { code_verifier: verifier })).status).toBe(200);
  });

  test.each([
    ['without a verifier', {}],
    ['with an empty one', { code_verifier: '' }],
    ['with another one', { code_verifier: pkce().verifier }],
    ['with one that is too short', { code_verifier: 'short' }],
  ])('is refused %s, and then works with the right one (AZ-16)', async (_, more: Record<string, string>) => {
    const { verifier, challenge } = pkce();
    const code = await getCode(browser, app, { code_challenge: challenge, code_challenge_method: 'S256' });
    expect(await exchange(server, app, code, more)).toMatchObject(refused);
    expect((await exchange(server, app, code, { code_verifier: verifier })).status).toBe(200);
  });

  test('is dead after three wrong verifiers', async () => {
    const { verifier, challenge } = pkce();
    const code = await getCode(browser, app, { code_challenge: challenge, code_challenge_method: 'S256' });
    for (let i = 0; i < 3; i++) {
      expect(await exchange(server, app, code, { code_verifier: pkce().verifier })).toMatchObject(refused);
    }
    expect(await exchange(server, app, code, { code_verifier: verifier })).toMatchObject(refused);
  });

  test('cannot be killed by the wrong verifiers of another application', async () => {
    const { verifier, challenge } = pkce();
    const code = await getCode(browser, app, { code_challenge: challenge, code_challenge_method: 'S256' });
    for (let i = 0; i < 5; i++) await exchange(server, stranger, code, { code_verifier: pkce().verifier });
    expect((await exchange(server, app, code, { code_verifier: verifier })).status).toBe(200);
  });

  test('a verifier without a challenge is a downgrade and refused (AZ-15)', async () => {
    const code = await getCode(browser, app);
    expect(await exchange(server, app, code, { code_verifier: pkce().verifier })).toMatchObject(refused);
  });
});
