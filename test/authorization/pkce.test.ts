/** PKCE (RFC 7636, RFC 9700 2.1.1): AZ-13 to AZ-16. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf } from '../support/answers.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { exchange, profile } from '../support/oauth.js';
import {
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
let spa: TestApplication;
let strict: TestApplication;
let optional: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  spa = await createApp(server, { clientType: 'public', pkce: 'required' });
  strict = await createApp(server, { pkce: 'required' });
  optional = await createApp(server, { pkce: 'optional' });
});
afterAll(() => server.stop());

async function expectRefused(app: TestApplication, parameters: Record<string, string>): Promise<void> {
  const page = await newBrowser(server.url).request(authorizeUrl(app, parameters));
  expect(page.status).toBe(303);
  const answer = answerOf(page);
  expect(answer).toMatchObject({ error: 'invalid_request', state: 'xyz' });
  expect(answer.error_description).toMatch(/PKCE|code_challenge/);
}

test('a public client, and one that must, cannot do without (AZ-13)', async () => {
  await expectRefused(spa, {});
  await expectRefused(strict, {});
});

describe('a challenge is S256 and well formed, or refused (AZ-14)', () => {
  const good = newPkce().challenge.code_challenge;
  test.each<[string, Record<string, string>]>([
    ['plain', { code_challenge: good, code_challenge_method: 'plain' }],
    ['no method, which would mean plain', { code_challenge: good }],
    ['a method without a challenge', { code_challenge_method: 'S256' }],
    ['the method in lower case', { code_challenge: good, code_challenge_method: 's256' }],
    ['an unknown method', { code_challenge: good, code_challenge_method: 'S512' }],
    ['42 characters', { code_challenge: good.slice(1), code_challenge_method: 'S256' }],
    ['129 characters', { code_challenge: 'a'.repeat(129), code_challenge_method: 'S256' }],
    ['a plus sign', { code_challenge: `+${good.slice(1)}`, code_challenge_method: 'S256' }],
  ])('%s', async (_what, parameters) => {
    await expectRefused(spa, parameters);
    await expectRefused(optional, parameters);
  });
});

test('with the right verifier the code is exchanged', async () => {
  for (const app of [spa, strict, optional]) {
    const { verifier, challenge } = newPkce();
    const answer = await exchange(server, app, await getCode(alice, app, challenge), {
      code_verifier: verifier,
    });
    expect(answer.status).toBe(200);
    expect((await profile(server, answer.body.access_token)).status).toBe(200);
  }
});

test('a verifier without a challenge is refused, and the code still works without (AZ-15)', async () => {
  const code = await getCode(alice, optional);
  const refused = await exchange(server, optional, code, { code_verifier: newPkce().verifier });
  expect([refused.status, refused.body.error]).toEqual([400, 'invalid_grant']);
  expect(refused.body).not.toHaveProperty('access_token');
  expect((await exchange(server, optional, code)).status).toBe(200);
});

describe('a challenge without its verifier (AZ-16)', () => {
  test.each<[string, Record<string, string>]>([
    ['missing', {}],
    ['empty', { code_verifier: '' }],
    ['wrong', { code_verifier: newPkce().verifier }],
    ['too short', { code_verifier: 'a' }],
    ['not ASCII', { code_verifier: '💩'.repeat(43) }],
    ['the challenge itself', {}],
  ])('%s: invalid_grant, and one mistake does not cost the code', async (what, more) => {
    const { verifier, challenge } = newPkce();
    const code = await getCode(alice, strict, challenge);
    const sent = what.startsWith('the challenge') ? { code_verifier: challenge.code_challenge } : more;
    const refused = await exchange(server, strict, code, sent);
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_grant']);
    expect(refused.body.error_description).toContain('code_verifier');
    expect((await exchange(server, strict, code, { code_verifier: verifier })).status).toBe(200);
  });

  test('the third wrong one kills the code, and the right one comes too late', async () => {
    const { verifier, challenge } = newPkce();
    const code = await getCode(alice, strict, challenge);
    for (let i = 0; i < 3; i++) {
      expect((await exchange(server, strict, code, { code_verifier: newPkce().verifier })).body.error).toBe(
        'invalid_grant',
      );
    }
    const late = await exchange(server, strict, code, { code_verifier: verifier });
    expect([late.status, late.body.error]).toEqual([400, 'invalid_grant']);
  });
});
