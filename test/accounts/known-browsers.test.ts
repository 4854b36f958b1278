/** A browser that knows an account: strangers who guess do not lock its owner out, and a new one is told by mail. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { lastMail, readMails } from '../support/mails.js';
import { authorizeUrl, createApp, createPerson, PASSWORD, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(backToPresent);
afterAll(() => server.stop());

async function attempt(browser: Browser, username: string, password: string): Promise<Page> {
  return browser.submit(await browser.open('/login'), { username, password }, '/login');
}

const signOut = async (browser: Browser) => browser.submit(await browser.open('/logout'), {}, '/logout');

describe('a sign-in with a browser that is new to the account', () => {
  const CHROME =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

  test('is told by mail, with the browser and the network; the next one is not', async () => {
    await createPerson(server, 'anna');
    const browser = newBrowser(server.url);
    const form = await browser.open('/login');
    const csrf = form.html.querySelector('[name=csrf_token]')?.getAttribute('value') ?? '';
    const page = await browser.request('/login', {
      method: 'POST',
      body: new URLSearchParams({ csrf_token: csrf, username: 'anna', password: PASSWORD }),
      headers: { 'user-agent': CHROME },
    });
    expect(page.status).toBe(303);
    const mail = await lastMail(server, 'anna@example.com');
    expect(mail.subject).toBe('New sign-in to your account');
    expect(mail.text).toContain('Chrome on Linux');
    expect(mail.text).toContain('127.0.0.1');

    await signOut(browser);
    await attempt(browser, 'anna', PASSWORD);
    expect(await readMails(server, 'anna@example.com')).toHaveLength(1);
    await signIn(server, 'anna');
    expect(await readMails(server, 'anna@example.com')).toHaveLength(2);
  });

  test('is told also when it is made at an application', async () => {
    await createPerson(server, 'bert');
    const app = await createApp(server, { skipConsent: true });
    const browser = newBrowser(server.url);
    const login = await browser.open(authorizeUrl(app));
    await browser.submit(login, { username: 'bert', password: PASSWORD }, '/login');
    expect((await lastMail(server, 'bert@example.com')).subject).toBe('New sign-in to your account');
  });

  test('is not told when the password was wrong, nor after signing up', async () => {
    await createPerson(server, 'cora');
    await attempt(newBrowser(server.url), 'cora', 'wrong');
    expect(await readMails(server, 'cora@example.com')).toEqual([]);

    const browser = newBrowser(server.url);
    const fields = { username: 'dora', email: 'dora@example.com', password: PASSWORD };
    await browser.submit(await browser.open('/signup'), fields, '/signup');
    await signOut(browser);
    await attempt(browser, 'dora', PASSWORD);
    const subjects = (await readMails(server, 'dora@example.com')).map(({ subject }) => subject);
    expect(subjects).toEqual(['Confirm your email address']);
  });
});

describe('while strangers guess', () => {
  const guess = async (username: string, times: number) => {
    const stranger = newBrowser(server.url);
    let last: Page | undefined;
    for (let guesses = 0; guesses < times; guesses++) last = await attempt(stranger, username, 'wrong');
    return last;
  };

  test('the owner gets in with a browser that knows the account, and with no other', async () => {
    await createPerson(server, 'emil');
    const own = await signIn(server, 'emil');
    await signOut(own);
    expect((await guess('emil', 9))?.status).toBe(429);
    expect((await attempt(newBrowser(server.url), 'emil', PASSWORD)).status).toBe(429);
    expect((await attempt(own, 'emil', PASSWORD)).status).toBe(200);
  });

  test('a known browser has a limit of its own, and one account of it says nothing of another', async () => {
    travel(3601);
    await createPerson(server, 'fred');
    await createPerson(server, 'gina');
    const own = await signIn(server, 'fred');
    await signOut(own);
    for (let guesses = 0; guesses < 8; guesses++)
      expect((await attempt(own, 'fred', 'wrong')).status).toBe(401);
    expect((await attempt(own, 'fred', PASSWORD)).status).toBe(429);
    // The owner elsewhere is not hindered by it.
    await signIn(server, 'fred');

    await guess('gina', 9);
    expect((await attempt(own, 'gina', PASSWORD)).status).toBe(429);
    travel(901);
    expect((await attempt(own, 'fred', PASSWORD)).status).toBe(200);
  });

  // Guards against names that were good for ever: whoever once knew the password had as many budgets as sign-ins.
  test('with another password a browser known by the one before is a stranger, and the one it was changed in is not', async () => {
    // The network has a limit as well, and its failures of the tests before are over.
    travel(3 * 3601);
    await createPerson(server, 'jana');
    const [own, before] = [await signIn(server, 'jana'), await signIn(server, 'jana')];
    await signOut(before);
    const form = await own.open('/account/password');
    const fields = { current_password: PASSWORD, new_password: `${PASSWORD} two` };
    await own.submit(form, fields, '/password');
    await signOut(own);
    await guess('jana', 9);
    expect((await attempt(before, 'jana', `${PASSWORD} two`)).status).toBe(429);
    expect((await attempt(own, 'jana', `${PASSWORD} two`)).status).toBe(200);
  });

  // Guards against a budget for each sign-in that was ever made: eight guesses in a quarter of an hour, times as many.
  test('all browsers that know an account may guess forty times an hour together, and hinder nobody else', async () => {
    travel(3601);
    await createPerson(server, 'karl');
    const known: Browser[] = [];
    for (let browsers = 0; browsers < 6; browsers++) known.push(await signIn(server, 'karl'));
    await Promise.all(known.map(signOut));
    const [last, ...others] = known;
    for (const browser of others)
      for (let guesses = 0; guesses < 8; guesses++)
        expect((await attempt(browser, 'karl', 'wrong')).status).toBe(401);
    expect((await attempt(last!, 'karl', 'wrong')).status).toBe(429);
    await signIn(server, 'karl');
    travel(3601);
    expect((await attempt(last!, 'karl', PASSWORD)).status).toBe(200);
  });

  test('a cookie that we have not signed is worth nothing', async () => {
    travel(3601);
    const { id } = await createPerson(server, 'hugo');
    const own = await signIn(server, 'fred');
    const cookies = await own.jar.getCookies(server.url);
    const [, name, signature] = (cookies.find(({ key }) => key === 'latchkey_known')?.value ?? '').split('.');
    expect(signature).toHaveLength(43);
    await guess('hugo', 9);
    const forger = newBrowser(server.url);
    await forger.jar.setCookie(`latchkey_known=${id}.${name}.${signature}`, server.url);
    expect((await attempt(forger, 'hugo', PASSWORD)).status).toBe(429);
  });

  test('a reset of the password makes the browser known, so that its owner is not kept waiting', async () => {
    travel(3601);
    await createPerson(server, 'ines');
    await guess('ines', 9);
    const browser = newBrowser(server.url);
    await browser.submit(await browser.open('/login/forgot'), { name: 'ines' }, '/forgot');
    const { link } = await lastMail(server, 'ines@example.com');
    const login = await browser.submit(
      await browser.open(link),
      { new_password: `${PASSWORD} two` },
      '/reset',
    );
    const inside = await browser.submit(login, { username: 'ines', password: `${PASSWORD} two` }, '/login');
    expect(inside.status).toBe(200);
  });
});

test('the cookie is kept from scripts and other sites, and marked as ours alone over https', async () => {
  const browser = await signIn(server, 'anna');
  const cookie = (await browser.jar.getCookies(server.url)).find(({ key }) => key === 'latchkey_known');
  expect([cookie?.httpOnly, cookie?.sameSite, cookie?.path]).toEqual([true, 'lax', '/']);
});
