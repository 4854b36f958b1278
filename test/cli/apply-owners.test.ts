/** `latchkey apply`: whose an application is, a person's or a team's. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { latchkey } from '../support/command.js';
import { createPerson } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let folder: string;
const teams: Record<string, string> = {};

const run = (...args: string[]) =>
  latchkey(args, { environment: { DATABASE_URL: server.databaseUrl, SECRET_KEY } });
const makeTeam = async (name: string) =>
  /team_id: +(\d+)/.exec((await run('team', 'create', '--name', name, '--owner', 'ada')).stdout)![1]!;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'ada');
  await createPerson(server, 'bob');
  teams.shop = await makeTeam('Web shop');
  teams.twin = await makeTeam('Twins');
  teams.other = await makeTeam('Twins');
  folder = await mkdtemp(join(tmpdir(), 'latchkey-apply-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await server.stop();
});

/** @param owner the lines of the file that say whose the application is */
async function apply(owner: string[], ...options: string[]) {
  const file = join(folder, 'applications.yaml');
  const lines = ['client_id: nightly', ...owner, 'name: Nightly job', 'kind: service'];
  await writeFile(file, `applications:\n  - ${lines.join('\n    ')}\n`);
  return run('apply', file, ...options);
}
async function owner(): Promise<unknown> {
  const [app] = JSON.parse((await run('app', 'list', '--json')).stdout);
  return app.team ?? app.owner;
}

test('an application is made for a team, and applying that again changes nothing', async () => {
  const made = await apply(['team: Web shop'], '--yes');
  expect([made.code, made.stderr]).toEqual([0, '']);
  expect(made.stdout).toContain(`owner: "team ${teams.shop} (Web shop)"`);
  expect(await owner()).toBe('Web shop');
  const before = await snapshot(server);
  for (const line of [['team: Web shop'], [`team: ${teams.shop}`], []])
    expect((await apply(line, '--yes')).stdout).toContain('Nothing to do.');
  expect(await snapshot(server)).toEqual(before);
});

test('another owner is shown as a difference, and handed the application over', async () => {
  const before = await snapshot(server);
  const look = await apply(['owner: BOB'], '--dry-run');
  expect(look.stdout).toContain(`owner: "team ${teams.shop} (Web shop)" -> "bob"`);
  expect(await snapshot(server)).toEqual(before);

  const { applications } = JSON.parse((await apply(['owner: bob'], '--yes', '--json')).stdout);
  expect(applications).toEqual([
    {
      clientId: 'nightly',
      name: 'Nightly job',
      action: 'change',
      differences: [{ field: 'owner', from: `team ${teams.shop} (Web shop)`, to: 'bob' }],
    },
  ]);
  expect(await owner()).toBe('bob');
  expect((await apply(['owner: bob'], '--yes')).stdout).toContain('Nothing to do.');
  const events = await server.database.knex('audit_events').where({ event: 'application.transferred' });
  expect(events.map(({ details }) => [details.to.owner, details.via])).toEqual([[2, 'latchkey apply']]);

  await apply([`team: ${teams.other}`], '--yes');
  expect((await apply([`team: ${teams.twin}`], '--dry-run')).stdout).toContain(
    `owner: "team ${teams.other} (Twins)" -> "team ${teams.twin} (Twins)"`,
  );
});

test.each([
  ['a team that is not there', ['team: Nowhere'], 'nightly: there is no team "Nowhere".'],
  ['a number that no team has', ['team: 999999'], 'nightly: there is no team with the id 999999.'],
  [
    'a name that several have',
    ['team: Twins'],
    'nightly: several teams are called "Twins": name one by its id',
  ],
  ['an owner and a team', ['owner: ada', 'team: Web shop'], 'an owner or a team, and not both'],
  ['a user who is not there', ['owner: nobody'], 'nightly: there is no user "nobody".'],
])('%s is refused with its line, and nothing is changed', async (_, lines, reason) => {
  const before = await snapshot(server);
  const { code, stderr } = await apply(lines, '--yes');
  expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
  expect(await snapshot(server)).toEqual(before);
});
