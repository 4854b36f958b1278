/** The browsers a person is signed in at, by JSON. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPerson } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type FrontEnd, frontEndOf } from './front-end.js';

const SESSIONS = '/api/account/sessions';
const SESSION = '/api/account/session';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const name of ['ada', 'bob', 'eve']) await createPerson(server, name);
});
afterAll(() => server.stop());

const list = async (frontEnd: FrontEnd): Promise<{ id: string; is_this: boolean }[]> =>
  (await frontEnd.call('GET', SESSIONS)).body.sessions;

test('each is listed with what it is, this one first', async () => {
  await frontEndOf(server.url, 'ada');
  const here = await frontEndOf(server.url, 'ada');
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const { body } = await here.call('GET', SESSIONS, undefined, { 'user-agent': userAgent });
  expect(body.sessions.map(({ is_this }: { is_this: boolean }) => is_this)).toEqual([true, false]);
  expect(body.sessions[0]).toEqual({
    id: expect.any(String),
    is_this: true,
    device: 'Firefox on Linux',
    network: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
    signed_in_at: expect.stringMatching(/Z$/),
    last_used_at: expect.stringMatching(/Z$/),
  });
});

test('an id is no credential', async () => {
  const here = await frontEndOf(server.url, 'ada');
  const cookies = await here.browser.jar.getCookieString(server.url);
  for (const { id } of await list(here)) expect(cookies).not.toContain(id);
});

test('one is signed out, and then all others', async () => {
  const [here, there, elsewhere] = [
    await frontEndOf(server.url, 'bob'),
    await frontEndOf(server.url, 'bob'),
    await frontEndOf(server.url, 'bob'),
  ];
  const { id } = (await list(there)).find((each) => each.is_this)!;
  expect((await here.call('DELETE', `${SESSIONS}/${id}`)).status).toBe(204);
  expect((await there.call('GET', SESSION)).status).toBe(401);
  expect((await here.call('DELETE', `${SESSIONS}/${id}`)).status).toBe(404);
  expect((await elsewhere.call('GET', SESSION)).status).toBe(200);
  expect((await here.call('DELETE', SESSIONS)).status).toBe(204);
  expect((await elsewhere.call('GET', SESSION)).status).toBe(401);
  expect(await list(here)).toEqual([expect.objectContaining({ is_this: true })]);
});

test('nobody ends a session of somebody else', async () => {
  const ada = await frontEndOf(server.url, 'ada');
  const { id } = (await list(ada)).find((each) => each.is_this)!;
  const eve = await frontEndOf(server.url, 'eve');
  expect((await eve.call('DELETE', `${SESSIONS}/${id}`)).status).toBe(404);
  expect((await ada.call('GET', SESSION)).status).toBe(200);
});
