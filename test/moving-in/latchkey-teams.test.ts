/** Teams, whose applications are theirs, and what is told of secrets: from one Latchkey to another. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { invite } from '../applications/teams/team-pages.js';
import { latchkey } from '../support/command.js';
import { createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

type Line = Record<string, unknown> & { type: string };
type Remarks = { kind: string; reason: string; examples: string[] }[];

const folder = mkdtempSync(join(tmpdir(), 'latchkey-teams-'));
const file = join(folder, 'everything.jsonl');

let old: TestServer;
let server: TestServer;
let ofMuseum: TestApplication;
let museum: string;

async function run(at: TestServer, ...args: string[]) {
  const environment = { DATABASE_URL: at.databaseUrl, SECRET_KEY };
  const result = await latchkey(args, { environment });
  if (result.code !== 0) throw new Error(result.stderr);
  return result.stdout;
}
const importFile = async (path: string, ...options: string[]) =>
  JSON.parse(await run(server, 'import', 'latchkey', path, ...options, '--json'));
const reasons = (remarks: Remarks) => remarks.map(({ kind, reason, examples }) => [kind, reason, examples]);
const makeTeam = async (at: TestServer, name: string, owner: string) =>
  /team_id: +(\d+)/.exec(await run(at, 'team', 'create', '--name', name, '--owner', owner))![1]!;
const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
function write(name: string, lines: object[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}
const named = async (at: TestServer, name: string): Promise<string[]> =>
  JSON.parse(await run(at, 'team', 'list', '--json'))
    .filter((team: { name: string }) => team.name === name)
    .map(({ id }: { id: number }) => String(id));
/** Whose they are, by their names. */
async function owners(at: TestServer): Promise<Record<string, unknown>> {
  const listed: { name: string; owner: unknown; team: unknown }[] = JSON.parse(
    await run(at, 'app', 'list', '--json'),
  );
  return Object.fromEntries(listed.map(({ name, owner, team }) => [name, { owner, team }]));
}

const TAKEN = expect.stringContaining('beside another team of the same name');
const MISSING = 'came without a member who is not here';

beforeAll(async () => {
  old = await startTestServer();
  for (const name of ['first', 'ada', 'bob', 'carol', 'dave']) await createPerson(old, name);
  // So that numbers at the source are other ones than here.
  await run(old, 'team', 'delete', await makeTeam(old, 'Gone', 'first'));
  museum = await makeTeam(old, 'Museum', 'ada');
  await run(old, 'team', 'add', museum, 'bob');
  await run(old, 'team', 'add', museum, 'dave');
  await makeTeam(old, 'Club', 'dave');
  const ada = await signIn(old, 'ada');
  await invite(ada, `/applications/teams/${museum}`, 'carol');
  ofMuseum = await createApp(old, { name: 'Of the museum' });
  await run(old, 'app', 'transfer', ofMuseum.clientId, '--team', museum);
  const page = await ada.open(`/applications/${ofMuseum.id}/secrets`);
  await ada.submit(page, { name: 'Staging', days: '90' }, '/secrets');
  const own = await createApp(old, { name: 'Of Ada' });
  await run(old, 'app', 'transfer', own.clientId, '--owner', 'ada');

  await createApp(old, { name: 'Of Dave' }, 5);

  // In the way here: one id, one username, one name of a team.
  server = await startTestServer();
  await createPerson(server, 'dave');
  await makeTeam(server, 'MUSEUM', 'dave');
  await run(old, 'export', '--to', file);
});

afterAll(async () => {
  await old.stop();
  await server.stop();
  rmSync(folder, { recursive: true });
});

test('a rehearsal tells of teams what the import would do, and changes nothing', async () => {
  const before = await snapshot(server);
  const report = await importFile(file, '--dry-run');
  expect(report).toMatchObject({ is_dry_run: true, brought: { users: 3, teams: 2, applications: 3 } });
  expect(reasons(report.changed)).toEqual([
    ['teams', TAKEN, ['Museum']],
    ['teams', MISSING, ['Museum: user 5', 'Club: user 5']],
    ['teams', expect.stringContaining('came without an owner'), ['Club']],
    ['applications', "came as nobody's: its owner is not here", ['Of Dave']],
  ]);
  expect(await snapshot(server)).toEqual(before);
});

test('a team comes with its members and applications, and is not joined to one of the same name', async () => {
  expect(await importFile(file)).toMatchObject({ brought: { teams: 2 }, here_before: { teams: 0 } });
  const [brought] = await named(server, 'Museum');
  expect(brought).not.toBe(museum);
  const members = await run(server, 'team', 'show', brought!);
  expect(members).toMatch(/\nada +owner\nbob +member\n$/);
  const [here] = await named(server, 'MUSEUM');
  expect(await run(server, 'team', 'show', here!)).toMatch(/USERNAME +ROLE\ndave +owner\n$/);
  expect(await owners(server)).toEqual({
    'Of the museum': { owner: null, team: 'Museum' },
    'Of Ada': { owner: 'ada', team: null },
    'Of Dave': { owner: null, team: null },
  });
  const { id } = await server.database
    .knex('applications')
    .where({ client_id: ofMuseum.clientId })
    .first('id');
  for (const [who, status] of [
    ['bob', 200],
    ['carol', 404],
    ['dave', 404],
  ] as const)
    expect([who, (await (await signIn(server, who)).open(`/applications/${id}`)).status]).toEqual([
      who,
      status,
    ]);
  // An invitation stays behind: its link is one to the other server.
  expect((await (await signIn(server, 'carol')).open('/applications/teams')).text).not.toContain('Museum');
});

test('a secret keeps its name, its end and who made it', async () => {
  const listed = async (at: TestServer) =>
    (JSON.parse(await run(at, 'app', 'secrets', 'list', ofMuseum.clientId, '--json')) as Line[]).map(
      ({ id: _, last_used_at: _used, last_network: _from, ...secret }) => secret,
    );
  expect(await listed(server)).toEqual(await listed(old));
  expect(await listed(server)).toMatchObject([
    { name: 'First secret', created_by: null, expires_at: null },
    { name: 'Staging', created_by: 'ada', expires_at: expect.any(String) },
  ]);
});

test('a second import changes nothing; who was taken out of a team here stays out, and a team that was deleted is gone', async () => {
  await run(server, 'team', 'remove', (await named(server, 'Museum'))[0]!, 'bob');
  await run(server, 'team', 'delete', (await named(server, 'Club'))[0]!);
  const { audit_events: _, ...before } = await snapshot(server);
  const report = await importFile(file);
  expect(report).toMatchObject({ brought: { teams: 0, applications: 0 }, here_before: { teams: 2 } });
  expect(report.changed).toEqual([]);
  const { audit_events: __, ...after } = await snapshot(server);
  expect(after).toEqual(before);
});

test('what is new at the source finds the team that was brought before, and is told when that is gone', async () => {
  const [club] = await named(old, 'Club');
  for (const [name, team] of [
    ['Newer', museum],
    ['Of the club', club!],
  ] as const) {
    const { clientId } = await createApp(old, { name });
    await run(old, 'app', 'transfer', clientId, '--team', team);
  }
  const later = join(folder, 'later.jsonl');
  await run(old, 'export', '--to', later);
  const report = await importFile(later);
  expect(reasons(report.changed)).toEqual([
    ['applications', "came as nobody's: the team it is of is not here", ['Of the club']],
  ]);
  expect(await owners(server)).toMatchObject({
    Newer: { team: 'Museum' },
    'Of the club': { owner: null, team: null },
  });
});

test('an export of before teams came along is read as ever', async () => {
  const older = linesOf(file).flatMap(({ team_id: _, ...line }) =>
    line.type === 'team'
      ? []
      : {
          ...line,
          ...(line.type === 'latchkey' ? { issuer: 'https://older.test' } : {}),
          ...(line.type === 'user' ? { id: Number(line.id) + 100, username: `older-${line.username}` } : {}),
          ...(line.type === 'application' ? { client_id: `older-${line.name}`, owner_id: null } : {}),
          ...('secrets' in line
            ? {
                secrets: (line.secrets as Line[]).map(
                  ({ name: _name, created_by: _by, expiry_mails: _mails, ...secret }) => secret,
                ),
              }
            : {}),
        },
  );
  expect(await importFile(write('older.jsonl', older))).toMatchObject({
    brought: { users: 5, teams: 0, applications: 3 },
    changed: [],
  });
  const secrets = JSON.parse(
    await run(server, 'app', 'secrets', 'list', 'older-Of the museum', '--json'),
  ) as Line[];
  expect(secrets.map(({ name }) => name)).toEqual(['', '']);
});

test.each<[string, (lines: Line[]) => Line | undefined, RegExp]>([
  [
    'a team with a role that there is none of',
    (lines) => {
      const team = lines.find(({ type }) => type === 'team')!;
      return { ...team, members: [{ user_id: 1, role: 'boss', joined_at: '2026-01-01T00:00:00.000Z' }] };
    },
    /Line 2 of .*members\[0\]\.role/s,
  ],
  [
    'an application of a person and of a team',
    (lines) => ({ ...lines.find(({ type }) => type === 'application')!, owner_id: 1, team_id: 1 }),
    /Line 2 of .*of an owner or of a team, and not of both.*team_id/s,
  ],
])('%s is refused with its line and its field, and nothing is changed', async (_, change, complaint) => {
  const lines = linesOf(file);
  const path = write('wrong.jsonl', [lines[0]!, change(lines)!]);
  const before = await snapshot(server);
  await expect(importFile(path)).rejects.toThrow(complaint);
  expect(await snapshot(server)).toEqual(before);
});
