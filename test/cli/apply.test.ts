/** `latchkey apply`: applications kept in git. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { latchkey } from '../support/command.js';
import { basic, post } from '../support/oauth.js';
import { createPerson } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'ada');
  folder = await mkdtemp(join(tmpdir(), 'latchkey-apply-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await server.stop();
});

async function apply(yaml: string, ...options: string[]) {
  const file = join(folder, 'applications.yaml');
  await writeFile(file, yaml);
  return latchkey(['apply', file, ...options], {
    environment: { DATABASE_URL: server.databaseUrl, SECRET_KEY },
  });
}

const SECRET = 'a-secret-of-our-own-0123456789abcdef';
const FILE = `
applications:
  - client_id: nightly
    owner: ada
    name: Nightly job
    kind: service
    client_secret_file: nightly.secret
  - client_id: album
    owner: ada
    name: Album
    kind: spa
    redirect_uris:
      - https://album.test/cb
`;

const stored = () => snapshot(server);
const token = (secret: string) =>
  post(server, '/o/token', { grant_type: 'client_credentials' }, basic({ clientId: 'nightly', secret }));

test('it shows what differs, makes what is new, changes what is different, and nothing when nothing differs', async () => {
  await writeFile(join(folder, 'nightly.secret'), `${SECRET}\n`);
  const empty = await stored();
  const look = await apply(FILE, '--dry-run');
  expect([look.code, look.stdout]).toEqual([0, expect.stringContaining('+ nightly (Nightly job): create')]);
  expect(look.stdout).toContain('redirect_uris: ["https://album.test/cb"]');
  expect(await stored()).toEqual(empty);

  expect((await apply(FILE)).stderr).toContain('--yes');
  expect(await stored()).toEqual(empty);

  const made = await apply(FILE, '--yes');
  expect([made.code, made.stderr]).toEqual([0, '']);
  expect(made.stdout).not.toContain(SECRET);
  expect((await token(SECRET)).status).toBe(200);

  const before = await stored();
  const again = await apply(FILE, '--yes');
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('Nothing to do.')]);
  expect(await stored()).toEqual(before);

  const changed = await apply(
    FILE.replace('https://album.test/cb', 'https://album.test/callback'),
    '--yes',
    '--json',
  );
  expect(JSON.parse(changed.stdout)).toMatchObject({
    applied: true,
    applications: [
      { clientId: 'nightly', action: 'nothing' },
      {
        clientId: 'album',
        action: 'change',
        differences: [
          { field: 'redirect_uris', from: ['https://album.test/cb'], to: ['https://album.test/callback'] },
        ],
      },
    ],
  });
  const [event] = await server.database.knex('audit_events').where({ event: 'application.changed' });
  expect(event.details.via).toBe('latchkey apply');
});

test('a secret that changes in its file is added beside the old one, and an application can be taken away', async () => {
  const other = `${SECRET}-second`;
  await writeFile(join(folder, 'nightly.secret'), other);
  expect((await apply(FILE, '--dry-run')).stdout).toContain('this secret as well');
  await apply(FILE, '--yes');
  expect([(await token(SECRET)).status, (await token(other)).status]).toEqual([200, 200]);
  const gone = await apply('applications:\n  - client_id: nightly\n    state: absent\n', '--yes');
  expect(gone.stdout).toContain('- nightly (Nightly job): delete');
  expect(await server.database.knex('applications').where({ client_id: 'nightly' })).toEqual([]);
});

test('everything that is wrong is told at once, and nothing is done', async () => {
  const before = await stored();
  const bad = `
applications:
  - client_id: one
    owner: nobody
    name: One
    kind: web
    redirect_uris: ['http://one.example/cb']
  - client_id: two
    name: Two
    kind: service
`;
  const refused = await apply(bad, '--yes');
  expect(refused.code).toBe(1);
  for (const part of ['there is no user "nobody"', 'redirect_uris:', 'two: a new application needs an owner'])
    expect(refused.stderr).toContain(part);
  for (const [yaml, reason] of [
    ['applications: [{client_id: a, colour: red}]', 'Unrecognized key'],
    ['applications: [{client_id: "a b"}]', 'letters, digits'],
    ['applications: [{client_id: a}, {client_id: a}]', 'has a twice'],
    ['applications: [', 'is not YAML'],
    [
      'applications: [{client_id: a, owner: ada, name: A, kind: service, client_secret_file: nowhere}]',
      'does not exist',
    ],
  ] as const) {
    const { code, stderr } = await apply(yaml, '--yes');
    expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
  }
  expect(await stored()).toEqual(before);
});
