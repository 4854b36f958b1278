/** Superusers, and the owner of the machine, help people back in without ever knowing a password (AD-05). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventsOf, fromRequest } from '../audit/events-of.js';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { latchkey } from '../support/command.js';
import { createPerson, signIn } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

const NEW_PASSWORD = 'a quiet green door';
let server: TestServer;
let root: Browser;
let rootId: number;

beforeAll(async () => {
  // Not this machine alone, and no mail server: mail is off.
  server = await startTestServer({ HOST: '0.0.0.0' });
  rootId = (await createPerson(server, 'root', { isSuperuser: true })).id;
  root = await signIn(server, 'root');
});

afterAll(async () => {
  backToPresent();
  await server.stop();
});

const act = async (id: number, action: string, fields = {}): Promise<Page> =>
  root.submit(await root.open(`/admin/users/${id}/${action}`), fields, `/${action}`);

/** At the server under test, whatever the issuer is called. */
const here = (link: string | undefined): string =>
  server.url + new URL(link ?? '').pathname + new URL(link ?? '').search;

async function choosePassword(link: string | undefined): Promise<Page> {
  const browser = newBrowser(server.url);
  return browser.submit(await browser.open(here(link)), { new_password: NEW_PASSWORD }, '/login/reset');
}

describe('a link for a new password', () => {
  test('is shown once where no mail goes out, works once, and proves no address', async () => {
    const { id } = await createPerson(server, 'alice');
    let page: Page | undefined;
    const events = await eventsOf(server, async () => {
      page = await act(id, 'reset-password', { reason: 'Called us' });
    });
    const link = page?.html.querySelector('code[aria-labelledby=link]')?.text;
    expect(link).toMatch(/\/login\/reset\?token=[\w-]{43}$/);
    expect(events).toMatchObject([
      {
        event: 'password.reset_asked',
        account_id: id,
        actor_id: rootId,
        details: { reason: 'Called us', link: 'shown' },
        ...fromRequest,
      },
    ]);
    expect(JSON.stringify(await snapshot(server))).not.toContain(new URL(link!).searchParams.get('token'));
    expect((await choosePassword(link)).url).toContain('/login');
    await signIn(server, 'alice', NEW_PASSWORD);
    expect((await newBrowser(server.url).open(here(link))).status).toBe(410);
    const { email_verified_at: verified } = await server.database.knex('accounts').where({ id }).first();
    expect(verified).toBeNull();
  });

  test('ends after an hour', async () => {
    const { id } = await createPerson(server, 'bob');
    const page = await act(id, 'reset-password');
    travel(3601);
    const link = page.html.querySelector('code[aria-labelledby=link]')?.text;
    expect((await newBrowser(server.url).open(here(link))).status).toBe(410);
    backToPresent();
  });

  test('is mailed where mail goes out, and not shown', async () => {
    const mailing = await startTestServer({ DATABASE_URL: server.databaseUrl });
    const { id } = await createPerson(mailing, 'carol');
    const browser = await signIn(mailing, 'root');
    const form = await browser.open(`/admin/users/${id}/reset-password`);
    const page = await browser.submit(form, {}, '/reset-password');
    expect(page.html.querySelector('[role=status]')?.text).toContain('on its way');
    expect(page.text).not.toContain('token=');
    const mails = await browser.open('/dev/mails');
    expect(mails.text).toMatch(/To carol@example.com[\s\S]*\/login\/reset\?token=/);
    await mailing.stop();
  });
});

test('second factors are taken away, with an event that says by whom', async () => {
  const { id } = await createPerson(server, 'dora');
  await server.database
    .knex('totp_seeds')
    .insert({ account_id: id, seed: Buffer.alloc(40), created_at: new Date(), last_step: 0 });
  const events = await eventsOf(server, () => act(id, 'reset-factors', { reason: 'Telephone lost' }));
  expect(events).toMatchObject([{ event: 'factors.reset', account_id: id, actor_id: rootId }]);
  expect(await server.database.knex('totp_seeds')).toEqual([]);
});

describe('latchkey admin recover', () => {
  const run = (...args: string[]) =>
    latchkey(args, {
      environment: {
        DATABASE_URL: server.databaseUrl,
        SECRET_KEY,
        ISSUER: server.url,
        HOST: '0.0.0.0',
      },
    });
  const linkIn = (stdout: string) => /http\S+/.exec(stdout)?.[0];

  test('gives the only superuser a new password, and is recorded', async () => {
    const events = await eventsOf(server, async () => {
      const { code, stdout, stderr } = await run('admin', 'recover');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('root is a superuser');
      await choosePassword(linkIn(stdout));
    });
    expect(events.map(({ event }) => event)).toEqual([
      'superuser.recovered',
      'password.reset_asked',
      'password.reset',
    ]);
    expect(events[0]).toMatchObject({ account_id: rootId, details: { by: 'command line' } });
    root = await signIn(server, 'root', NEW_PASSWORD);
    expect((await root.open('/admin')).status).toBe(200);
  });

  test('makes anybody else a superuser, even somebody disabled who has lost the second factor', async () => {
    const { id } = await createPerson(server, 'eve');
    await server.database.knex('accounts').where({ id }).update({ disabled_at: new Date() });
    await server.database
      .knex('totp_seeds')
      .insert({ account_id: id, seed: Buffer.alloc(40), created_at: new Date(), last_step: 0 });
    const { stdout } = await run('admin', 'recover', 'eve', '--remove-factors', '--json');
    await choosePassword(JSON.parse(stdout).url);
    const eve = await signIn(server, 'eve', NEW_PASSWORD);
    expect((await eve.open('/admin')).status).toBe(200);
  });

  test('asks for a name when there are several', async () => {
    const { code, stdout, stderr } = await run('admin', 'recover');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/not exactly one\. root, eve/);
    expect((await run('admin', 'recover', 'nobody')).stderr).toBe('There is no user "nobody".\n');
  });
});

test('latchkey user reset-password and reset-factors do the same', async () => {
  const { id } = await createPerson(server, 'frank');
  const environment = { DATABASE_URL: server.databaseUrl, SECRET_KEY, ISSUER: server.url };
  const printed = await latchkey(['user', 'reset-password', 'frank', '--print'], { environment });
  await choosePassword(printed.stdout.trim());
  await signIn(server, 'frank', NEW_PASSWORD);
  const removed = await latchkey(['user', 'reset-factors', 'frank'], { environment });
  expect(removed.stdout).toBe('frank has no second factor any more.\n');
  const events = await server.database.knex('audit_events').where({ account_id: id }).pluck('event');
  expect(events).toEqual(expect.arrayContaining(['password.reset_asked', 'factors.reset']));
});
