/** `latchkey app show` of an application that is held: why, and since when, in the words of its page. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { latchkey } from '../support/command.js';
import { createPerson, signIn } from '../support/people.js';
import { credentialsOn, pathOn, register } from '../support/portal.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let alice: Browser;
let clientId: string;
let path: string;

beforeAll(async () => {
  server = await startTestServer({ APPLICATION_REGISTRATION: 'approval' });
  await createPerson(server, 'alice');
  alice = await signIn(server, 'alice');
  const page = await register(alice);
  path = pathOn(page);
  ({ clientId } = credentialsOn(page));
});
afterAll(() => server.stop());

async function run(...args: string[]): Promise<string> {
  const environment = { DATABASE_URL: server.databaseUrl, SECRET_KEY };
  const { code, stdout, stderr } = await latchkey(['app', ...args], { environment });
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}
const lastLines = async () => (await run('show', clientId)).trim().split('\n').slice(-2).join(' ');
const asJson = async () => JSON.parse(await run('show', clientId, '--json'));
const onPage = async () =>
  (await alice.open(path)).html
    .querySelectorAll('.notice-warning > p')
    .map(({ text }) => text.replace(/\s+/g, ' ').trim())
    .join(' ');

const WHEN = String.raw`Since \d+ \w+ 20\d\d at \d\d:\d\d UTC\.`;
const moment = expect.stringMatching(/^20\d\d-\d\d-\d\dT.*Z$/);

test.each<[string, string[] | undefined, RegExp, object]>([
  [
    'that waits for approval',
    undefined,
    new RegExp(`^Waiting for approval\\. .*Until one of them approves it.* ${WHEN}$`),
    { standing: 'waiting', standing_reason: '', is_enabled: false },
  ],
  [
    'that was refused',
    ['refuse', '--reason', 'No such company'],
    new RegExp(`^Not approved\\. .* The reason given: No such company ${WHEN}$`),
    { standing: 'refused', standing_reason: 'No such company' },
  ],
  [
    'that was disabled',
    ['disable', '--reason', 'It asks for too much'],
    new RegExp(`^Disabled\\. .* The reason given: It asks for too much ${WHEN}$`),
    { standing: 'suspended', standing_reason: 'It asks for too much' },
  ],
])('one %s says so', async (_, decision, words, json) => {
  if (decision?.[0] === 'disable') await run('approve', clientId);
  const [command, ...options] = decision ?? [];
  if (command) await run(command, clientId, ...options);
  const lines = await lastLines();
  expect(lines).toMatch(words);
  expect(lines).toBe(await onPage());
  expect(await asJson()).toMatchObject({ ...json, standing_since: moment });
});

test('one that was disabled before reasons were kept says since when', async () => {
  await server.database.knex('application_holds').delete();
  const since = new Date('2026-02-03T04:05:06.000Z');
  await server.database.knex('applications').update({ disabled_at: since });
  expect(await lastLines()).toMatch(/^Disabled\. .*do not work\. Since 3 February 2026 at 04:05 UTC\.$/);
  expect(await lastLines()).toBe(await onPage());
  expect(await asJson()).toMatchObject({ standing_reason: '', standing_since: since.toISOString() });
});

test('one that is served says nothing of it', async () => {
  await run('enable', clientId);
  expect(await lastLines()).toMatch(/^created_at: .* updated_at: .*Z$/);
  expect(await onPage()).toBe('');
  expect(await asJson()).toMatchObject({
    is_enabled: true,
    standing: null,
    standing_reason: null,
    standing_since: null,
  });
});
