/** What has happened to one's account: in words, in one's language, page by page, and nobody else's. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { addToGroup } from '../../../src/accounts/groups.js';
import { recordEvent } from '../../../src/audit/audit.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { signInAt } from '../../support/oauth.js';
import { createApp, createPerson, PASSWORD, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ AUDIT_KEEP_DAYS: '30' });
});
afterEach(backToPresent);
afterAll(() => server.stop());

const rowsOn = (page: Page) =>
  page.html
    .querySelectorAll('tbody tr')
    .map((row) => row.querySelectorAll('th, td').map((cell) => cell.text.replace(/\s+/g, ' ').trim()));
const whatOn = (page: Page) => rowsOn(page).map(([what]) => what);
const activityOf = (browser: Browser) => browser.open('/account/activity');

test('tells what happened, when and from where, the latest first', async () => {
  await createPerson(server, 'alice');
  const app = await createApp(server, { name: 'Tide Tables' });
  const stranger = newBrowser(server.url);
  await stranger.submit(await stranger.open('/login'), { username: 'alice', password: 'wrong' });
  const browser = await signIn(server, 'alice');
  travel(60);
  await signInAt(server, browser, app, { scope: 'read' });
  await browser.submit(await browser.open(`/o/authorized_tokens/${app.id}/delete`), {}, '/delete');
  await addToGroup(server.database.knex, 'alice', 'divers');

  const page = await activityOf(browser);
  expect(whatOn(page)).toEqual([
    'You were added to the group divers',
    'You took back what you had allowed Tide Tables',
    'You allowed Tide Tables',
    'You signed in',
    'Somebody tried to sign in with a wrong password or code',
    'The account was created',
  ]);
  const [joined, takenBack] = rowsOn(page);
  expect(joined?.slice(1)).toEqual([expect.stringMatching(/ UTC$/), 'The people who run this server']);
  expect(takenBack?.slice(1)).toEqual([
    expect.stringMatching(/ UTC$/),
    expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
  ]);
  expect(page.text).toContain('Events are kept for 30 days.');
});

test('is told in the language of the person', async () => {
  await createPerson(server, 'erika');
  const browser = newBrowser(server.url);
  await browser.jar.setCookie('latchkey_language=de; Path=/', server.url);
  await browser.submit(await browser.open('/login'), { username: 'erika', password: PASSWORD });
  expect(whatOn(await activityOf(browser))).toEqual([
    'Sie haben sich angemeldet',
    'Das Konto wurde angelegt',
  ]);
});

test('goes on with older ones, each of them once, also where several happened at the same moment', async () => {
  const { id } = await createPerson(server, 'paula');
  const browser = await signIn(server, 'paula');
  const at = new Date(Date.now() + 1000);
  for (let index = 1; index <= 60; index++) {
    const details = { group: `g${index}` };
    await recordEvent(server.database.knex, { event: 'group.joined', accountId: id, at, details });
  }
  const seen: (string | undefined)[] = [];
  let page = await activityOf(browser);
  for (let pages = 0; pages < 10; pages++) {
    expect(rowsOn(page).length).toBeLessThanOrEqual(25);
    seen.push(...whatOn(page));
    const older = page.html.querySelector('a[href*=before]')?.getAttribute('href');
    if (!older) break;
    page = await browser.open(older);
  }
  const groups = Array.from({ length: 60 }, (_, index) => `You were added to the group g${60 - index}`);
  expect(seen).toEqual([...groups, 'You signed in', 'The account was created']);
  expect(page.html.querySelector('a[href="/account/activity"].button')?.text).toBe('Latest');
});

test.each(['-1', 'x', '99999999999999', '1e3', "1'--", ''])(
  'an odd place to go on from (%s) shows the latest or nothing, and no error',
  async (before) => {
    const name = `odd${Math.abs(Number(before)) || before.length}`;
    await createPerson(server, name).catch(() => {});
    const page = await (await signIn(server, name)).open(
      `/account/activity?before=${encodeURIComponent(before)}`,
    );
    expect(page.status).toBe(200);
  },
);

test("shows nothing of somebody else's, whatever the address says", async () => {
  const owner = await createPerson(server, 'owner');
  await addToGroup(server.database.knex, 'owner', 'secret society');
  const [event] = await server.database
    .knex('audit_events')
    .where({ account_id: owner.id })
    .orderBy('id', 'desc');
  await createPerson(server, 'mallory');
  const mallory = await signIn(server, 'mallory');
  for (const query of [`?before=${event.id}`, `?before=${event.id + 1}`, `?account_id=${owner.id}`])
    expect((await mallory.open(`/account/activity${query}`)).text).not.toContain('secret society');
});

test('asks a stranger to sign in', async () => {
  expect((await newBrowser(server.url).open('/account/activity')).url).toContain('/login?next=');
});
