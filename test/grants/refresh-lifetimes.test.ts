import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { backToPresent, freezeAt, travel } from '../support/clock.js';
import { byPassword, profile, refresh } from '../support/oauth.js';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const DAY = 86_400;
const IDLE = 3 * DAY;
const ABSOLUTE = 10 * DAY;

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer({
    REFRESH_TOKEN_EXPIRE_SECONDS: String(IDLE),
    GRANT_EXPIRE_SECONDS: String(ABSOLUTE),
  });
  await createPerson(server, 'alice');
  app = await createApp(server, { grantTypes: ['refresh_token', 'password'] });
});

afterEach(backToPresent);
afterAll(() => server.stop());

const refused = { status: 400, body: expect.objectContaining({ error: 'invalid_grant' }) };

test('a sign-in kept alive by refreshing every day ends at GRANT_EXPIRE_SECONDS (RF-11)', async () => {
  let { refresh_token } = await byPassword(server, app, 'alice');
  for (let day = 1; day < 10; day++) {
    travel(DAY);
    const answer = await refresh(server, app, refresh_token);
    expect(answer.status).toBe(200);
    refresh_token = answer.body.refresh_token;
  }
  travel(DAY + 1);
  expect(await refresh(server, app, refresh_token)).toMatchObject(refused);
});

test('the access token of the last refresh does not outlive the sign-in either', async () => {
  const { refresh_token } = await byPassword(server, app, 'alice');
  let last = refresh_token;
  for (let i = 0; i < 4; i++) {
    travel(2.4 * DAY);
    last = (await refresh(server, app, last)).body.refresh_token;
  }
  // 9.6 days have passed.
  travel(0.39 * DAY);
  const { access_token } = (await refresh(server, app, last)).body;
  expect((await profile(server, access_token)).status).toBe(200);
  travel(0.02 * DAY);
  expect((await profile(server, access_token)).status).toBe(401);
});

test('one left unused dies at REFRESH_TOKEN_EXPIRE_SECONDS, to the second (RF-11)', async () => {
  freezeAt(new Date(Math.ceil(Date.now() / 1000) * 1000));
  const inTime = await byPassword(server, app, 'alice');
  const tooLate = await byPassword(server, app, 'alice');
  freezeAt(new Date(Date.now() + IDLE * 1000 - 1));
  expect((await refresh(server, app, inTime.refresh_token)).status).toBe(200);
  freezeAt(new Date(Date.now() + 1));
  expect(await refresh(server, app, tooLate.refresh_token)).toMatchObject(refused);
});

test("an application's own lifetime of refresh tokens wins over the server's", async () => {
  const own = await createApp(server, {
    grantTypes: ['refresh_token', 'password'],
    refreshTokenLifetime: 60,
  });
  const { refresh_token } = await byPassword(server, own, 'alice');
  travel(61);
  expect(await refresh(server, own, refresh_token)).toMatchObject(refused);
});
