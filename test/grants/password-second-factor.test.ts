/** PW-10: the password grant is no way around a second factor. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setUpApp } from '../support/factors.js';
import { saidBy, token } from '../support/oauth.js';
import { claimsOfIdToken } from '../support/openid.js';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, { grantTypes: ['password', 'refresh_token'] });
  await createPerson(server, 'alice');
  await createPerson(server, 'bob');
  await setUpApp(server, 'alice');
});
afterAll(() => server.stop());

const ask = (username: string, password: string) =>
  token(server, app, { grant_type: 'password', username, password });

// Guards against a way to find out whether a stolen password is right without its owner being told: the answer said so.
test('a person with a second factor gets nothing, and the right password is answered like a wrong one', async () => {
  const answer = await ask('alice', PASSWORD);
  expect([answer.status, saidBy(answer)]).toEqual([
    400,
    { error: 'invalid_grant', error_description: 'Invalid credentials given.' },
  ]);
  expect(saidBy(await ask('alice', 'wrong'))).toEqual(saidBy(answer));
  expect(await server.database.knex('grants')).toEqual([]);
});

test('right passwords are no failures: they lock nobody out', async () => {
  for (let times = 0; times < 12; times++)
    expect((await ask('alice', PASSWORD)).headers.get('retry-after')).toBeNull();
});

test('others get their tokens, which say that there was a password alone', async () => {
  const { body } = await token(server, app, {
    grant_type: 'password',
    username: 'bob',
    password: PASSWORD,
    scope: 'openid',
  });
  expect(claimsOfIdToken(body.id_token)).toMatchObject({
    acr: 'urn:latchkey:acr:password',
    amr: ['pwd'],
  });
});
