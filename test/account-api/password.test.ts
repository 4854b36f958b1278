/** Changing the password by JSON, under the rules of the page. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { frontEndOf, newFrontEnd } from './front-end.js';

const PASSWORD_PATH = '/api/account/password';
const SESSION = '/api/account/session';
const NEXT = 'another good password';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'ada');
  await createPerson(server, 'bob');
});
afterAll(() => server.stop());

test('takes the current one, and ends every other session (LG-26)', async () => {
  const frontEnd = await frontEndOf(server.url, 'ada');
  const elsewhere = await frontEndOf(server.url, 'ada');
  const change = { current_password: PASSWORD, new_password: NEXT };
  expect((await frontEnd.call('POST', PASSWORD_PATH, change)).status).toBe(204);
  expect((await frontEnd.call('GET', SESSION)).status).toBe(200);
  expect((await elsewhere.call('GET', SESSION)).status).toBe(401);
  const signIn = (password: string) =>
    newFrontEnd(server.url).call('POST', SESSION, { username: 'ada', password });
  expect((await signIn(PASSWORD)).status).toBe(401);
  expect((await signIn(NEXT)).status).toBe(200);
});

test('names the field that is wrong, and changes nothing', async () => {
  const frontEnd = await frontEndOf(server.url, 'bob');
  const passwords = async () => (await snapshot(server)).accounts;
  const before = await passwords();
  for (const [change, field] of [
    [{ current_password: 'wrong', new_password: NEXT }, 'current_password'],
    [{ current_password: PASSWORD, new_password: 'short' }, 'new_password'],
    [{ current_password: PASSWORD, new_password: PASSWORD }, 'new_password'],
    [{ current_password: PASSWORD, new_password: '12345678' }, 'new_password'],
  ] as const) {
    const { status, body } = await frontEnd.call('POST', PASSWORD_PATH, change);
    expect([status, Object.keys(body.fields)]).toEqual([422, [field]]);
  }
  expect(await passwords()).toEqual(before);
});

test('is no way to guess the current one', async () => {
  const frontEnd = await frontEndOf(server.url, 'bob');
  const guess = () =>
    frontEnd.call('POST', PASSWORD_PATH, { current_password: 'a guess', new_password: NEXT });
  let answer = await guess();
  for (let times = 0; times < 8 && answer.status === 422; times++) answer = await guess();
  expect([answer.status, answer.body.error]).toEqual([429, 'throttled']);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
});
