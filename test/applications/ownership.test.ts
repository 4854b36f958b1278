/** DP-01: people see their own applications and nothing of anybody else's; superusers see all. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { postTo } from '../support/portal.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let mallory: Browser;
let alices: TestApplication;
let secretId: number;

beforeAll(async () => {
  server = await startTestServer();
  const alice = await createPerson(server, 'alice');
  alices = await createApp(server, { name: "Alice's application" }, alice.id);
  [{ id: secretId }] = await server.database
    .knex('client_secrets')
    .where({ application_id: alices.id })
    .select('id');
  const { id } = await createPerson(server, 'mallory');
  await createApp(server, { name: "Mallory's application" }, id);
  mallory = await signIn(server, 'mallory');
});

afterAll(() => server.stop());

const FORM = { name: 'Taken over', client_type: 'confidential', grant_types: 'client_credentials' };

const REQUESTS = (id: number | string): [string, string, Record<string, string>?][] => [
  ['GET', `/applications/${id}`],
  ['GET', `/applications/${id}/update`],
  ['GET', `/applications/${id}/delete`],
  ['GET', `/applications/${id}/secrets`],
  ['GET', `/applications/${id}/secrets/${secretId}/retire`],
  ['POST', `/applications/${id}/update`, FORM],
  ['POST', `/applications/${id}/delete`],
  ['POST', `/applications/${id}/secrets`],
  ['POST', `/applications/${id}/secrets/test`, { secret: 'guessed' }],
  ['POST', `/applications/${id}/secrets/${secretId}/retire`],
  ['GET', `/applications/${id}/transfer`],
  ['GET', `/applications/${id}/disable`],
  ['GET', `/applications/${id}/refuse`],
  ['POST', `/applications/${id}/transfer`, { owned_by: '' }],
  ['POST', `/applications/${id}/disable`, { reason: 'mine' }],
  ['POST', `/applications/${id}/approve`],
  ['POST', `/applications/${id}/refuse`, { reason: 'mine' }],
  ['POST', `/applications/${id}/ask-again`],
  ['GET', `/applications/${id}/previews`],
  ['POST', `/applications/${id}/previews`, { pattern: 'https://*--site.netlify.app/cb' }],
  ['POST', `/applications/${id}/previews/withdraw`],
  ['POST', `/applications/${id}/previews/1/remove`],
  ['POST', `/applications/${id}/enable`],
];

/** What an observer can tell answers apart by, without what differs from request to request. */
function seen(page: Page, id: number | string) {
  const headers = Object.fromEntries(page.headers);
  for (const name of ['date', 'x-request-id', 'content-length']) delete headers[name];
  const text = page.text.replace(/request id <code>[^<]+/, '').replace(/"request_id":"[^"]+"/, '');
  return {
    status: page.status,
    headers,
    text: text.replaceAll(/(csrf_token" value=)"[^"]+"/g, '$1').replaceAll(`/${id}`, '/ID'),
  };
}

async function ask(
  browser: Browser,
  [method, path, fields]: [string, string, Record<string, string>?],
  accept = 'text/html',
) {
  if (method === 'GET') return browser.request(path, { headers: { accept } });
  return postTo(browser, path, fields);
}

describe("somebody else's application is answered like one that does not exist, and stays as it is", () => {
  const titles = REQUESTS(':id').map(([method, path], index) => ({
    title: `${method} ${path.replace('undefined', ':secret')}`,
    index,
  }));
  test.each(titles)('$title', async ({ index }) => {
    const before = await snapshot(server);
    const hers = await ask(mallory, REQUESTS(alices.id)[index]!);
    const nobodys = await ask(mallory, REQUESTS(99_999_999)[index]!);
    expect(hers.status).toBe(404);
    expect(seen(hers, alices.id)).toEqual(seen(nobodys, 99_999_999));
    expect(hers.text).not.toContain('Alice');
    expect(await snapshot(server)).toEqual(before);
  });

  test('as JSON as well', async () => {
    const hers = await ask(mallory, REQUESTS(alices.id)[0]!, 'application/json');
    const nobodys = await ask(mallory, REQUESTS(99_999_999)[0]!, 'application/json');
    expect([hers.status, JSON.parse(hers.text).error]).toEqual([404, 'not_found']);
    expect(seen(hers, alices.id)).toEqual(seen(nobodys, 99_999_999));
  });

  test('under /o as well', async () => {
    expect((await mallory.open(`/o/applications/${alices.id}/`)).status).toBe(404);
    expect((await postTo(mallory, `/o/applications/${alices.id}/delete/`)).status).toBe(404);
  });
});

test('an id that no application can have is a 404 too', async () => {
  for (const id of [
    '0',
    '-1',
    '1.5',
    '1e3',
    'abc',
    '%00',
    `${'9'.repeat(30)}`,
    '01',
    '1%20',
    "1'",
    '9223372036854775808',
  ]) {
    expect([id, (await mallory.open(`/applications/${id}`)).status]).toEqual([id, 404]);
  }
});

test('the list holds their own applications alone, whatever is searched for', async () => {
  for (const query of [
    '',
    '?q=application',
    `?q=${alices.clientId}`,
    '?q=%25',
    '?q=_',
    "?q=' OR 1=1--",
    '?owner_id=1',
    '?page=2',
  ]) {
    const page = await mallory.open(`/applications${query}`);
    expect([query, page.status]).toEqual([query, 200]);
    expect(page.text).not.toContain('Alice');
  }
  expect((await mallory.open('/applications')).text).toContain('Mallory&#39;s application');
});

test('a person who may not disable an application cannot disable even their own', async () => {
  const own = (await mallory.open('/applications')).html.querySelector('tbody a')!.getAttribute('href')!;
  expect((await mallory.open(own)).text).not.toContain('Disable');
  expect((await postTo(mallory, `${own}/disable`)).status).toBe(404);
});

describe('a superuser', () => {
  test('sees the applications of all, with their owners, and opens each', async () => {
    await createPerson(server, 'root', { isSuperuser: true });
    const root = await signIn(server, 'root');
    const list = await root.open('/applications');
    const rows = list.html.querySelectorAll('tbody tr').map((row) => row.text.replace(/\s+/g, ' '));
    expect(rows.filter((row) => /Alice.*alice/.test(row) || /Mallory.*mallory/.test(row))).toHaveLength(2);
    expect((await root.open(`/applications/${alices.id}`)).status).toBe(200);
  });

  test('finds one by part of its name or client id, taken literally', async () => {
    const root = await signIn(server, 'root');
    const found = async (search: string) =>
      (await root.open(`/applications?q=${encodeURIComponent(search)}`)).html.querySelectorAll('tbody tr')
        .length;
    expect(await found('ALICE')).toBe(1);
    expect(await found(alices.clientId.slice(5, 20))).toBe(1);
    expect([await found('%'), await found('_'), await found('\\'), await found("' OR 1=1--")]).toEqual([
      0, 0, 0, 0,
    ]);
    expect(await found('a\0pplication')).toBe(2);
    expect(await found('x'.repeat(10_000))).toBe(0);
  });
});

test('without signing in there is nothing to see: a page leads to the sign-in, a form and a program get 401', async () => {
  const before = await snapshot(server);
  const stranger = newBrowser(server.url);
  for (const request of REQUESTS(alices.id).slice(0, 3)) {
    const page = await ask(stranger, request);
    expect([page.status, new URL(page.location!).pathname]).toEqual([303, '/login']);
    expect(page.text).toBe('');
  }
  const form = await stranger.open('/login');
  const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  for (const [, path, fields] of REQUESTS(alices.id).slice(3)) {
    const body = new URLSearchParams({ csrf_token: csrf, ...fields });
    expect((await stranger.request(path, { method: 'POST', body })).status).toBe(401);
  }
  expect((await stranger.request('/applications', { headers: { accept: 'application/json' } })).status).toBe(
    401,
  );
  expect(await snapshot(server)).toEqual(before);
});
