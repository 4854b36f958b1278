/** What a person finds about their second factors: among what has happened, and in what they take along. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { backToPresent, travel } from '../../support/clock.js';
import { codeOf, enterPassword, type PersonWithApp, sendCode, setUpApp } from '../../support/factors.js';
import { createPerson } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let alice: PersonWithApp;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  alice = await setUpApp(server, 'alice');
  travel(30);
  const { browser, page } = await enterPassword(server, 'alice');
  await sendCode(browser, page, codeOf(alice.seed), { remember: 'yes' });
});
afterAll(async () => {
  backToPresent();
  await server.stop();
});

test('the activity page tells each change, and that the password was entered', async () => {
  const page = await alice.browser.open('/account/activity');
  const said = page.html.querySelectorAll('tbody tr th').map((cell) => cell.text.trim());
  expect(said).toEqual([
    'A browser is no longer asked for the second step',
    'You signed in',
    'The password was entered, and the second step was asked for',
    'An authenticator app was set up',
    'You signed in',
    'The account was created',
  ]);
});

test('the export holds what there is, and no secret', async () => {
  const page = await alice.browser.submit(await alice.browser.open('/account/data'), {}, '/export');
  const data = JSON.parse(page.text);
  expect(data.second_step).toEqual({ app_since: expect.any(String), recovery_codes_left: 10 });
  expect(data.remembered_browsers).toEqual([
    expect.objectContaining({ network: expect.any(String), last_used_at: expect.any(String) }),
  ]);
  expect(page.text).not.toContain(alice.seed);
});
