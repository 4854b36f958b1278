/** A sign-in that was interrupted ends somewhere sensible, never in "session not found". */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf, expectErrorPage } from '../support/answers.js';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { exchange } from '../support/oauth.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  app = await createApp(server);
});
afterAll(() => server.stop());
afterEach(backToPresent);

const isLogin = (page: Page) => page.html.querySelector('input[name=password]') !== null;
const isConsent = (page: Page) => page.html.querySelector('form[action$="/consent"]') !== null;

async function finishFrom(browser: Browser, page: Page): Promise<Page> {
  const next = isLogin(page)
    ? await browser.submit(page, { username: 'alice', password: PASSWORD }, '/login')
    : page;
  return isConsent(next) ? browser.submit(next, {}, '/consent') : next;
}

async function expectFinishes(browser: Browser, page: Page, state = 'xyz'): Promise<void> {
  const answer = answerOf(await finishFrom(browser, page));
  expect(answer.state).toBe(state);
  expect((await exchange(server, app, answer.code ?? '')).status).toBe(200);
}

async function forget(browser: Browser, name: RegExp): Promise<void> {
  const { cookies } = await browser.jar.serialize();
  for (const { key, domain, path } of cookies) {
    if (name.test(String(key)))
      await browser.jar.store.removeCookie(String(domain), String(path), String(key));
  }
}

describe('the cookie of the sign-in is lost', () => {
  test('on the sign-in page: reloading it goes on', async () => {
    const browser = newBrowser(server.url);
    const login = await browser.open(authorizeUrl(app, { state: 'kept' }));
    await forget(browser, /latchkey_interaction/);
    const again = await browser.open(login.url);
    expect(isLogin(again)).toBe(true);
    await expectFinishes(browser, again, 'kept');
  });

  test('and the form was filled in: a page says so, and its link goes on', async () => {
    const browser = newBrowser(server.url);
    const login = await browser.open(authorizeUrl(app));
    await forget(browser, /latchkey_interaction/);
    const refused = await browser.submit(login, { username: 'alice', password: PASSWORD }, '/login');
    expectErrorPage(refused);
    const link = refused.html.querySelector('main a[href^="/o/authorize?"]')?.getAttribute('href') ?? '';
    await expectFinishes(browser, await browser.open(link.replaceAll('&amp;', '&')));
  });

  test('between sign-in and the way back: it is taken up again', async () => {
    const browser = newBrowser(server.url);
    const login = await browser.open(authorizeUrl(app));
    await forget(browser, /latchkey_resume/);
    await expectFinishes(
      browser,
      await browser.submit(login, { username: 'alice', password: PASSWORD }, '/login'),
    );
  });

  test('on the consent page', async () => {
    const browser = await signIn(server, 'alice');
    const fresh = await createApp(server);
    const consent = await browser.open(authorizeUrl(fresh));
    await forget(browser, /latchkey_(interaction|resume)/);
    const again = await browser.open(consent.url);
    expect(isConsent(again)).toBe(true);
    expect(answerOf(await browser.submit(again, {}, '/consent'))).toHaveProperty('code');
  });

  test('all cookies at once', async () => {
    const browser = newBrowser(server.url);
    const login = await browser.open(authorizeUrl(app));
    await browser.jar.removeAllCookies();
    await expectFinishes(browser, await browser.open(login.url));
  });
});

describe('the back button after everything is done', () => {
  test('to the sign-in page leads on to the application, with a new code', async () => {
    const browser = newBrowser(server.url);
    const login = await browser.open(authorizeUrl(app));
    const first = answerOf(await finishFrom(browser, login));
    const back = await browser.open(login.url);
    expect(answerOf(back).state).toBe('xyz');
    expect(answerOf(back).code).not.toBe(first.code);
    expect((await exchange(server, app, answerOf(back).code ?? '')).status).toBe(200);
  });

  test('and signing in once more by the old form ends on a page that leads on', async () => {
    const browser = newBrowser(server.url);
    const login = await browser.open(authorizeUrl(app));
    await finishFrom(browser, login);
    const refused = await browser.submit(login, { username: 'alice', password: PASSWORD }, '/login');
    expectErrorPage(refused);
    const link = refused.html.querySelector('main a[href^="/o/authorize?"]')?.getAttribute('href') ?? '';
    expect(answerOf(await browser.open(link.replaceAll('&amp;', '&')))).toHaveProperty('code');
  });

  test('to the address in between does the same', async () => {
    const browser = newBrowser(server.url);
    const login = await browser.open(authorizeUrl(app));
    await finishFrom(browser, login);
    const back = await browser.open(`/o/authorize/${login.url.split('/').pop()}`);
    expect(answerOf(back)).toMatchObject({ state: 'xyz', code: expect.any(String) });
  });
});

describe('two tabs', () => {
  test('each finishes its own sign-in', async () => {
    const browser = newBrowser(server.url);
    const one = await browser.open(authorizeUrl(app, { state: 'one' }));
    const two = await browser.open(authorizeUrl(app, { state: 'two' }));
    await expectFinishes(browser, two, 'two');
    // The other tab still shows the form; the person is signed in by now.
    const late = await browser.submit(one, { username: 'alice', password: PASSWORD }, '/login');
    if (late.location) expect(answerOf(late).state).toBe('one');
    else await expectFinishes(browser, await browser.open(one.url), 'one');
  });

  test('reloading the tab that waited', async () => {
    const browser = newBrowser(server.url);
    const one = await browser.open(authorizeUrl(app, { state: 'one' }));
    const two = await browser.open(authorizeUrl(app, { state: 'two' }));
    await expectFinishes(browser, two, 'two');
    const reloaded = await browser.open(one.url);
    expect(isLogin(reloaded)).toBe(false);
    expect(answerOf(reloaded)).toMatchObject({ state: 'one', code: expect.any(String) });
  });
});

test('a browser without cookies is told, instead of going round for ever', async () => {
  let url = authorizeUrl(app);
  let page: Page;
  let hops = 0;
  do {
    // A new browser for every step keeps nothing.
    page = await newBrowser(server.url).request(url);
    url = page.location ?? '';
  } while (url && ++hops < 20);
  expect(hops).toBeLessThan(10);
  expectErrorPage(page, [400, 404]);
  expect(page.html.text).toContain('cookies');
});

test('the address of a sign-in, opened in another browser, starts the same request there', async () => {
  const mine = newBrowser(server.url);
  const login = await mine.open(authorizeUrl(app, { state: 'mine' }));
  const other = newBrowser(server.url);
  const page = await other.open(login.url);
  expect(isLogin(page)).toBe(true);
  expect(page.url).not.toBe(login.url);
  await expectFinishes(other, page, 'mine');
  await expectFinishes(mine, await mine.open(login.url), 'mine');
});

test('posting to the sign-in of another browser does nothing', async () => {
  const mine = newBrowser(server.url);
  const hers = await mine.open(authorizeUrl(app));
  const other = newBrowser(server.url);
  const his = await other.open(authorizeUrl(app));
  const csrf = his.html.querySelector('input[name=csrf_token]')?.getAttribute('value') ?? '';
  const action = hers.html.querySelector('form[action$="/login"]')?.getAttribute('action') ?? '';
  const body = new URLSearchParams({ csrf_token: csrf, username: 'alice', password: PASSWORD });
  expectErrorPage(await other.request(action, { method: 'POST', body }));
  expect((await other.request('/account')).status).toBe(303);
});

test('an address nobody knows is an error page', async () => {
  expectErrorPage(await newBrowser(server.url).open('/interaction/nope'), [404]);
  expectErrorPage(await newBrowser(server.url).open('/o/authorize/nope'), [400, 404]);
});

test('a sign-in left open overnight can still be finished, and after a day starts over at the application', async () => {
  const browser = newBrowser(server.url);
  const login = await browser.open(authorizeUrl(app));
  travel(20 * 3600);
  await expectFinishes(browser, await browser.open(login.url));

  const second = newBrowser(server.url);
  const old = await second.open(authorizeUrl(app));
  travel(24 * 3600 + 60);
  const page = await second.open(old.url);
  expectErrorPage(page, [404]);
  expect(page.html.text).toContain('Go back to the application');
});

test('an application that was removed while the consent page was open', async () => {
  const browser = await signIn(server, 'alice');
  const doomed = await createApp(server);
  const page = await browser.open(authorizeUrl(doomed));
  await server.database.knex('applications').where({ client_id: doomed.clientId }).delete();
  travel(5);
  expectErrorPage(await browser.open(page.url), [400, 401, 404]);
  expectErrorPage(await browser.submit(page, {}, '/consent'), [400, 401, 404]);
});

test('a person who was disabled while the consent page was open', async () => {
  const bob = await createPerson(server, 'bob');
  const browser = await signIn(server, 'bob');
  await getCode(browser, app);
  const fresh = await createApp(server);
  const page = await browser.open(authorizeUrl(fresh));
  await server.database.knex('accounts').where({ id: bob.id }).update({ disabled_at: new Date() });
  const refused = await browser.submit(page, {}, '/consent');
  expect(refused.location).toBeUndefined();
  expect(isLogin(await browser.open(authorizeUrl(app)))).toBe(true);
});
