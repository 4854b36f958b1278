/** Which language a page is written in: the application's wish, the person's, the browser's, English. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { authorizeUrl, createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server);
});

afterAll(() => server.stop());

const languageOf = (page: Page) => page.html.querySelector('html')!.getAttribute('lang');

const open = (browser: Browser, path: string, accepted?: string) =>
  browser.open(path, accepted === undefined ? {} : { 'accept-language': accepted });

/** Presses one of the buttons at the foot of the page. */
const choose = (browser: Browser, page: Page, language: string) =>
  browser.submit(page, { language }, '/language');

const ACCEPTED: [accepted: string, language: string][] = [
  ['', 'en'],
  ['*', 'en'],
  ['de', 'de'],
  ['DE-at', 'de'],
  ['fr-CA, en;q=0.8', 'fr'],
  ['en;q=0.5, es-MX;q=0.9', 'es'],
  ['pt', 'pt-BR'],
  ['pt-PT', 'pt-BR'],
  ['ja, de;q=0.1', 'de'],
  ['ja, zh-Hant-TW', 'en'],
  ['de;q=0, fr;q=0.1', 'fr'],
  ['../../etc/passwd, {{de}}', 'en'],
];

test.each(ACCEPTED)('a browser that accepts %j reads %s', async (accepted, language) => {
  expect(languageOf(await open(newBrowser(server.url), '/login', accepted))).toBe(language);
});

test('an error page is in the language of its reader, its JSON in English', async () => {
  const browser = newBrowser(server.url);
  const page = await open(browser, '/nowhere', 'de');
  expect([page.status, languageOf(page)]).toEqual([404, 'de']);
  expect(page.text).toContain('Unter dieser Adresse gibt es keine Seite.');
  const json = await browser.open('/nowhere', { accept: 'application/json', 'accept-language': 'de' });
  expect(JSON.parse(json.text)).toMatchObject({
    message: 'There is no page at this address.',
    hint: 'Check the address, or go back to the start page.',
  });
});

test('the buttons at the foot of a page change its language, and the browser keeps to it', async () => {
  const browser = newBrowser(server.url);
  const page = await open(browser, '/signup?next=%2Faccount', 'de');
  const buttons = page.html.querySelectorAll('form[action="/language"] button');
  expect(buttons.map((button) => button.text)).toEqual([
    'English',
    'Français',
    'Deutsch',
    'Español',
    'Português (Brasil)',
  ]);
  expect(
    buttons.filter((button) => button.getAttribute('aria-current')).map((button) => button.text),
  ).toEqual(['Deutsch']);
  const changed = await choose(browser, page, 'es');
  expect([changed.url, languageOf(changed)]).toEqual([`${server.url}/signup?next=%2Faccount`, 'es']);
  expect(languageOf(await open(browser, '/login', 'de'))).toBe('es');
});

test('a page that answers a form can be read in another language too', async () => {
  const browser = newBrowser(server.url);
  const refused = await browser.submit(await browser.open('/login?next=%2Faccount'), {
    username: 'a',
    password: 'b',
  });
  expect(refused.status).toBe(401);
  const changed = await choose(browser, refused, 'fr');
  expect([changed.url, languageOf(changed)]).toEqual([`${server.url}/login?next=%2Faccount`, 'fr']);
});

test.each(['xx', '', 'en_US', '__proto__', 'de; Path=/'])('the language %j is refused', async (language) => {
  const browser = newBrowser(server.url);
  const page = await browser.open('/login');
  const before = await snapshot(server);
  const refused = await choose(browser, page, language);
  expect(refused.status).toBe(422);
  expect(refused.headers.getSetCookie().filter((cookie) => cookie.startsWith('latchkey_language'))).toEqual(
    [],
  );
  expect(await snapshot(server)).toEqual(before);
});

test('the way back leads to a page of ours', async () => {
  const browser = newBrowser(server.url);
  const page = await browser.open('/login');
  const changed = await browser.submit(page, { language: 'fr', page: 'https://evil.test/' }, '/language');
  expect(changed.url).toBe(`${server.url}/`);
});

test("a person's choice follows them to another browser, and is told to applications", async () => {
  await createPerson(server, 'ada');
  const browser = await signIn(server, 'ada');
  await choose(browser, await browser.open('/account'), 'de');
  const elsewhere = await signIn(server, 'ada');
  expect(languageOf(await open(elsewhere, '/account', 'fr'))).toBe('de');
  // A page of the engine's own.
  expect(languageOf(await open(elsewhere, '/o/device', 'fr'))).toBe('de');
  const { claims } = await server.database.knex('accounts').where({ username: 'ada' }).first('claims');
  expect(claims).toEqual({ locale: 'de' });
  // Signed out, that browser is anybody's again.
  await elsewhere.submit(await elsewhere.open('/logout'), {}, '/logout');
  expect(languageOf(await open(elsewhere, '/login', 'fr'))).toBe('fr');
});

test('a locale that is more exact than our languages is left alone', async () => {
  const { id } = await createPerson(server, 'berthe');
  const claims = JSON.stringify({ locale: 'fr-CA' });
  await server.database.knex('accounts').where({ id }).update({ claims });
  const browser = await signIn(server, 'berthe');
  const page = await open(browser, '/account', 'de');
  expect(languageOf(page)).toBe('fr');
  await choose(browser, page, 'fr');
  expect((await server.database.knex('accounts').where({ id }).first('claims')).claims).toEqual({
    locale: 'fr-CA',
  });
});

test('a locale we do not speak leaves the choice to the browser', async () => {
  const { id } = await createPerson(server, 'chiyo');
  await server.database
    .knex('accounts')
    .where({ id })
    .update({ claims: JSON.stringify({ locale: 'ja' }) });
  const browser = await signIn(server, 'chiyo');
  expect(languageOf(await open(browser, '/account', 'es'))).toBe('es');
});

test('discovery names the languages', async () => {
  const answer = await fetch(`${server.url}/.well-known/openid-configuration`);
  expect(await answer.json()).toMatchObject({ ui_locales_supported: ['en', 'fr', 'de', 'es', 'pt-BR'] });
});

test('an authorization request that is refused is refused in the language it asks for', async () => {
  const page = await newBrowser(server.url).open(
    authorizeUrl(app, { client_id: 'nobody', ui_locales: 'xx pt-BR' }),
  );
  expect([page.status, languageOf(page)]).toEqual([400, 'pt-BR']);
});
