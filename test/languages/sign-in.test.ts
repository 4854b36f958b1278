/** ui_locales (OpenID Connect Core 3.1.2.1): the language an application asks for holds until its sign-in is over. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { authorizeUrl, createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server);
  const { id } = await createPerson(server, 'ada');
  await server.database
    .knex('accounts')
    .where({ id })
    .update({ claims: JSON.stringify({ locale: 'es' }) });
});

afterAll(() => server.stop());

const languageOf = (page: Page) => page.html.querySelector('html')!.getAttribute('lang');
const headingOf = (page: Page) => page.html.querySelector('h1')!.text;
const begin = (browser: Browser, locales: string, scope = 'read') =>
  browser.open(authorizeUrl(app, { scope, ui_locales: locales }));

/** A browser whose language is French. */
async function newFrenchBrowser(): Promise<Browser> {
  const browser = newBrowser(server.url);
  await browser.jar.setCookie('latchkey_language=fr; Path=/', server.url);
  return browser;
}

describe('the language an application asks for', () => {
  test('holds from the first page to the last, and no longer', async () => {
    const browser = await newFrenchBrowser();
    const login = await begin(browser, 'de');
    expect(headingOf(login)).toBe('Anmelden');
    const wrong = await browser.submit(login, { username: 'ada', password: 'wrong' });
    expect([wrong.status, languageOf(wrong)]).toEqual([401, 'de']);
    expect(wrong.text).toContain('Benutzername und Passwort passen nicht zusammen.');
    const consent = await browser.submit(wrong, { username: 'ada', password: PASSWORD });
    expect(headingOf(consent)).toBe('Example app bittet um Zugriff auf Ihr Konto');
    expect(consent.text).toContain('Ihr Profil lesen: Benutzername, Name und E-Mail-Adresse');
    // Elsewhere the person's own choice is back.
    expect(languageOf(await browser.open('/account'))).toBe('es');
    expect((await browser.submit(consent, {}, '/consent')).location).toContain('code=');
  });

  test('holds on the way through signing up', async () => {
    const browser = await newFrenchBrowser();
    const login = await begin(browser, 'pt-BR de');
    const signup = await browser.open(login.html.querySelector('a[href^="/signup"]')!.getAttribute('href')!);
    expect([signup.status, languageOf(signup)]).toEqual([200, 'pt-BR']);
    const refused = await browser.submit(signup, { username: 'novo', email: 'x', password: 'x' });
    expect([refused.status, languageOf(refused)]).toEqual([422, 'pt-BR']);
    expect(refused.text).toContain('Isto não é um endereço de e-mail.');
    const consent = await browser.submit(refused, {
      username: 'novo',
      email: 'novo@example.com',
      password: PASSWORD,
    });
    expect(headingOf(consent)).toBe('Example app pede acesso à sua conta');
  });

  test('is the first of its list that there is', async () => {
    expect(languageOf(await begin(await newFrenchBrowser(), 'xx ja es-419 de'))).toBe('es');
  });

  test('counts for nothing when there is none of them', async () => {
    expect(languageOf(await begin(await newFrenchBrowser(), 'ja zh'))).toBe('fr');
  });

  test('gives way to what the person chooses in the middle of it', async () => {
    const browser = await newFrenchBrowser();
    const login = await begin(browser, 'de', 'read write');
    const wrong = await browser.submit(login, { username: 'ada', password: 'wrong' });
    const chosen = await browser.submit(wrong, { language: 'fr' }, '/language');
    expect([new URL(chosen.url).pathname, languageOf(chosen)]).toEqual([new URL(login.url).pathname, 'fr']);
    const consent = await browser.submit(chosen, { username: 'ada', password: PASSWORD });
    expect(headingOf(consent)).toBe('Example app demande l’accès à votre compte');
  });

  test('is the one it asks in whether to sign out', async () => {
    const browser = await newFrenchBrowser();
    await browser.submit(await browser.open('/login'), { username: 'ada', password: PASSWORD });
    const ask = await browser.open('/o/logout?ui_locales=de');
    expect(headingOf(ask)).toBe('Abmelden?');
  });
});

describe('the sign-in a page belongs to', () => {
  test('is found by where the page leads on, and by where that leads on', async () => {
    const { pathname } = new URL((await begin(await newFrenchBrowser(), 'de')).url);
    const browser = await newFrenchBrowser();
    const login = `/login?next=${encodeURIComponent(pathname)}`;
    expect(languageOf(await browser.open(login))).toBe('de');
    const signup = `/signup?next=${encodeURIComponent(login)}`;
    expect(languageOf(await browser.open(signup))).toBe('de');
    // Guards the bound: as deep as whoever sends it likes, it was followed.
    expect(languageOf(await browser.open(`/login?next=${encodeURIComponent(signup)}`))).toBe('fr');
  });

  // Guards against reading what remains once for each `next` within a `next`: 15 kB cost 79 ms, 30 kB four times that.
  test.each([
    ['an address', 15_000, 200],
    ['a form', 30_000, 422],
  ])('costs no time to look for in %s that names thousands', async (kind, length, status) => {
    const browser = await newFrenchBrowser();
    const form = await browser.open('/login');
    const timeOf = async (next: string) => {
      const begin = performance.now();
      const page =
        kind === 'a form'
          ? await browser.submit(form, { username: '', password: '', next })
          : await browser.open(`/login?next=${next}`);
      expect([page.status, languageOf(page)]).toEqual([status, 'fr']);
      return performance.now() - begin;
    };
    let [nested, plain] = [0, 0];
    for (let round = 0; round < 10; round++) {
      nested += await timeOf('/?next='.repeat(length / 7));
      plain += await timeOf('/'.padEnd(length, 'a'));
    }
    expect(nested).toBeLessThan(3 * plain + 200);
  });
});

test.each([
  ['en', 'Signed in once', 'Signed in 2 times'],
  ['fr', 'Une connexion', '2 connexions'],
  ['de', 'Einmal angemeldet', '2 Mal angemeldet'],
  ['es', 'Un inicio de sesión', '2 inicios de sesión'],
  ['pt-BR', 'Uma entrada', '2 entradas'],
])('one and several are told apart in %s', async (locale, once, twice) => {
  const { id } = await createPerson(server, `person-${locale}`);
  await server.database
    .knex('accounts')
    .where({ id })
    .update({ claims: JSON.stringify({ locale }) });
  const browser = newBrowser(server.url);
  await browser.submit(await browser.open('/login'), { username: `person-${locale}`, password: PASSWORD });
  const list = async () => (await browser.open('/o/authorized_tokens')).html.text.replace(/\s+/g, ' ');
  await browser.submit(await browser.open(authorizeUrl(app)), {}, '/consent');
  expect(await list()).toContain(once);
  await browser.open(authorizeUrl(app));
  expect(await list()).toContain(twice);
});
