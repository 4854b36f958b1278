/**
 * A process knows the codes it has just made without reading them back. Whatever was taken back meanwhile, on another node
 * of the same database, decides all the same: nothing is issued by a code that a read would have refused.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import { revokeGrantsOf } from '../../src/tokens/grants.js';
import type { Browser } from '../support/browser.js';
import { exchange, profile } from '../support/oauth.js';
import { allow, createApp, createPerson, getCode, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let otherNode: TestServer;
let app: TestApplication;
let alice: Browser;
let username: string;
let id: number;
let people = 0;

beforeAll(async () => {
  server = await startTestServer();
  otherNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
});
afterAll(async () => {
  await otherNode.stop();
  await server.stop();
});

beforeEach(async () => {
  app = await createApp(server, { grantTypes: ['authorization_code', 'refresh_token'] });
  username = `alice${++people}`;
  ({ id } = await createPerson(server, username));
  alice = await signIn(server, username);
  await allow(alice, app, {});
});

const countTokens = async (): Promise<number> =>
  Number((await server.database.knex('access_tokens').count({ count: '*' }))[0]?.count);

test.each<[string, () => Promise<unknown>]>([
  ['the person was disabled', () => setAccountEnabled(otherNode.database, username, false)],
  [
    'the person took back what they had allowed',
    () => revokeGrantsOf(otherNode.database.knex, id, app.clientId),
  ],
])('a code buys nothing when on another node %s after it was made', async (_what, end) => {
  const code = await getCode(alice, app);
  await end();
  const before = await countTokens();
  const { status, body } = await exchange(server, app, code);
  expect([status, body.error]).toEqual([400, 'invalid_grant']);
  expect(await countTokens()).toBe(before);
});

test('a code that was exchanged on another node is used, also where it was made, and its second use revokes the tokens', async () => {
  const code = await getCode(alice, app);
  const { body: tokens } = await exchange(otherNode, app, code);
  expect((await profile(server, tokens.access_token)).status).toBe(200);
  const again = await exchange(server, app, code);
  expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
  expect((await profile(server, tokens.access_token)).status).toBe(401);
});

test('of two exchanges of one code at the same moment, where it was made and elsewhere, one has tokens', async () => {
  const code = await getCode(alice, app);
  const answers = await Promise.all([exchange(server, app, code), exchange(otherNode, app, code)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
});
