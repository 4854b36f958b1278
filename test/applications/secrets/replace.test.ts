/** Replacing a secret without an interruption: make, copy, see, retire. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { findEndedSecret } from '../../../src/applications/secrets/retired-secrets.js';
import { sweep } from '../../../src/tokens/sweep.js';
import type { Browser, Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { latchkey } from '../../support/command.js';
import { token } from '../../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { credentialsOn } from '../../support/portal.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let browser: Browser;
let ownerId: number;

beforeAll(async () => {
  server = await startTestServer();
  ({ id: ownerId } = await createPerson(server, 'alice'));
  browser = await signIn(server, 'alice');
});

afterEach(backToPresent);

afterAll(() => server.stop());

const DAY = 86_400;

const newApp = () => createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] }, ownerId);

async function works(app: TestApplication, secret: string): Promise<boolean> {
  // A node takes a change up within a second.
  travel(1);
  const { status } = await token(server, { ...app, secret }, { grant_type: 'client_credentials' });
  expect([200, 401]).toContain(status);
  return status === 200;
}

const pageOf = (app: TestApplication) => browser.open(`/applications/${app.id}/secrets`);

async function make(app: TestApplication, fields: Record<string, string> = {}): Promise<string> {
  return credentialsOn(await browser.submit(await pageOf(app), fields, '/secrets')).secret!;
}

const stepOf = (page: Page) => page.html.querySelector('[aria-current=step]')?.text;

function rowOf(page: Page, secret: string) {
  const row = page.html.querySelectorAll('tbody tr').find((each) => each.text.includes(secret.slice(-4)))!;
  return {
    text: row.text.replace(/\s+/g, ' ').trim(),
    retire: row.querySelector('a[href$="/retire"]')?.getAttribute('href') ?? '',
  };
}

/** As if the oldest (or the newest) had been used so many seconds ago. */
async function wasUsed(app: TestApplication, secondsAgo: number, which = 'asc'): Promise<void> {
  const { knex } = server.database;
  const { id } = await knex('client_secrets')
    .where({ application_id: app.id })
    .orderBy('id', which)
    .first('id');
  await knex('client_secrets')
    .where({ id })
    .update({ last_used_at: new Date(Date.now() - secondsAgo * 1000), last_network: '10.2.0.0/24' });
}

test('the steps follow what there is: make, copy, see whether the old one is used, retire it', async () => {
  const app = await newApp();
  expect(stepOf(await pageOf(app))).toBe('Make a new one');
  const made = await browser.submit(await pageOf(app), { name: 'production', days: '90' }, '/secrets');
  expect(stepOf(made)).toBe('Put it into your application');
  const secret = credentialsOn(made).secret!;
  const { text } = rowOf(await pageOf(app), secret);
  expect(text).toMatch(/^production …\w{4} No use seen so far .* by alice .* Retire/);

  await wasUsed(app, 200);
  expect(stepOf(await pageOf(app))).toBe('Put it into your application');
  await wasUsed(app, 100, 'desc');
  const used = await pageOf(app);
  expect(stepOf(used)).toBe('See whether the old one is still in use');
  expect(rowOf(used, app.secret).text).toContain('in use Last used 3 minutes ago from 10.2.0.0/24');
  await wasUsed(app, 7.5 * DAY);
  const quiet = await pageOf(app);
  expect(stepOf(quiet)).toBe('Retire the old one');
  expect(rowOf(quiet, app.secret).text).toContain('Not used for 7 days, the last time from 10.2.0.0/24');

  const after = await browser.submit(
    await browser.open(rowOf(quiet, app.secret).retire),
    { when: 'now' },
    '/retire',
  );
  expect(after.html.querySelector('.notice-good')?.text).toContain('retired');
  expect([await works(app, app.secret), await works(app, secret)]).toEqual([false, true]);
});

describe('a secret that was used within a day', () => {
  test('is retired only by whoever says that they know', async () => {
    const app = await newApp();
    await make(app);
    await wasUsed(app, 200);
    const asked = await browser.open(rowOf(await pageOf(app), app.secret).retire);
    expect(asked.text).toContain('Something still uses it.');
    const refused = await browser.submit(asked, { when: 'now' }, '/retire');
    expect([refused.status, refused.html.querySelector('#confirmed-error')?.text]).toEqual([
      422,
      'Last used 3 minutes ago from 10.2.0.0/24. Tick this to retire it nevertheless.',
    ]);
    expect(await works(app, app.secret)).toBe(true);
    const done = await browser.submit(refused, { when: 'now', confirmed: 'on' }, '/retire');
    expect([done.status, await works(app, app.secret)]).toEqual([200, false]);
  });

  test('may go on for a day, and the last that lives longer cannot be retired meanwhile', async () => {
    const app = await newApp();
    const secret = await make(app);
    await wasUsed(app, 200);
    const asked = await browser.open(rowOf(await pageOf(app), app.secret).retire);
    await browser.submit(asked, { when: 'later', confirmed: 'on' }, '/retire');
    const last = await browser.submit(
      await browser.open(rowOf(await pageOf(app), secret).retire),
      { when: 'later', confirmed: 'on' },
      '/retire',
    );
    expect([last.status, last.html.querySelector('h1')?.text]).toEqual([
      422,
      'No other secret of the application lives longer than this one.',
    ]);
    expect(await works(app, app.secret)).toBe(true);
    travel(DAY);
    expect([await works(app, app.secret), await works(app, secret)]).toEqual([false, true]);
    const events = await server.database
      .knex('audit_events')
      .where({ client_id: app.clientId, event: 'secret.retired' });
    expect(events).toMatchObject([{ details: { until: expect.any(String) } }]);
  });
});

test('a secret with an end works until then, to the second', async () => {
  const app = await newApp();
  const secret = await make(app, { name: 'short', days: '30' });
  travel(30 * DAY - 10);
  expect(await works(app, secret)).toBe(true);
  travel(10);
  expect([await works(app, secret), await works(app, app.secret)]).toEqual([false, true]);
});

test.each([
  [{ days: '31' }, '#days-error'],
  [{ name: 'x'.repeat(101) }, '#name-error'],
  [{ name: 'a\u0007b' }, '#name-error'],
])('a wrong form makes none: %j', async (fields, error) => {
  const app = await newApp();
  const page = await browser.submit(await pageOf(app), fields as Record<string, string>, '/secrets');
  expect([page.status, Boolean(page.html.querySelector(error))]).toEqual([422, true]);
  expect(page.html.querySelectorAll('tbody tr')).toHaveLength(1);
});

describe('what has ended is known for a week, by its hash alone', () => {
  const endOf = (app: TestApplication, secret: string) =>
    findEndedSecret(server.database.knex, app.id, secret, new Date());

  test('retired', async () => {
    const app = await newApp();
    await make(app);
    await browser.submit(
      await browser.open(rowOf(await pageOf(app), app.secret).retire),
      { when: 'now', confirmed: 'on' },
      '/retire',
    );
    expect(await endOf(app, app.secret)).toMatchObject({ why: 'retired', name: 'First secret' });
    expect(await endOf(app, `${app.secret}x`)).toBeUndefined();
    travel(8 * DAY);
    expect(await endOf(app, app.secret)).toBeUndefined();
    await sweep(server.database, { auditKeepDays: 365 }, new Date());
    expect(await server.database.knex('retired_secrets').where({ application_id: app.id })).toEqual([]);
  });

  test('expired, before and after it was cleared away', async () => {
    const app = await newApp();
    const secret = await make(app, { days: '30' });
    travel(30 * DAY + 700);
    const known = await endOf(app, secret);
    expect(known).toMatchObject({ why: 'expired', endedAt: expect.any(Date) });
    await sweep(server.database, { auditKeepDays: 365 }, new Date());
    expect(await server.database.knex('client_secrets').where({ application_id: app.id })).toHaveLength(1);
    expect(await endOf(app, secret)).toEqual(known);
  });
});

test('the command line lists, adds and retires them', async () => {
  const app = await newApp();
  const run = (...args: string[]) =>
    latchkey(['app', 'secrets', ...args], {
      environment: { DATABASE_URL: server.databaseUrl, SECRET_KEY },
    });
  const added = await run('add', app.clientId, '--name', 'backup job', '--days', '10', '--json');
  const { client_secret: secret } = JSON.parse(added.stdout);
  expect([await works(app, secret), await works(app, app.secret)]).toEqual([true, true]);
  const listed = JSON.parse((await run('list', app.clientId, '--json')).stdout);
  expect(listed).toMatchObject([
    { name: 'First secret', hint: app.secret.slice(-4), expires_at: null },
    { name: 'backup job', hint: secret.slice(-4), expires_at: expect.any(String) },
  ]);
  expect((await run('list', app.clientId)).stdout).toContain('backup job');
  expect((await run('retire', app.clientId, String(listed[0].id))).stdout).toBe(
    'The secret no longer works.\n',
  );
  expect([await works(app, app.secret), await works(app, secret)]).toEqual([false, true]);
  expect(await run('retire', app.clientId, String(listed[1].id))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('This is the only secret of the application.'),
  });
  expect((await run('retire', app.clientId, '999999999')).code).toBe(1);
  expect((await run('add', app.clientId, '--days', 'soon')).code).toBe(2);
});
