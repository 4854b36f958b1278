/** DP-12: what one person can make is limited, and the page says so. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { createApp, createPerson, signIn } from '../support/people.js';
import { postTo, register } from '../support/portal.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterEach(backToPresent);

afterAll(() => server.stop());

const FORM = {
  name: 'One of many',
  client_type: 'public',
  grant_types: 'authorization_code',
  redirect_uris: 'https://c1.test/cb',
};

const registerMany = (browser: Browser, count: number) =>
  Promise.all(Array.from({ length: count }, () => postTo(browser, '/applications/register', FORM)));

const countOf = async (ownerId: number) =>
  (await server.database.knex('applications').where({ owner_id: ownerId })).length;

test('50 registrations an hour, also when they come at the same moment; the next hour has room again', async () => {
  const { id } = await createPerson(server, 'mallory');
  const browser = await signIn(server, 'mallory');
  const answers = await registerMany(browser, 60);
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(50);
  const refused = answers.filter((answer) => answer.status === 429);
  expect(refused).toHaveLength(10);
  expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(3000);
  expect(refused[0]!.html.querySelector('h1')?.text).toBe(
    'You have registered 50 applications within an hour.',
  );
  expect(await countOf(id)).toBe(50);
  travel(3601);
  expect((await register(browser)).status).toBe(200);
});

test('100 applications in all, and one more when one is deleted', async () => {
  const { id } = await createPerson(server, 'trent');
  for (let count = 0; count < 100; count++) await createApp(server, { clientType: 'public' }, id);
  const browser = await signIn(server, 'trent');
  const page = await register(browser);
  expect([page.status, page.html.querySelector('h1')?.text]).toEqual([
    429,
    'You have 100 applications, and that is the most one may have.',
  ]);
  expect(await countOf(id)).toBe(100);
  const own = (await browser.open('/applications')).html.querySelector('tbody a')!.getAttribute('href')!;
  await postTo(browser, `${own}/delete`);
  expect((await register(browser)).status).toBe(200);
});

test('the list of many has pages', async () => {
  const browser = await signIn(server, 'trent');
  const first = await browser.open('/applications');
  const second = await browser.open(first.html.querySelector('a[rel=next]')!.getAttribute('href')!);
  expect([first, second].map((page) => page.html.querySelectorAll('tbody tr').length)).toEqual([50, 50]);
  for (const page of ['0', '-1', '1e9', 'abc', '99999999999999999999']) {
    expect((await browser.open(`/applications?page=${page}`)).status).toBe(200);
  }
});

test('20 secrets an hour for one application, however often they are retired', async () => {
  const { id } = await createPerson(server, 'victor');
  const app = await createApp(server, {}, id);
  const browser = await signIn(server, 'victor');
  const statuses: number[] = [];
  for (let count = 0; count < 22; count++) {
    statuses.push((await postTo(browser, `/applications/${app.id}/secrets`)).status);
    const [{ id: secretId }] = await server.database
      .knex('client_secrets')
      .where({ application_id: app.id })
      .orderBy('id')
      .limit(1);
    await postTo(browser, `/applications/${app.id}/secrets/${secretId}/retire`);
  }
  expect(statuses).toEqual([...Array(20).fill(200), 429, 429]);
});

test('a superuser is not limited', async () => {
  const { id } = await createPerson(server, 'root', { isSuperuser: true });
  await registerMany(await signIn(server, 'root'), 55);
  expect(await countOf(id)).toBe(55);
});
