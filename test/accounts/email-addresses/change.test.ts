/** An address changes once it is confirmed: by the new one, and by the old one where that was verified (LG-27). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createPasswords } from '../../../src/accounts/passwords.js';
import { setPassword } from '../../../src/accounts/set-password.js';
import { signOutEverywhere } from '../../../src/accounts/sign-out-everywhere.js';
import { eventsOf } from '../../audit/events-of.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { lastMail, readMails } from '../../support/mails.js';
import { createPerson, PASSWORD, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(backToPresent);
afterAll(() => server.stop());

async function newPerson(username: string, isVerified: boolean): Promise<Browser> {
  const { id } = await createPerson(server, username);
  if (isVerified)
    await server.database.knex('accounts').where({ id }).update({ email_verified_at: new Date() });
  return signIn(server, username);
}

const addressOf = async (username: string): Promise<[string, boolean]> => {
  const row = await server.database.knex('accounts').where({ username }).first();
  return [row.email, row.email_verified_at !== null];
};

async function ask(browser: Browser, email: string, more: Record<string, string> = {}): Promise<Page> {
  return browser.submit(await browser.open('/account/email'), { email, ...more }, '/email');
}

const confirm = async (link: string, browser = newBrowser(server.url)): Promise<Page> =>
  browser.submit(await browser.open(link), {}, '/confirm');

describe('of a verified address', () => {
  test('both the old and the new have to agree, in any order', async () => {
    const browser = await newPerson('anna', true);
    await ask(browser, 'anna.new@example.com', { email_verified: 'true', verified: 'true', id: '1' });
    expect(await addressOf('anna')).toEqual(['anna@example.com', true]);
    const page = await browser.open('/account');
    expect(page.text).toContain('anna.new@example.com');

    const old = await lastMail(server, 'anna@example.com');
    expect(old.text).toContain('anna.new@example.com');
    await confirm(old.link);
    expect(await addressOf('anna')).toEqual(['anna@example.com', true]);
    await confirm((await lastMail(server, 'anna.new@example.com')).link);
    expect(await addressOf('anna')).toEqual(['anna.new@example.com', true]);
    expect((await lastMail(server, 'anna@example.com')).subject).toBe('Your email address was changed');
  });

  test('the codes do as well as the links', async () => {
    const browser = await newPerson('bert', true);
    await ask(browser, 'bert.new@example.com');
    const codes = [
      await lastMail(server, 'bert.new@example.com'),
      await lastMail(server, 'bert@example.com'),
    ];
    for (const { code = '' } of codes)
      await browser.submit(await browser.open('/account/email'), { code }, '/code');
    expect(await addressOf('bert')).toEqual(['bert.new@example.com', true]);
  });

  test('one of them confirmed twice is not both', async () => {
    const browser = await newPerson('cora', true);
    await ask(browser, 'cora.new@example.com');
    const { link } = await lastMail(server, 'cora.new@example.com');
    await confirm(link);
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
    expect(await addressOf('cora')).toEqual(['cora@example.com', true]);
  });
});

test('of an address that was never verified the new one decides, and the old one is told', async () => {
  const browser = await newPerson('dora', false);
  await ask(browser, 'dora.new@example.com');
  expect(await addressOf('dora')).toEqual(['dora@example.com', false]);
  const told = await lastMail(server, 'dora@example.com');
  expect([told.subject, told.code]).toEqual(['Your email address is to be changed', undefined]);
  await confirm((await lastMail(server, 'dora.new@example.com')).link);
  expect(await addressOf('dora')).toEqual(['dora.new@example.com', true]);
});

describe('a change that was asked for', () => {
  test('can be taken back; its mails are of no use then', async () => {
    const browser = await newPerson('emil', false);
    await ask(browser, 'emil.new@example.com');
    await browser.submit(await browser.open('/account/email'), {}, '/cancel');
    const { link } = await lastMail(server, 'emil.new@example.com');
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
    expect((await browser.open('/account')).text).not.toContain('emil.new');
  });

  test('gives way to a later one', async () => {
    const browser = await newPerson('fred', false);
    await ask(browser, 'fred.one@example.com');
    await ask(browser, 'fred.two@example.com');
    const { link } = await lastMail(server, 'fred.one@example.com');
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
    await confirm((await lastMail(server, 'fred.two@example.com')).link);
    expect(await addressOf('fred')).toEqual(['fred.two@example.com', true]);
  });

  test('is forgotten after a day', async () => {
    const browser = await newPerson('gina', false);
    await ask(browser, 'gina.new@example.com');
    const { link } = await lastMail(server, 'gina.new@example.com');
    travel(24 * 3600 + 1);
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
    expect((await browser.open('/account/email')).text).not.toContain('gina.new');
  });

  test('ends with a reset of the password by the address that is still there', async () => {
    const browser = await newPerson('hugo', false);
    await ask(browser, 'hugo.thief@example.com');
    const forgot = newBrowser(server.url);
    await forgot.submit(await forgot.open('/login/forgot'), { name: 'hugo' }, '/forgot');
    const { link } = await lastMail(server, 'hugo@example.com');
    await forgot.submit(await forgot.open(link), { new_password: 'some other horse staple' }, '/reset');
    const stolen = await lastMail(server, 'hugo.thief@example.com');
    expect((await newBrowser(server.url).open(stolen.link)).status).toBe(410);
    expect(await addressOf('hugo')).toEqual(['hugo@example.com', true]);
  });

  // Guards against a thief who keeps the account after the password was changed: the address of an account that was never
  // verified changes by the new address alone, and then the password by a mail to it.
  test.each([
    [
      'a change of the password',
      'mira',
      async () => {
        const owner = await signIn(server, 'mira');
        const fields = { current_password: PASSWORD, new_password: 'some other horse staple' };
        await owner.submit(await owner.open('/account/password'), fields, '/account/password');
      },
    ],
    [
      'a password set by the operator',
      'rosa',
      () =>
        setPassword(
          server.database,
          createPasswords(server.config.passwords),
          'rosa',
          'some other horse staple',
        ),
    ],
    ['signing out everywhere', 'lena', () => signOutEverywhere(server.database, 'lena')],
  ])('ends with %s', async (_, username, putThingsRight) => {
    const thief = await newPerson(username, false);
    await ask(thief, `${username}.thief@example.com`);
    await putThingsRight();
    const { link } = await lastMail(server, `${username}.thief@example.com`);
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
    expect((await addressOf(username))[0]).toBe(`${username}@example.com`);
  });

  test('is recorded, without the addresses', async () => {
    const browser = await newPerson('ines', false);
    const events = await eventsOf(server, async () => {
      await ask(browser, 'ines.new@example.com');
      await confirm((await lastMail(server, 'ines.new@example.com')).link);
    });
    expect(events.map(({ event }) => event)).toEqual(['email.change_asked', 'email.changed']);
    expect(JSON.stringify(events)).not.toContain('ines.new');
  });
});

describe('refused, with nothing changed and nothing sent', () => {
  test.each([
    ['nonsense', 'not an email address'],
    ['', 'missing'],
    ['jo@example.com', 'your address already'],
    ['a\0b@example.com', 'NUL'],
  ])('%j', async (email, reason) => {
    const username = email === 'jo@example.com' ? 'jo' : `joe${Buffer.from(email).toString('hex')}`;
    const browser = await newPerson(username, false);
    const page = await ask(browser, email);
    expect([page.status, page.html.querySelector('#email-error')?.text]).toEqual([
      422,
      expect.stringContaining(reason),
    ]);
    const subjects = (await readMails(server, `${username}@example.com`)).map(({ subject }) => subject);
    expect(subjects).toEqual(['New sign-in to your account']);
  });

  test('without a recent sign-in', async () => {
    const browser = await newPerson('kurt', false);
    const form = await browser.open('/account/email');
    travel(11 * 60);
    const page = await browser.submit(form, { email: 'kurt.new@example.com' }, '/email');
    expect(page.url).toContain('/login/confirm');
    expect(await readMails(server, 'kurt.new@example.com')).toEqual([]);
  });
});

// Who keeps an address as a username after leaving it would keep its next owner out.
test('an address that is the username as well stays until the username has changed', async () => {
  await createPerson(server, 'mona@example.com', { email: 'mona@example.com' });
  const browser = await signIn(server, 'mona@example.com');
  const page = await ask(browser, 'mona.new@example.com');
  expect([page.status, page.html.querySelector('#email-error')?.text]).toEqual([
    422,
    expect.stringContaining('Change the username first.'),
  ]);
  expect(await readMails(server, 'mona.new@example.com')).toEqual([]);
});

test('with EMAIL_VERIFICATION=off it changes at once, and the old address is told', async () => {
  const own = await startTestServer({ EMAIL_VERIFICATION: 'off' });
  const { id } = await createPerson(own, 'lena');
  await own.database.knex('accounts').where({ id }).update({ email_verified_at: new Date() });
  const browser = await signIn(own, 'lena');
  const stranger = newBrowser(own.url);
  await stranger.submit(await stranger.open('/login/forgot'), { name: 'lena' }, '/forgot');
  const reset = await lastMail(own, 'lena@example.com');
  await browser.submit(await browser.open('/account/email'), { email: 'lena.new@example.com' }, '/email');
  const row = await own.database.knex('accounts').where({ id }).first();
  const told = await lastMail(own, 'lena@example.com');
  // Whoever reads the old mailbox may be why she has left it.
  const late = await stranger.open(reset.link);
  await own.stop();
  expect(reset.subject).toContain('password');
  expect(late.status).toBeGreaterThanOrEqual(400);
  expect([row.email, row.email_verified_at]).toEqual(['lena.new@example.com', null]);
  expect(told.subject).toBe('Your email address was changed');
});
