/** Passkeys by JSON: the same ceremonies as on the pages. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { makePasskey, type SoftwarePasskey, signWithPasskey } from '../support/authenticator.js';
import { backToPresent, travel } from '../support/clock.js';
import { createPerson } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { type FrontEnd, frontEndOf, newFrontEnd } from './front-end.js';

const PASSKEYS = '/api/account/passkeys';
const SIGN_IN = '/api/account/session/passkey';
const SESSION = '/api/account/session';

let server: TestServer;
let ada: FrontEnd;
let passkey: SoftwarePasskey;

beforeAll(async () => {
  server = await startTestServer();
  for (const name of ['ada', 'bob', 'carol']) await createPerson(server, name);
  ada = await frontEndOf(server.url, 'ada');
});
afterEach(backToPresent);
afterAll(() => server.stop());

async function add(frontEnd: FrontEnd, name?: string) {
  const { body: options } = await frontEnd.call('POST', '/api/account/passkey-options');
  const made = makePasskey(options, server.url);
  const answer = await frontEnd.call('POST', PASSKEYS, { credential: made.answer, name });
  return { ...made, added: answer };
}

async function signIn(frontEnd: FrontEnd, claims: Parameters<typeof signWithPasskey>[3] = {}) {
  const { body: options } = await frontEnd.call('POST', `${SIGN_IN}-options`);
  const credential = signWithPasskey(passkey, options, server.url, claims);
  return { credential, answer: await frontEnd.call('POST', SIGN_IN, { credential, next: '/start' }) };
}

test('one is added, listed and renamed', async () => {
  const { added, ...made } = await add(ada, 'Laptop');
  passkey = made.passkey;
  const { recovery_codes: codes, ...listed } = added.body;
  expect(codes).toHaveLength(10);
  expect([added.status, added.body]).toEqual([
    201,
    expect.objectContaining({ name: 'Laptop', is_synced: false, last_used_at: null }),
  ]);
  const path = `${PASSKEYS}/${added.body.id}`;
  const renamed = await ada.call('PATCH', path, { name: 'Old laptop' });
  expect([renamed.status, renamed.body]).toEqual([200, { ...listed, name: 'Old laptop' }]);
  expect((await ada.call('PATCH', path, { name: '' })).status).toBe(422);
  expect((await ada.call('GET', PASSKEYS)).body).toEqual({ passkeys: [renamed.body] });
});

test('it signs in, without a name and without a password', async () => {
  const frontEnd = newFrontEnd(server.url);
  const { answer } = await signIn(frontEnd);
  expect([answer.status, answer.body]).toMatchObject([200, { person: { username: 'ada' }, next: '/start' }]);
  expect((await frontEnd.call('GET', SESSION)).body.methods).toContain('mfa');
});

test('an answer signs in once, and only the browser that was asked', async () => {
  const { credential } = await signIn(newFrontEnd(server.url));
  const again = await newFrontEnd(server.url).call('POST', SIGN_IN, { credential });
  expect([again.status, again.body.error]).toEqual([401, 'wrong_credentials']);
  const { body: options } = await newFrontEnd(server.url).call('POST', `${SIGN_IN}-options`);
  const stolen = signWithPasskey(passkey, options, server.url);
  expect((await newFrontEnd(server.url).call('POST', SIGN_IN, { credential: stolen })).status).toBe(401);
});

test('one of another origin, of somebody unknown and no passkey at all are refused alike', async () => {
  const frontEnd = newFrontEnd(server.url);
  const answers = [
    (await signIn(frontEnd, { origin: 'https://evil.test' })).answer,
    (await signIn(frontEnd, { credentialId: 'AAAAAAAAAAAAAAAAAAAAAA' })).answer,
    await frontEnd.call('POST', SIGN_IN, { credential: {} }),
    await frontEnd.call('POST', SIGN_IN, { credential: { id: 'no base64url' } }),
  ];
  for (const { status, body } of answers)
    expect([status, body.error, body.message]).toEqual([401, 'wrong_credentials', answers[0]!.body.message]);
  expect((await frontEnd.call('GET', SESSION)).status).toBe(401);
});

test('an old sign-in neither adds nor removes one', async () => {
  const bob = await frontEndOf(server.url, 'bob');
  const { added } = await add(bob);
  travel(601);
  const before = await snapshot(server);
  for (const [method, path, body] of [
    ['POST', '/api/account/passkey-options', undefined],
    ['POST', PASSKEYS, { credential: {} }],
    ['DELETE', `${PASSKEYS}/${added.body.id}`, undefined],
  ] as const) {
    const answer = await bob.call(method, path, body);
    expect([answer.status, answer.body.error]).toEqual([403, 'recent_sign_in_required']);
  }
  expect(await snapshot(server)).toEqual(before);
});

test('what was removed signs nobody in; nobody removes those of somebody else', async () => {
  const { body } = await ada.call('GET', PASSKEYS);
  const path = `${PASSKEYS}/${body.passkeys[0].id}`;
  const bob = await frontEndOf(server.url, 'carol');
  expect((await bob.call('PATCH', path, { name: 'mine' })).status).toBe(404);
  expect((await bob.call('DELETE', path)).status).toBe(404);
  expect((await ada.call('DELETE', path)).status).toBe(204);
  expect((await signIn(newFrontEnd(server.url))).answer.status).toBe(401);
});
