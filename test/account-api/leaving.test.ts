/** What has happened, what is held about one, and leaving, by JSON. */

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { makePasskey, signWithPasskey } from '../support/authenticator.js';
import { backToPresent, travel } from '../support/clock.js';
import { setUpApp } from '../support/factors.js';
import { byPassword, profile } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { frontEndOf, newFrontEnd } from './front-end.js';

const EVENTS = '/api/account/events';
const SESSION = '/api/account/session';
const DELETION = '/api/account/deletion';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(backToPresent);
afterAll(() => server.stop());

const credentials = (username: string) => ({ username, password: PASSWORD });
const signIn = (username: string) => newFrontEnd(server.url).call('POST', SESSION, credentials(username));

test('events are told in words, the latest first, page by page, each once', async () => {
  await createPerson(server, 'ada');
  const ada = await frontEndOf(server.url, 'ada');
  for (let times = 0; times < 30; times++)
    await ada.call('PATCH', '/api/account/profile', { nickname: `name ${times}` });
  const first = (await ada.call('GET', EVENTS, undefined, { 'accept-language': 'de' })).body;
  expect(first.events[0]).toMatchObject({
    event: 'profile.changed',
    sentence: expect.stringMatching(/geändert/),
  });
  const second = (await ada.call('GET', `${EVENTS}?before=${first.older}`)).body;
  const ids = [...first.events, ...second.events].map(({ id }: { id: number }) => id);
  expect([first.events.length, second.older, new Set(ids).size]).toEqual([25, null, ids.length]);
  expect(ids.length).toBeGreaterThan(31);
});

test('a page that is none is refused; nobody sees the events of somebody else', async () => {
  await createPerson(server, 'betty');
  const betty = await frontEndOf(server.url, 'betty');
  for (const query of [
    'before=x',
    'before=-1',
    'before=1&before=2',
    'limit=1e9',
    `before=${'9'.repeat(30)}`,
  ]) {
    const { status, body } = await betty.call('GET', `${EVENTS}?${query}`);
    expect([query, status, Object.keys(body.fields)]).toEqual([query, 422, [query.split('=')[0]]]);
  }
  const { events } = (await betty.call('GET', EVENTS)).body;
  expect(events.map(({ event }: { event: string }) => event)).not.toContain('profile.changed');
});

test('the export holds the person and no secret, and asks for a recent sign-in', async () => {
  await createPerson(server, 'cora');
  const cora = await frontEndOf(server.url, 'cora');
  const { status, body } = await cora.call('POST', '/api/account/export');
  expect([status, body]).toMatchObject([200, { account: { username: 'cora' }, sessions: [{}] }]);
  expect(JSON.stringify(body)).not.toMatch(/argon2|password_hash/);
  travel(660);
  const late = await cora.call('POST', '/api/account/export');
  expect([late.status, late.body.error]).toEqual([403, 'recent_sign_in_required']);
});

test('leaving ends everything at once; signing in again offers to stay, once', async () => {
  await createPerson(server, 'dora');
  const app = await createApp(server, { grantTypes: ['password'] });
  const { access_token } = await byPassword(server, app, 'dora');
  const dora = await frontEndOf(server.url, 'dora');
  const left = await dora.call('POST', DELETION);
  expect([left.status, Date.parse(left.body.removed_at)]).toEqual([200, expect.any(Number)]);
  expect((await dora.call('GET', SESSION)).status).toBe(401);
  expect((await profile(server, access_token)).status).toBe(401);

  const offer = await signIn('dora');
  expect([offer.status, offer.body.step]).toEqual([202, 'keep_account']);
  expect(offer.headers.getSetCookie().filter((cookie) => cookie.includes('session'))).toEqual([]);
  const { token } = offer.body;
  const keep = () => newFrontEnd(server.url).call('POST', `${DELETION}/cancellation`, { token });
  expect((await keep()).status).toBe(204);
  expect((await keep()).body.error).toBe('link_used_up');
  expect((await signIn('dora')).status).toBe(200);
});

test('a password alone says that it takes a code as well, where there is a second factor', async () => {
  await createPerson(server, 'gerd');
  const { browser, recoveryCodes } = await setUpApp(server, 'gerd');
  await browser.submit(await browser.open('/account/data/delete'), {}, '/account/data/delete');
  const { body: offer } = await signIn('gerd');
  expect(offer).toMatchObject({ step: 'keep_account', code_required: true });
  const keep = (more: object) =>
    newFrontEnd(server.url).call('POST', `${DELETION}/cancellation`, { token: offer.token, ...more });
  expect([(await keep({})).status, (await keep({ code: 'wrong' })).status]).toEqual([422, 422]);
  expect((await keep({ code: recoveryCodes[0] })).status).toBe(204);
});

test('a passkey offers to stay as well', async () => {
  await createPerson(server, 'emma');
  const emma = await frontEndOf(server.url, 'emma');
  const { body: offered } = await emma.call('POST', '/api/account/passkey-options');
  const { passkey, answer } = makePasskey(offered, server.url);
  await emma.call('POST', '/api/account/passkeys', { credential: answer });
  await emma.call('POST', DELETION);
  const { body: asked } = await emma.call('POST', `${SESSION}/passkey-options`);
  const credential = signWithPasskey(passkey, asked, server.url);
  const offer = await emma.call('POST', `${SESSION}/passkey`, { credential });
  expect([offer.status, offer.body.step]).toEqual([202, 'keep_account']);
});

test('whoever looks after an application stays until somebody else does', async () => {
  const { id } = await createPerson(server, 'fay');
  await createApp(server, {}, id);
  const fay = await frontEndOf(server.url, 'fay');
  const before = await snapshot(server);
  const refused = await fay.call('POST', DELETION);
  expect([refused.status, refused.body.error]).toEqual([409, 'owns_applications']);
  expect(await snapshot(server)).toEqual(before);
});
