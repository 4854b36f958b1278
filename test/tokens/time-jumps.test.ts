/** A laptop that sleeps for two months, a sweep that never ran, a clock that was wrong: tokens are handed out all the same. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { sweep } from '../../src/tokens/sweep.js';
import { backToPresent, travel } from '../support/clock.js';
import { byPassword, exchange, profile, refresh, token } from '../support/oauth.js';
import { createApp, createPerson, getCode, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const DAY = 86_400;
const RULES = { auditKeepDays: 365 };

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  app = await createApp(server, {
    grantTypes: ['authorization_code', 'refresh_token', 'password', 'client_credentials'],
    skipConsent: true,
  });
});

afterEach(backToPresent);
afterAll(() => server.stop());

async function expectEverythingWorks(): Promise<void> {
  const code = await getCode(await signIn(server, 'alice'), app);
  const { body } = await exchange(server, app, code);
  expect((await profile(server, body.access_token)).status).toBe(200);
  expect((await refresh(server, app, body.refresh_token)).status).toBe(200);
  expect((await token(server, app, { grant_type: 'client_credentials' })).status).toBe(200);
}

test('when nothing was swept for sixty days, every grant finds a place for its tokens, and the old ones leave later', async () => {
  const old = await byPassword(server, app, 'alice');
  travel(60 * DAY);
  await expectEverythingWorks();
  const { partitions } = await sweep(server.database, RULES, new Date());
  expect(partitions.length).toBeGreaterThan(5);
  expect((await profile(server, old.access_token)).status).toBe(401);
  expect((await refresh(server, app, old.refresh_token)).body.error).toBe('invalid_grant');
  await expectEverythingWorks();
});

test('the first requests after such a time may all come at once', async () => {
  travel(120 * DAY);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => token(server, app, { grant_type: 'client_credentials' })),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  for (const { body } of answers) expect(body.access_token).toMatch(/^[\w-]{43}$/);
});

test('when the clock goes back to where the places are gone, tokens are handed out again, and what it was ahead with still works', async () => {
  travel(180 * DAY);
  const ahead = await byPassword(server, app, 'alice');
  await sweep(server.database, RULES, new Date());
  backToPresent();
  await expectEverythingWorks();
  expect((await profile(server, ahead.access_token)).status).toBe(200);
  expect((await refresh(server, app, ahead.refresh_token)).status).toBe(200);
  expect(await sweep(server.database, RULES, new Date())).toMatchObject({ partitions: [], problems: {} });
  await expectEverythingWorks();
});
