/** What superusers do on the pages under /admin, by the command line. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { latchkey } from '../support/command.js';
import { profile, signInAt } from '../support/oauth.js';
import { createApp, createPerson, signIn } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'root', { isSuperuser: true });
  await createPerson(server, 'alice');
});

afterAll(() => server.stop());

const run = (...args: string[]) =>
  latchkey(args, { environment: { DATABASE_URL: server.databaseUrl, SECRET_KEY } });

const out = async (...args: string[]): Promise<string> => {
  const { stdout, ...result } = await run(...args);
  expect(result).toEqual({ code: 0, stderr: '' });
  return stdout;
};

describe('latchkey user', () => {
  test('list --search finds by the beginning of a name', async () => {
    const found = JSON.parse(await out('user', 'list', '--search', 'ALI', '--json'));
    expect(found.map((user: { username: string }) => user.username)).toEqual(['alice']);
  });

  test('show tells what there is, and no secret', async () => {
    await signIn(server, 'alice');
    await out('group', 'add', 'staff', 'alice');
    expect(JSON.parse(await out('user', 'show', 'Alice', '--json'))).toMatchObject({
      username: 'alice',
      groups: ['staff'],
      sessions: 1,
    });
    expect(await out('user', 'show', 'alice')).toMatch(/email: +alice@example.com\n[\s\S]*groups: +staff/);
    expect(await out('user', 'show', 'alice', '--json')).not.toMatch(/argon2|password/);
  });

  test('sign-out ends sessions and tokens at once', async () => {
    const browser = await signIn(server, 'alice');
    const tokens = await signInAt(server, browser, await createApp(server), { scope: 'read' });
    await out('user', 'sign-out', 'alice', '--reason', 'A lost telephone');
    expect((await browser.open('/account')).url).toContain('/login');
    expect((await profile(server, tokens.access_token)).status).toBe(401);
    const event = await server.database.knex('audit_events').where({ event: 'account.signed_out' }).first();
    expect(event).toMatchObject({
      actor_id: null,
      details: { by: 'command line', reason: 'A lost telephone' },
    });
  });

  test('make-superuser and unmake-superuser, but never the last one', async () => {
    expect(await out('user', 'make-superuser', 'alice')).toBe('alice is a superuser.\n');
    expect((await (await signIn(server, 'alice')).open('/admin')).status).toBe(200);
    expect(await out('user', 'unmake-superuser', 'alice')).toBe('alice is no longer a superuser.\n');
    const refused = await run('user', 'unmake-superuser', 'root');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      'root is the last superuser that can sign in. Make another superuser first.\n',
    ]);
  });
});

describe('latchkey group', () => {
  test('create, rename, list and delete', async () => {
    expect(await out('group', 'create', 'Crew')).toBe('Made the group Crew.\n');
    expect(await out('group', 'rename', 'Crew', 'Team')).toBe('Crew is now Team.\n');
    await out('group', 'add', 'Team', 'alice');
    expect(await out('group', 'list')).toMatch(/^GROUP +MEMBERS\n[\s\S]*Team +1\n/);
    expect(JSON.parse(await out('group', 'list', '--json'))).toContainEqual({
      id: expect.any(Number),
      name: 'Team',
      members: 1,
      requires_factor: false,
    });
    expect(await out('group', 'delete', 'Team')).toBe('Deleted the group Team.\n');
    expect(await out('group', 'list')).not.toContain('Team');
  });

  test.each([
    ['a group that is not there', ['delete', 'nothing'], 'There is no group "nothing".\n'],
    ['a name that is taken', ['create', 'staff'], 'There is a group "staff" already.\n'],
    ['a name that is none', ['create', ' '], "A group's name has 1 to 150 characters on one line.\n"],
  ])('%s is refused', async (_, args, reason) => {
    await run('group', 'create', 'staff');
    const { code, stdout, stderr } = await run('group', ...args);
    expect([code, stdout, stderr]).toEqual([1, '', reason]);
  });
});
