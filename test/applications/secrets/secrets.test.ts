import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { rotateSecret } from '../../../src/applications/secrets/rotate-secret.js';
import type { Browser, Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { token } from '../../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { credentialsOn, pathOn, postTo, register } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { snapshot } from '../../support/snapshot.js';

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

/** Every node takes a change up within a second (src/engine/clients.ts). */
const aSecondLater = () => travel(1);

async function works(app: TestApplication, secret: string): Promise<boolean> {
  const answer = await token(server, { ...app, secret }, { grant_type: 'client_credentials' });
  expect([200, 401]).toContain(answer.status);
  if (answer.status === 401) expect(answer.body.error).toBe('invalid_client');
  return answer.status === 200;
}

const newApp = () => createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] }, ownerId);

async function addSecret(app: TestApplication): Promise<string> {
  const page = await browser.submit(await browser.open(`/applications/${app.id}/secrets`), {}, '/secrets');
  expect([page.status, page.html.querySelector('[role=status]')?.text]).toEqual([
    200,
    expect.stringContaining('Copy the client secret now.'),
  ]);
  return credentialsOn(page).secret!;
}

/** It may have been used already. */
const NOW = { when: 'now', confirmed: 'on' };

function rowsOf(page: Page) {
  return page.html.querySelectorAll('tbody tr').map((row) => ({
    hint: row.querySelector('th code')?.text,
    retire: row.querySelector('a')?.getAttribute('href'),
  }));
}

test('a secret is shown in the answer to its making and nowhere afterwards (DP-08)', async () => {
  const page = await register(browser, { grant_types: ['client_credentials'], redirect_uris: '' });
  const { secret } = credentialsOn(page);
  const path = pathOn(page);
  const second = credentialsOn(
    await browser.submit(await browser.open(`${path}/secrets`), {}, '/secrets'),
  ).secret;
  expect(second).toMatch(/^[A-Za-z0-9]{128}$/);
  for (const address of [path, `${path}/secrets`, `${path}/update`, `${path}/delete`, '/applications']) {
    const { text } = await browser.open(address);
    for (const value of [secret!, second!])
      expect([address, text.includes(value.slice(0, 20))]).toEqual([address, false]);
  }
  expect((await browser.open(path)).text).toContain(secret!.slice(-4));

  const stored = JSON.stringify(await snapshot(server));
  for (const value of [secret!, second!]) {
    expect(stored).not.toContain(value);
    expect(server.logged()).not.toContain(value);
  }
});

test('the page that shows it is not kept by the browser or anybody on the way', async () => {
  const page = await register(browser);
  expect(page.headers.get('cache-control')).toBe('no-store');
});

test('a second secret works beside the first, and a retired one does not work any more (TK-23)', async () => {
  const app = await newApp();
  const second = await addSecret(app);
  expect([await works(app, app.secret), await works(app, second)]).toEqual([true, true]);

  const page = await browser.open(`/applications/${app.id}/secrets`);
  const old = rowsOf(page).find(({ hint }) => hint === app.secret.slice(-4))!;
  const after = await browser.submit(await browser.open(old.retire!), NOW, '/retire');
  expect(after.url).toBe(`${server.url}/applications/${app.id}/secrets?retired=yes`);
  aSecondLater();
  expect([await works(app, app.secret), await works(app, second)]).toEqual([false, true]);
  expect(rowsOf(after)).toEqual([{ hint: second.slice(-4), retire: undefined }]);

  const events = await server.database.knex('audit_events').where({ client_id: app.clientId }).orderBy('id');
  expect(events.slice(1)).toMatchObject([
    { event: 'secret.added', account_id: ownerId, details: { hint: second.slice(-4) } },
    { event: 'secret.retired', account_id: ownerId, details: { hint: app.secret.slice(-4) } },
  ]);
});

test('the last secret cannot be retired by mistake', async () => {
  const app = await newApp();
  const [{ id }] = await server.database
    .knex('client_secrets')
    .where({ application_id: app.id })
    .select('id');
  const page = await postTo(browser, `/applications/${app.id}/secrets/${id}/retire`);
  expect([page.status, page.html.querySelector('h1')?.text]).toEqual([
    422,
    'This is the only secret of the application.',
  ]);
  expect(await works(app, app.secret)).toBe(true);
});

test("another application's secret cannot be retired through one's own", async () => {
  const [mine, other] = [
    await newApp(),
    await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] }),
  ];
  await addSecret(mine);
  const [{ id }] = await server.database
    .knex('client_secrets')
    .where({ application_id: other.id })
    .select('id');
  expect((await postTo(browser, `/applications/${mine.id}/secrets/${id}/retire`)).status).toBe(404);
  expect(await works(other, other.secret)).toBe(true);
});

test('an application has at most five secrets', async () => {
  const app = await newApp();
  for (let count = 2; count <= 5; count++) await addSecret(app);
  const page = await postTo(browser, `/applications/${app.id}/secrets`);
  expect([page.status, page.html.querySelector('h1')?.text]).toEqual([
    422,
    'The application has 5 secrets, and that is the most it may have.',
  ]);
  expect(rowsOf(await browser.open(`/applications/${app.id}/secrets`))).toHaveLength(5);
});

test('a public application has none, and cannot be given one', async () => {
  const app = await createApp(server, { clientType: 'public' }, ownerId);
  expect(
    (await browser.open(`/applications/${app.id}/secrets`)).html.querySelector('form[action$="/secrets"]'),
  ).toBeNull();
  expect((await postTo(browser, `/applications/${app.id}/secrets`)).status).toBe(422);
  expect(await server.database.knex('client_secrets').where({ application_id: app.id })).toEqual([]);
});

describe('two tabs that act at the same moment (DP-18)', () => {
  test('add one secret each: both work', async () => {
    const app = await newApp();
    const secrets = await Promise.all([addSecret(app), addSecret(app)]);
    expect([
      await works(app, secrets[0]),
      await works(app, secrets[1]),
      await works(app, app.secret),
    ]).toEqual([true, true, true]);
  });

  test('add more than there is room for: no more than five are live, and each that was shown works', async () => {
    const app = await newApp();
    const pages = await Promise.all(
      Array.from({ length: 8 }, () => postTo(browser, `/applications/${app.id}/secrets`)),
    );
    const shown = pages.filter((page) => page.status === 200).map((page) => credentialsOn(page).secret!);
    expect(pages.map((page) => page.status).sort()).toEqual([200, 200, 200, 200, 422, 422, 422, 422]);
    for (const secret of shown) expect(await works(app, secret)).toBe(true);
    expect(await server.database.knex('client_secrets').where({ application_id: app.id })).toHaveLength(5);
  });

  test('retire one each of two: one stays', async () => {
    const app = await newApp();
    await addSecret(app);
    const rows = rowsOf(await browser.open(`/applications/${app.id}/secrets`));
    const answers = await Promise.all(rows.map(({ retire }) => postTo(browser, retire!, NOW)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([303, 422]);
    expect(await server.database.knex('client_secrets').where({ application_id: app.id })).toHaveLength(1);
  });

  test('rotate at the command line twice: the secret of the later one works alone', async () => {
    const app = await newApp();
    const rotate = () => rotateSecret(server.database.knex, app.id, { overlap: 0, at: new Date(), by: {} });
    const [one, other] = await Promise.all([rotate(), rotate()]);
    expect([await works(app, one), await works(app, other)].sort()).toEqual([false, true]);
    expect(await works(app, app.secret)).toBe(false);
  });
});

test('a rotation with an overlap lets the old secret work until it is over, to the second (TK-23)', async () => {
  const app = await newApp();
  const secret = await rotateSecret(server.database.knex, app.id, { overlap: 3600, at: new Date(), by: {} });
  expect([await works(app, app.secret), await works(app, secret)]).toEqual([true, true]);
  travel(3590);
  expect(await works(app, app.secret)).toBe(true);
  travel(11);
  expect([await works(app, app.secret), await works(app, secret)]).toEqual([false, true]);
  expect(
    await server.database.knex('audit_events').where({ client_id: app.clientId, event: 'secret.added' }),
  ).toHaveLength(1);
});

test('turning a confidential application into a public one ends its secrets', async () => {
  const app = await createApp(server, { grantTypes: ['authorization_code', 'refresh_token'] }, ownerId);
  const form = await browser.open(`/applications/${app.id}/update`);
  expect((await browser.submit(form, { client_type: 'public' }, '/update')).url).toBe(
    `${server.url}/applications/${app.id}`,
  );
  expect(
    (
      await token(
        server,
        { ...app, clientType: 'confidential' },
        { grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://c1.test/cb' },
      )
    ).body.error,
  ).toBe('invalid_client');
  expect(await server.database.knex('client_secrets').where({ application_id: app.id })).toEqual([]);
});
