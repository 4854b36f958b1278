/** Tokens for programs of one's own, by JSON. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { backToPresent, travel } from '../support/clock.js';
import { profile } from '../support/oauth.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { type FrontEnd, frontEndOf, newFrontEnd } from './front-end.js';

const TOKENS = '/api/account/tokens';
const CONFIRMATION = '/api/account/session/confirmation';

let server: TestServer;
let ada: FrontEnd;

beforeAll(async () => {
  server = await startTestServer();
  for (const name of ['ada', 'bob']) await createPerson(server, name);
  ada = await frontEndOf(server.url, 'ada');
});
afterEach(backToPresent);
afterAll(() => server.stop());

const wish = { name: 'backup script', scopes: ['read'] };

test('one is made, shown once, works, and is revoked', async () => {
  const made = await ada.call('POST', TOKENS, { ...wish, days: 30 });
  expect([made.status, made.body]).toEqual([
    201,
    { name: 'backup script', value: expect.stringMatching(/^lkp_/) },
  ]);
  const { value } = made.body;
  expect((await profile(server, value)).body).toMatchObject({ username: 'ada' });
  const { body } = await ada.call('GET', TOKENS);
  expect(body.tokens).toEqual([
    expect.objectContaining({ ...wish, hint: value.slice(-4), expires_at: expect.stringMatching(/Z$/) }),
  ]);
  expect(JSON.stringify(body)).not.toContain(value);
  expect((await ada.call('DELETE', `${TOKENS}/${body.tokens[0].id}`)).status).toBe(204);
  expect((await profile(server, value)).status).toBe(401);
});

test('it lives for 90 days when that is not said, and for ever when it is null', async () => {
  await ada.call('POST', TOKENS, { ...wish, name: 'ninety' });
  await ada.call('POST', TOKENS, { ...wish, name: 'for ever', days: null });
  const { body } = await ada.call('GET', TOKENS);
  const days = body.tokens.map((each: { created_at: string; expires_at: string | null }) =>
    each.expires_at ? (Date.parse(each.expires_at) - Date.parse(each.created_at)) / 86_400_000 : null,
  );
  expect(days).toEqual([null, 90]);
});

test('what is wrong is named, and nothing is made', async () => {
  const before = await snapshot(server);
  for (const [change, field] of [
    [{ name: '' }, 'name'],
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['superuser'] }, 'scopes'],
    [{ scopes: 'read' }, 'scopes'],
    [{ scopes: [1] }, 'scopes'],
    [{ days: 31 }, 'days'],
    [{ days: '30' }, 'days'],
  ] as const) {
    const { status, body } = await ada.call('POST', TOKENS, { ...wish, ...change });
    expect([change, status, Object.keys(body.fields ?? {})]).toEqual([change, 422, [field]]);
  }
  expect(await snapshot(server)).toEqual(before);
});

test('an old sign-in has to be confirmed first', async () => {
  const bob = await frontEndOf(server.url, 'bob');
  travel(601);
  const before = await snapshot(server);
  const refused = await bob.call('POST', TOKENS, wish);
  expect([refused.status, refused.body.error]).toEqual([403, 'recent_sign_in_required']);
  expect(await snapshot(server)).toEqual(before);
  await bob.call('POST', CONFIRMATION, { password: PASSWORD });
  expect((await bob.call('POST', TOKENS, wish)).status).toBe(201);
});

test('it reads the profile here as at /profile, and nothing else; nobody else revokes it', async () => {
  const { value } = (await ada.call('POST', TOKENS, { name: 'mine', scopes: ['read', 'groups'] })).body;
  const program = (method: string, path: string) =>
    newFrontEnd(server.url).call(method, path, method === 'GET' ? undefined : {}, {
      authorization: `Bearer ${value}`,
    });
  const read = await program('GET', '/api/account/profile');
  expect([read.status, read.body]).toEqual([200, (await profile(server, value)).body]);
  expect((await program('POST', TOKENS)).body.error).toBe('session_required');
  const { id } = (await ada.call('GET', TOKENS)).body.tokens[0];
  const bob = await frontEndOf(server.url, 'bob');
  expect((await bob.call('DELETE', `${TOKENS}/${id}`)).status).toBe(404);
  expect((await profile(server, value)).status).toBe(200);
});
