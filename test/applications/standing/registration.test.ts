/** Who may register applications, and what becomes of one that has to be approved. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addToGroup } from '../../../src/accounts/groups.js';
import { loadConfig } from '../../../src/config/config.js';
import { makeToken, scriptWith } from '../../applications-api/script.js';
import { eventsOf } from '../../audit/events-of.js';
import type { Browser, Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { latchkey } from '../../support/command.js';
import { lastMail, readMails } from '../../support/mails.js';
import { post } from '../../support/oauth.js';
import { createPerson, signIn } from '../../support/people.js';
import { credentialsOn, pathOn, postTo, register } from '../../support/portal.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../../support/server.js';

const FIELDS = { grant_types: ['client_credentials'], redirect_uris: '' };

async function works(server: TestServer, page: Page): Promise<boolean> {
  const { clientId, secret } = credentialsOn(page);
  // A node takes a change up within a second. The clock stays ahead: gone back, it would be less than a second after this the
  // next time, where two commands in between were quick.
  travel(1);
  const basic = Buffer.from(`${clientId}:${secret}`).toString('base64');
  const { status, body } = await post(
    server,
    '/o/token',
    { grant_type: 'client_credentials' },
    { authorization: `Basic ${basic}` },
  );
  if (status !== 200) expect([status, body.error]).toEqual([401, 'invalid_client']);
  return status === 200;
}

afterAll(backToPresent);

describe('approval', () => {
  let server: TestServer;
  let alice: Browser;
  let root: Browser;
  let rootId: number;
  let aliceId: number;

  beforeAll(async () => {
    server = await startTestServer({ APPLICATION_REGISTRATION: 'approval' });
    ({ id: aliceId } = await createPerson(server, 'alice'));
    ({ id: rootId } = await createPerson(server, 'root', { isSuperuser: true }));
    await server.database
      .knex('accounts')
      .whereIn('id', [aliceId, rootId])
      .update({ email_verified_at: new Date() });
    alice = await signIn(server, 'alice');
    root = await signIn(server, 'root');
  });

  afterAll(() => server.stop());

  const notice = async (path: string) =>
    (await alice.open(path)).html.querySelector('.notice-warning')?.text.replace(/\s+/g, ' ').trim();

  /** As its owner reads it in the list. */
  const stateOf = async (name: string) =>
    (await alice.open('/applications')).html
      .querySelectorAll('tbody tr')
      .find((row) => row.querySelector('th')?.text.trim() === name)
      ?.querySelector('[data-label=State]')?.text;

  test('a new application is stored and refused everywhere, superusers are told, and it works once approved', async () => {
    const page = await register(alice, { name: 'Please', ...FIELDS });
    expect(page.text).toContain('Waiting for approval.');
    const path = pathOn(page);
    expect(await works(server, page)).toBe(false);
    expect(await notice(path)).toContain('Waiting for approval.');
    expect((await alice.open('/applications')).text).toContain('waiting for approval');
    const mail = await lastMail(server, 'root@example.com');
    expect([mail.subject, mail.link]).toEqual(['Please waits for your approval', server.url + path]);

    expect((await root.open('/admin')).html.querySelector('.notice a')?.text).toBe(
      'One application waits for approval.',
    );
    const list = await root.open('/applications/waiting');
    expect(list.html.querySelector('tbody th')?.text).toBe('Please');
    const events = await eventsOf(server, () => root.submit(list, {}, '/approve'));
    expect(events).toMatchObject([{ event: 'application.approved', account_id: aliceId, actor_id: rootId }]);
    expect(await works(server, page)).toBe(true);
    expect(await notice(path)).toBeUndefined();
    expect((await lastMail(server, 'alice@example.com')).subject).toBe('Please is approved');
    expect((await root.open('/admin')).html.querySelector('.notice a')).toBeNull();
  });

  test('one that is refused tells its owner why, who may ask again', async () => {
    const page = await register(alice, { name: 'Dubious', ...FIELDS });
    const path = pathOn(page);
    const refused = await postTo(root, `${path}/refuse`, { reason: '' });
    expect([refused.status, refused.html.querySelector('#reason-error')?.text]).toEqual([
      422,
      'The reason is missing.',
    ]);
    const events = await eventsOf(server, async () =>
      root.submit(
        await root.open(`${path}/refuse`),
        { reason: 'The name is that of <b>another</b> company' },
        '/refuse',
      ),
    );
    expect(events).toMatchObject([
      {
        event: 'application.refused',
        actor_id: rootId,
        details: { reason: 'The name is that of <b>another</b> company' },
      },
    ]);
    expect(await notice(path)).toContain('The name is that of <b>another</b> company');
    expect((await alice.open(path)).html.querySelector('.notice-warning b')).toBeNull();
    const mail = await lastMail(server, 'alice@example.com');
    expect([mail.subject, mail.text.includes('another')]).toEqual(['Dubious was not approved', true]);
    expect(await works(server, page)).toBe(false);
    expect(await stateOf('Dubious')).toBe('not approved');

    await alice.submit(await alice.open(path), {}, '/ask-again');
    expect(await stateOf('Dubious')).toBe('waiting for approval');
    expect(await notice(path)).toContain('Waiting for approval.');
    await root.submit(await root.open(path), {}, '/approve');
    expect(await works(server, page)).toBe(true);
    expect(await stateOf('Dubious')).toBe('enabled');
  });

  test('its owner approves nothing, neither by the routes nor by changing it (DP-07)', async () => {
    const page = await register(alice, { name: 'Sneaky', disabled_at: '', approval: 'approved', ...FIELDS });
    const path = pathOn(page);
    for (const action of ['approve', 'enable', 'refuse'])
      expect([action, (await postTo(alice, `${path}/${action}`, { reason: 'x' })).status]).toEqual([
        action,
        404,
      ]);
    expect((await postTo(alice, `${path}/ask-again`)).status).toBe(409);
    await alice.submit(await alice.open(`${path}/update`), { name: 'Sneaky too' }, '/update');
    await postTo(alice, `${path}/transfer`, { owned_by: '' });
    expect(await works(server, page)).toBe(false);
    expect((await alice.request('/applications/waiting')).status).toBe(404);
  });

  test('one registered by the API waits as well', async () => {
    const script = scriptWith(server, await makeToken(alice));
    const { status, body } = await script('POST', '', { name: 'By a script', kind: 'service' });
    expect([status, body.application.client_id]).toEqual([201, expect.any(String)]);
    const row = await server.database
      .knex('applications')
      .where({ client_id: body.application.client_id })
      .first('disabled_at');
    expect(row.disabled_at).toBeInstanceOf(Date);
  });

  test('two superusers who decide at the same moment: one decides', async () => {
    const path = pathOn(await register(alice, { name: 'Contested', ...FIELDS }));
    const answers = await Promise.all([
      postTo(root, `${path}/approve`),
      postTo(root, `${path}/refuse`, { reason: 'No' }),
    ]);
    const statuses = answers.map(({ status }) => status);
    // Approving what was refused a moment before is a decision as well.
    expect(statuses[0] === 303 || statuses[1] === 303).toBe(true);
    expect((await postTo(root, `${path}/refuse`, { reason: 'Again' })).status).toBe(409);
  });

  test("a superuser's own needs none, nor does one of the command line", async () => {
    expect(await works(server, await register(root, { name: 'Of root', ...FIELDS }))).toBe(true);
  });

  test('the command line approves and refuses', async () => {
    const run = (...args: string[]) =>
      latchkey(['app', ...args], { environment: { DATABASE_URL: server.databaseUrl, SECRET_KEY } });
    const page = await register(alice, { name: 'By hand', ...FIELDS });
    const { clientId } = credentialsOn(page);
    expect((await run('refuse', clientId, '--reason', 'Not yet')).stdout).toBe('By hand is refused.\n');
    expect(await notice(pathOn(page))).toContain('Not yet');
    expect((await run('list')).stdout).toMatch(new RegExp(`${clientId} .* not approved *\n`));
    expect((await run('approve', clientId)).stdout).toBe('By hand is approved.\n');
    expect(await works(server, page)).toBe(true);
    expect((await run('approve', clientId)).code).toBe(1);
    expect((await run('disable', clientId, '--reason', 'Enough')).stdout).toBe('By hand is disabled.\n');
    expect(await works(server, page)).toBe(false);
    expect(await notice(pathOn(page))).toContain('Enough');
    await run('enable', clientId);
    expect(await works(server, page)).toBe(true);
  });

  test('nobody fills the mailboxes of superusers by registering', async () => {
    const before = (await readMails(server, 'root@example.com')).length;
    for (let count = 0; count < 8; count++) await register(alice, { name: `Many ${count}`, ...FIELDS });
    expect((await readMails(server, 'root@example.com')).length).toBeLessThanOrEqual(Math.max(5, before));
  });
});

describe.each([
  ['superusers', 'superusers', false],
  ['members of some groups', 'groups: the staff ,developers', true],
])('%s', (_title, setting, isForGroups) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ APPLICATION_REGISTRATION: setting });
    await createPerson(server, 'alice');
    await createPerson(server, 'bob');
    await createPerson(server, 'root', { isSuperuser: true });
    await addToGroup(server.database.knex, 'alice', 'the staff');
  });

  afterAll(() => server.stop());

  test('register, and nobody else', async () => {
    const bob = await signIn(server, 'bob');
    const refused = await bob.open('/applications/register');
    expect([refused.status, refused.html.querySelector('h1')?.text]).toEqual([
      403,
      'You may not register applications on this server.',
    ]);
    const form = { name: 'Mine', client_type: 'public', grant_types: 'authorization_code' };
    expect(
      (await postTo(bob, '/applications/register', { ...form, redirect_uris: 'https://a.test/' })).status,
    ).toBe(403);
    const script = scriptWith(server, await makeToken(bob));
    const asked = await script('POST', '', { name: 'By a script', kind: 'service' });
    expect([asked.status, asked.body.error]).toEqual([403, 'registration_closed']);
    const list = await bob.open('/applications');
    expect([list.status, list.html.querySelector('a[href$="/register"]')]).toEqual([200, null]);
    expect(await server.database.knex('applications')).toEqual([]);

    const alice = await signIn(server, 'alice');
    expect((await alice.open('/applications/register')).status).toBe(isForGroups ? 200 : 403);
    const root = await signIn(server, 'root');
    expect((await register(root, FIELDS)).status).toBe(200);
  });
});

test.each(['nobody', 'groups:', 'groups', 'groups: , ', 'Everybody'])(
  'the setting %j is refused at the start',
  (value) => {
    expect(() => loadConfig({ APPLICATION_REGISTRATION: value })).toThrow(/APPLICATION_REGISTRATION must be/);
  },
);
