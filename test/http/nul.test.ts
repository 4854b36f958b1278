/**
 * Guards against answers of 500: PostgreSQL stores no NUL character, and a field that was not looked at (the id of a
 * session, a pattern of preview URIs) took one there. Whatever is typed, each form answers for it.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { crawl, formsOf } from '../support/crawl.js';
import { authorizeUrl, createApp, createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const WITH_NUL = 'a\0b';

let server: TestServer;
let browser: Browser;
let pages: Page[];

beforeAll(async () => {
  server = await startTestServer();
  const root = await createPerson(server, 'root', { isSuperuser: true });
  const app = await createApp(server, { name: 'Own' }, root.id);
  await server.database
    .knex('preview_patterns')
    .insert({ application_id: app.id, pattern: 'https://*-own.previews.test/cb' });
  browser = await signIn(server, 'root');
  pages = await crawl(browser, server.url, ['/', `/applications/${app.id}/previews`]);
  const { id } = app;
  expect(pages.map(({ url }) => new URL(url).pathname)).toEqual(
    expect.arrayContaining(['/account/sessions', `/applications/${id}/previews`]),
  );
});

afterAll(() => server.stop());

const csrfOf = (page: Page) => page.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;

/** By somebody who is signed in, whatever the forms before have ended. */
async function send(path: string, fields: Record<string, string>): Promise<number> {
  const post = (csrf: string) =>
    browser.request(path, { method: 'POST', body: new URLSearchParams({ ...fields, csrf_token: csrf }) });
  const { status } = await post(csrfOf(await browser.open('/account')));
  if (status !== 401) return status;
  browser = await signIn(server, 'root');
  return (await post(csrfOf(await browser.open('/account')))).status;
}

test('no field of any form brings the server to fail by a NUL character', async () => {
  const answers: { what: string; status: number }[] = [];
  for (const { method, action, fields } of pages.flatMap(formsOf)) {
    if (method !== 'post') continue;
    for (const name of Object.keys(fields).filter((each) => each !== 'csrf_token')) {
      const status = await send(action, { ...fields, [name]: WITH_NUL });
      answers.push({ what: `${action} ${name}`, status });
    }
  }
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  expect(answers.filter(({ status }) => [400, 422].includes(status)).length).toBeGreaterThan(50);
});

test('nor by the id of a session to be ended, or a pattern to be withdrawn', async () => {
  const { id } = await createApp(server, { name: 'Other' }, 1);
  expect(await send('/account/sessions/end', { uid: WITH_NUL })).toBe(400);
  expect(await send(`/applications/${id}/previews/withdraw`, { pattern: WITH_NUL })).toBe(400);
});

test('a request whose state has one can be answered in another language', async () => {
  const app = await createApp(server);
  const visitor = newBrowser(server.url);
  const login = await visitor.open(authorizeUrl(app, { state: WITH_NUL, ui_locales: 'de' }));
  expect(login.html.querySelector('html')?.getAttribute('lang')).toBe('de');
  const chosen = await visitor.submit(login, { language: 'fr' }, '/language');
  expect([chosen.status, chosen.html.querySelector('html')?.getAttribute('lang')]).toEqual([200, 'fr']);
});
