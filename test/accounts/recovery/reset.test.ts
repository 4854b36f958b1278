/** The way back in by mail (AR-01 to AR-09): for whoever reads the mails of the account, once, and for nobody else. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setAccountEnabled } from '../../../src/accounts/set-account-enabled.js';
import { eventsOf } from '../../audit/events-of.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { lastMail, readMails } from '../../support/mails.js';
import { byPassword, profile } from '../../support/oauth.js';
import { createApp, createPerson, PASSWORD, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { snapshot } from '../../support/snapshot.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(backToPresent);
afterAll(() => server.stop());

const NEW = 'some other horse staple';

async function ask(name: string, browser = newBrowser(server.url)): Promise<Page> {
  return browser.submit(await browser.open('/login/forgot'), { name }, '/forgot');
}

async function linkTo(person: string): Promise<string> {
  await ask(person);
  return (await lastMail(server, `${person}@example.com`)).link;
}

async function choose(
  link: string,
  password = NEW,
  browser: Browser = newBrowser(server.url),
): Promise<Page> {
  return browser.submit(await browser.open(link), { new_password: password }, '/reset');
}

describe('the mail', () => {
  test.each([
    ['the username', 'anna'],
    ['the email address, whatever its case', 'Berta@Example.COM'],
  ])('is sent for %s', async (_, name) => {
    const [username = ''] = name.toLowerCase().split('@');
    await createPerson(server, username);
    await ask(name);
    const { subject, text, link, code } = await lastMail(server, `${username}@example.com`);
    expect(subject).toBe('Choose a new password');
    expect(text).toContain(username);
    expect(link).toMatch(/\/login\/reset\?token=[\w-]{43}$/);
    expect(code).toMatch(/^\d{6}$/);
  });

  test('links to the issuer, whatever host a request has named (AR-03)', async () => {
    await createPerson(server, 'carl');
    const browser = newBrowser(server.url);
    const form = await browser.open('/login/forgot');
    const csrf = form.html.querySelector('[name=csrf_token]')?.getAttribute('value') ?? '';
    await browser.request('/login/forgot', {
      method: 'POST',
      body: new URLSearchParams({ csrf_token: csrf, name: 'carl' }),
      headers: { 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' },
    });
    const { link } = await lastMail(server, 'carl@example.com');
    expect(new URL(link).origin).toBe(new URL(server.config.issuer).origin);
  });

  test('holds nothing that lies readable in the database', async () => {
    await createPerson(server, 'dora');
    await ask('dora');
    const { link, code } = await lastMail(server, 'dora@example.com');
    const dump = JSON.stringify(await snapshot(server));
    expect(dump).not.toContain(new URL(link).searchParams.get('token'));
    expect(dump).not.toContain(code);
    expect(server.logged()).not.toContain(new URL(link).searchParams.get('token'));
  });
});

describe('who has an account is not told (AR-01)', () => {
  const answerTo = async (name: string) => {
    const page = await ask(name);
    return [
      page.status,
      page.html
        .querySelector('main')
        ?.innerHTML.replaceAll(name, 'NAME')
        .replace(/value="[\w-]{43}"/g, ''),
    ];
  };

  test('known, unknown and disabled get the same answer, and only the known a mail', async () => {
    await createPerson(server, 'emil');
    await createPerson(server, 'fritz');
    await setAccountEnabled(server.database, 'fritz', false);
    const known = await answerTo('emil');
    expect(known[0]).toBe(200);
    for (const name of ['nobody', 'nobody@example.com', 'fritz', 'fritz@example.com'])
      expect(await answerTo(name)).toEqual(known);
    expect(await readMails(server, 'emil@example.com')).toHaveLength(1);
    expect(await readMails(server, 'nobody@example.com')).toEqual([]);
    expect(await readMails(server, 'fritz@example.com')).toEqual([]);
  });

  test('in the same time', async () => {
    const own = await startTestServer();
    await createPerson(own, 'gina');
    const browser = newBrowser(own.url);
    const form = await browser.open('/login/forgot');
    const times: Record<string, number[]> = { gina: [], nobody: [] };
    for (let round = 0; round < 9; round++)
      for (const name of Object.keys(times)) {
        const start = performance.now();
        await browser.submit(form, { name }, '/forgot');
        times[name]?.push(performance.now() - start);
      }
    await own.stop();
    const [known, unknown] = Object.values(times).map((all) => all.sort((a, b) => a - b)[4]!);
    // Of a machine that is busy with other tests; without the pace the one takes several times as long as the other.
    expect(Math.abs(known! - unknown!) / unknown!).toBeLessThan(0.2);
  });
});

describe('the link', () => {
  test('is used up by the new password, and not by being opened (AR-02)', async () => {
    await createPerson(server, 'hugo');
    const link = await linkTo('hugo');
    for (let times = 0; times < 3; times++)
      expect((await newBrowser(server.url).open(link)).status).toBe(200);
    const done = await choose(link);
    expect(new URL(done.url).pathname).toBe('/login');
    expect(done.text).toContain('Your password was changed');
    await signIn(server, 'hugo', NEW);
    await expect(signIn(server, 'hugo')).rejects.toThrow('401');
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
  });

  test('still works after a password that was refused', async () => {
    await createPerson(server, 'ida');
    const link = await linkTo('ida');
    const refused = await choose(link, 'password');
    expect(refused.status).toBe(422);
    expect((await choose(link)).status).toBe(200);
    await signIn(server, 'ida', NEW);
  });

  test('ends after 30 minutes', async () => {
    await createPerson(server, 'jan');
    const link = await linkTo('jan');
    travel(30 * 60 + 1);
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
    await signIn(server, 'jan');
  });

  test('ends when a newer one is asked for', async () => {
    await createPerson(server, 'kurt');
    const older = await linkTo('kurt');
    const newer = await linkTo('kurt');
    expect((await newBrowser(server.url).open(older)).status).toBe(410);
    expect((await choose(newer)).status).toBe(200);
  });

  test('ends when the password is changed in another way', async () => {
    await createPerson(server, 'lars');
    const link = await linkTo('lars');
    const browser = await signIn(server, 'lars');
    const form = await browser.open('/account/password');
    await browser.submit(form, { current_password: PASSWORD, new_password: `${PASSWORD} two` });
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
  });

  test('is of no use for an account that was disabled meanwhile', async () => {
    await createPerson(server, 'mona');
    const link = await linkTo('mona');
    await setAccountEnabled(server.database, 'mona', false);
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
  });

  test('is for its own account, whatever else the form says (AR-04)', async () => {
    await createPerson(server, 'nils');
    const bob = await createPerson(server, 'bob');
    const browser = newBrowser(server.url);
    const page = await browser.open(await linkTo('nils'));
    const more = {
      user: 'bob',
      username: 'bob',
      email: 'bob@example.com',
      uid: String(bob.id),
      id: String(bob.id),
    };
    await browser.submit(page, { new_password: NEW, ...more }, '/reset');
    await signIn(server, 'bob');
    await signIn(server, 'nils', NEW);
  });

  test('is told to nobody: no Referer holds it, and nothing of the page is elsewhere (AR-06)', async () => {
    await createPerson(server, 'olga');
    const page = await newBrowser(server.url).open(await linkTo('olga'));
    expect(page.headers.get('referrer-policy')).toBe('strict-origin');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.text.match(/(?:src|href)="(?:https?:)?\/\/[^"]*"/g)).toBeNull();
  });

  test('used twice at the same moment works once', async () => {
    await createPerson(server, 'paul');
    const link = await linkTo('paul');
    const both = await Promise.all([choose(link, `${NEW} one`), choose(link, `${NEW} two`)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 410]);
  });
});

describe('the code', () => {
  async function typeCode(page: Page, code: string, browser: Browser): Promise<Page> {
    return browser.submit(page, { code }, '/code');
  }

  test('leads to the same page, and the link of the mail ends', async () => {
    await createPerson(server, 'rita');
    const browser = newBrowser(server.url);
    const page = await ask('rita@example.com', browser);
    const { code = '', link } = await lastMail(server, 'rita@example.com');
    const form = await typeCode(page, ` ${code.slice(0, 3)} ${code.slice(3)}`, browser);
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
    await browser.submit(form, { new_password: NEW }, '/reset');
    await signIn(server, 'rita', NEW);
  });

  test('can be tried five times; the link goes on to work', async () => {
    await createPerson(server, 'sven');
    const browser = newBrowser(server.url);
    let page = await ask('sven', browser);
    const { code = '', link } = await lastMail(server, 'sven@example.com');
    const wrong = code === '000000' ? '000001' : '000000';
    for (let tries = 0; tries < 5; tries++) {
      page = await typeCode(page, wrong, browser);
      expect(page.status).toBe(422);
    }
    expect((await typeCode(page, code, browser)).status).toBe(422);
    expect((await choose(link)).status).toBe(200);
  });

  test('of somebody unknown is as wrong as any', async () => {
    const browser = newBrowser(server.url);
    const page = await typeCode(await ask('nobody', browser), '123456', browser);
    expect(page.status).toBe(422);
    expect(page.text).toContain('This code is not right');
  });
});

test('a reset signs out every browser and application, is recorded and told by mail (AR-08)', async () => {
  await createPerson(server, 'tara');
  const other = await signIn(server, 'tara');
  const app = await createApp(server, { grantTypes: ['password', 'refresh_token'] });
  const tokens = await byPassword(server, app, 'tara');
  const events = await eventsOf(server, async () => choose(await linkTo('tara')));
  expect((await other.open('/account')).url).toContain('/login');
  expect((await profile(server, tokens.access_token)).status).toBe(401);
  expect(events.map(({ event }) => event)).toEqual(['password.reset_asked', 'password.reset']);
  expect((await lastMail(server, 'tara@example.com')).subject).toBe('Your password was changed');
});

test('a reset verifies the address that the mail was sent to', async () => {
  await createPerson(server, 'uwe');
  await choose(await linkTo('uwe'));
  const page = await (await signIn(server, 'uwe', NEW)).open('/account');
  expect(page.html.querySelector('.tag-good')?.text).toBe('verified');
});

test('the way on to an application is kept from the sign-in page to the next one', async () => {
  await createPerson(server, 'vera');
  const browser = newBrowser(server.url);
  const login = await browser.open('/login?next=%2Faccount%2Fedit');
  const forgot = login.html.querySelectorAll('a').find((each) => each.text === 'Forgot your password?');
  const page = await browser.open(forgot?.getAttribute('href') ?? '');
  await browser.submit(page, { name: 'vera' }, '/forgot');
  const done = await choose((await lastMail(server, 'vera@example.com')).link, NEW, browser);
  const inside = await browser.submit(done, { username: 'vera', password: NEW });
  expect(new URL(inside.url).pathname).toBe('/account/edit');
});

describe('nobody is flooded (AR-09)', () => {
  test('one address gets five mails in an hour, and the page says what it always says', async () => {
    await createPerson(server, 'wanda');
    // What the others here have asked for is forgotten.
    travel(3601);
    const page = await ask('wanda');
    for (let times = 0; times < 7; times++) await ask(times % 2 ? 'wanda' : 'wanda@example.com');
    const last = await ask('wanda');
    expect(last.html.querySelector('.card p')?.text).toBe(page.html.querySelector('.card p')?.text);
    expect(await readMails(server, 'wanda@example.com')).toHaveLength(5);
    travel(3601);
    await ask('wanda');
    expect(await readMails(server, 'wanda@example.com')).toHaveLength(6);
  });

  test('one network is told to wait', async () => {
    const own = await startTestServer();
    const browser = newBrowser(own.url);
    const form = await browser.open('/login/forgot');
    const pages = await Promise.all(
      Array.from({ length: 40 }, (_, index) => browser.submit(form, { name: `nobody${index}` }, '/forgot')),
    );
    await own.stop();
    const statuses = pages.map(({ status }) => status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    const refused = pages.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

test('a server without mail does not offer it, and says so', async () => {
  const own = await startTestServer({ HOST: '0.0.0.0' });
  const browser = newBrowser(own.url);
  expect((await browser.open('/login')).text).not.toContain('/login/forgot');
  const page = await browser.open('/login/forgot');
  await own.stop();
  expect([page.status, page.html.querySelector('h1')?.text]).toEqual([404, 'This server sends no mail.']);
});
