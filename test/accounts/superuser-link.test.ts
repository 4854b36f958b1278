/** AD-04: there is no default account; the first superuser is made with a link that works once. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { makeSuperuserLink } from '../../src/accounts/superuser-link.js';
import { newBrowser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  backToPresent();
  await server.stop();
});

const newLink = () => makeSuperuserLink(server.database.knex, { issuer: server.url, at: new Date() });
const superusers = () => server.database.knex('accounts').where({ is_superuser: true }).pluck('username');
const ROOT = { username: 'root', email: 'root@example.com', password: PASSWORD };

test('a fresh server has no account, so no password opens it', async () => {
  expect(await server.database.knex('accounts')).toEqual([]);
});

test('the link makes a superuser, signs them in, and works once', async () => {
  const link = (await newLink())!;
  const browser = newBrowser(server.url);
  const page = await browser.submit(await browser.open(link.url), ROOT);
  expect([page.status, page.url]).toEqual([200, `${server.url}/`]);
  expect(await superusers()).toEqual(['root']);
  expect((await browser.open('/account')).text).toContain('superuser');
  expect((await newBrowser(server.url).open(link.url)).status).toBe(410);
  const events = await server.database.knex('audit_events').orderBy('id').pluck('event');
  expect(events).toEqual(expect.arrayContaining(['account.created', 'superuser.made']));
});

test('opening it, as mail scanners do, uses nothing up; neither does a form with mistakes', async () => {
  const link = (await newLink())!;
  for (let visits = 0; visits < 3; visits++)
    expect((await newBrowser(server.url).open(link.url)).status).toBe(200);
  const browser = newBrowser(server.url);
  const refused = await browser.submit(await browser.open(link.url), { ...ROOT, password: 'short' });
  expect([refused.status, refused.html.querySelector('#username')?.getAttribute('value')]).toEqual([
    422,
    'root',
  ]);
  expect(await superusers()).toEqual([]);
  expect((await browser.submit(refused, ROOT)).status).toBe(200);
});

test('of ten people with two links at the same moment one becomes superuser', async () => {
  const links = [(await newLink())!, (await newLink())!];
  const forms = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      const browser = newBrowser(server.url);
      return { browser, form: await browser.open(links[index % 2]!.url), username: `root${index}` };
    }),
  );
  const pages = await Promise.all(
    forms.map(({ browser, form, username }) => browser.submit(form, { ...ROOT, username })),
  );
  expect(pages.map((page) => page.status).sort()).toEqual([200, ...Array(9).fill(410)]);
  expect(await superusers()).toHaveLength(1);
  expect(await server.database.knex('accounts')).toHaveLength(1);
});

test('it ends after a day', async () => {
  const link = (await newLink())!;
  const browser = newBrowser(server.url);
  const form = await browser.open(link.url);
  travel(24 * 3600 + 1);
  expect((await browser.submit(form, ROOT)).status).toBe(410);
  expect((await newBrowser(server.url).open(link.url)).html.querySelector('h1')?.text).toContain(
    'has expired',
  );
  expect(await superusers()).toEqual([]);
});

describe('no other token is accepted', () => {
  test.each(['', 'x', 'A'.repeat(43), '%00', "' OR 1=1 --"])('%j', async (token) => {
    await newLink();
    const answer = await newBrowser(server.url).open(`/superuser?token=${token}`);
    expect(answer.status).toBe(410);
  });

  test('nor two of them', async () => {
    const { url } = (await newLink())!;
    const answer = await newBrowser(server.url).open(`${url}&token=x`);
    expect(answer.status).toBe(410);
  });
});

test('once there is a superuser, no link is made and those given out are refused', async () => {
  const link = (await newLink())!;
  const browser = newBrowser(server.url);
  const form = await browser.open(link.url);
  await createPerson(server, 'admin', { isSuperuser: true });
  expect(await newLink()).toBeUndefined();
  expect((await browser.submit(form, ROOT)).status).toBe(410);
  expect(await superusers()).toEqual(['admin']);
});

test('the token is neither in the database nor in the log', async () => {
  const { url } = (await newLink())!;
  const token = new URL(url).searchParams.get('token')!;
  expect(token).toMatch(/^[\w-]{43}$/);
  await newBrowser(server.url).open(url);
  const rows = await server.database.knex.raw('SELECT t::text FROM one_time_links t');
  expect(rows.rows).toHaveLength(1);
  expect(JSON.stringify(rows.rows)).not.toContain(token);
  expect(server.logged()).toContain('/superuser');
  expect(server.logged()).not.toContain(token);
});
