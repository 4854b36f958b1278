/** A machine whose clock is wrong: expiry is decided by each node's own clock, so it must be noticed. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { backToPresent, travel } from '../support/clock.js';
import { get } from '../support/oauth.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
afterEach(backToPresent);

test.each([60, -60])(
  'a node whose clock is %i s off is not ready, and its log names the clock',
  async (off) => {
    travel(off);
    expect(await get(server, '/readyz')).toMatchObject({
      status: 503,
      body: { status: 'not_ready', reason: 'clock_differs' },
    });
    expect(server.logged()).toContain("this machine's clock is not that of the database");
    expect(server.logged()).toContain(`"secondsAhead":${off}`);
    backToPresent();
    expect((await get(server, '/readyz')).status).toBe(200);
  },
);

test('a few seconds are nothing', async () => {
  travel(25);
  expect((await get(server, '/readyz')).status).toBe(200);
});
