/** An email address is verified by whoever reads its mails, and by nobody else. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { lastMail, readMails } from '../../support/mails.js';
import { get, signInAt } from '../../support/oauth.js';
import { createApp, createPerson, PASSWORD, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ SIGNUPS_PER_NETWORK: '1000' });
});
afterEach(backToPresent);
afterAll(() => server.stop());

async function join(username: string, email = `${username}@example.com`): Promise<Browser> {
  const browser = newBrowser(server.url);
  const form = await browser.open('/signup');
  await browser.submit(form, { username, email, password: PASSWORD }, '/signup');
  return browser;
}

const isVerified = async (username: string): Promise<boolean> => {
  const row = await server.database.knex('accounts').where({ username }).first('email_verified_at');
  return row.email_verified_at !== null;
};

const confirm = async (link: string, browser = newBrowser(server.url)): Promise<Page> =>
  browser.submit(await browser.open(link), {}, '/confirm');

describe('after signing up', () => {
  test('a mail with a link and a code goes to the address', async () => {
    await join('anna');
    const { subject, link, code, text } = await lastMail(server, 'anna@example.com');
    expect(subject).toBe('Confirm your email address');
    expect(link).toMatch(/\/account\/email\/confirm\?token=[\w-]{43}$/);
    expect(link.startsWith(new URL(server.config.issuer).origin)).toBe(true);
    expect(code).toMatch(/^\d{6}$/);
    expect(text).toContain('anna');
  });

  test('in the language of the page', async () => {
    const browser = newBrowser(server.url);
    const form = await browser.open('/signup?ui_locales=fr');
    const fields = { username: 'amelie', email: 'amelie@example.com', password: PASSWORD };
    await browser.request('/signup', {
      method: 'POST',
      headers: { 'accept-language': 'fr' },
      body: new URLSearchParams({
        ...fields,
        csrf_token: form.html.querySelector('[name=csrf_token]')?.getAttribute('value') ?? '',
      }),
    });
    expect((await lastMail(server, 'amelie@example.com')).subject).toBe('Confirmez votre adresse e-mail');
  });

  test('not when the sign-up was refused', async () => {
    await join('anna', 'twin@example.com');
    expect(await readMails(server, 'twin@example.com')).toEqual([]);
  });
});

describe('the link', () => {
  test('verifies by a click on its page, once, also where nobody is signed in', async () => {
    await join('bert');
    const { link } = await lastMail(server, 'bert@example.com');
    const elsewhere = newBrowser(server.url);
    const page = await elsewhere.open(link);
    expect(page.text).toContain('bert@example.com');
    expect(page.headers.get('referrer-policy')).toBe('strict-origin');
    expect(await isVerified('bert')).toBe(false);
    const done = await elsewhere.submit(page, {}, '/confirm');
    expect(done.text).toContain('Your email address is confirmed');
    expect(await isVerified('bert')).toBe(true);
    expect((await elsewhere.open(link)).status).toBe(410);
    expect((await elsewhere.open('/account')).url).toContain('/login');
  });

  test('ends after a day, and when a newer one was sent', async () => {
    const browser = await join('cora');
    const first = await lastMail(server, 'cora@example.com');
    await browser.submit(await browser.open('/account/email'), {}, '/send');
    expect((await newBrowser(server.url).open(first.link)).status).toBe(410);
    const second = await lastMail(server, 'cora@example.com');
    travel(24 * 3600 + 1);
    expect((await newBrowser(server.url).open(second.link)).status).toBe(410);
    expect(await isVerified('cora')).toBe(false);
  });

  test('is for its own account and address, whatever else the form says', async () => {
    await join('dina');
    const victim = await createPerson(server, 'emma');
    const browser = newBrowser(server.url);
    const page = await browser.open((await lastMail(server, 'dina@example.com')).link);
    const more = { account_id: String(victim.id), username: 'emma', email: 'emma@example.com' };
    await browser.submit(page, more, '/confirm');
    expect([await isVerified('dina'), await isVerified('emma')]).toEqual([true, false]);
  });

  test('of a password reset verifies nothing here, nor does this one reset a password', async () => {
    await join('fina');
    const { link } = await lastMail(server, 'fina@example.com');
    const token = new URL(link).searchParams.get('token') ?? '';
    expect((await newBrowser(server.url).open(`/login/reset?token=${token}`)).status).toBe(410);
  });
});

describe('the code', () => {
  const type = async (browser: Browser, code: string) =>
    browser.submit(await browser.open('/account/email'), { code }, '/code');

  test('verifies the address of whoever is signed in', async () => {
    const browser = await join('gero');
    const { code = '' } = await lastMail(server, 'gero@example.com');
    const page = await type(browser, code);
    expect(page.html.querySelector('[role=status]')?.text.trim()).toBe('Your email address is confirmed.');
    expect(await isVerified('gero')).toBe(true);
  });

  test('can be tried five times, and is of no use to another account', async () => {
    const browser = await join('hans');
    const { code = '' } = await lastMail(server, 'hans@example.com');
    const other = await join('hilda');
    expect((await type(other, code)).status).toBe(422);
    const wrong = code === '000000' ? '000001' : '000000';
    for (let tries = 0; tries < 5; tries++) expect((await type(browser, wrong)).status).toBe(422);
    expect((await type(browser, code)).status).toBe(422);
    expect([await isVerified('hans'), await isVerified('hilda')]).toEqual([false, false]);
  });
});

test('more than five mails in an hour are not sent', async () => {
  const browser = await join('ingo');
  for (let times = 0; times < 4; times++)
    await browser.submit(await browser.open('/account/email'), {}, '/send');
  const refused = await browser.submit(await browser.open('/account/email'), {}, '/send');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  // That of the sign-up, and four.
  expect(await readMails(server, 'ingo@example.com')).toHaveLength(5);
});

test('applications are told that the address is verified once it is, and not before', async () => {
  const browser = await join('jana');
  const app = await createApp(server);
  const { access_token: accessToken } = await signInAt(server, browser, app, { scope: 'openid email' });
  const told = async () =>
    (await get(server, '/o/userinfo', { authorization: `Bearer ${accessToken}` })).body.email_verified;
  expect(await told()).toBe(false);
  await confirm((await lastMail(server, 'jana@example.com')).link, browser);
  travel(2);
  expect(await told()).toBe(true);
});

describe('an address that several accounts hold', () => {
  test('is open to its owner though somebody else has joined with it', async () => {
    await join('squatter', 'owner@example.com');
    await join('owner', 'owner@example.com');
    await confirm((await lastMail(server, 'owner@example.com')).link);
    expect([await isVerified('owner'), await isVerified('squatter')]).toEqual([true, false]);
    const browser = await signIn(server, 'owner@example.com');
    expect((await browser.open('/account')).text).toContain('<dd>owner');
  });

  test('signs nobody in while nobody, or more than one, has verified it', async () => {
    await createPerson(server, 'kai', { email: 'shared@example.com' });
    await createPerson(server, 'kay', { email: 'shared@example.com' });
    await expect(signIn(server, 'shared@example.com')).rejects.toThrow('401');
    await server.database
      .knex('accounts')
      .where({ email: 'shared@example.com' })
      .update({ email_verified_at: new Date() });
    await expect(signIn(server, 'shared@example.com')).rejects.toThrow('401');
    await signIn(server, 'kai');
  });
});

// A stranger's mailbox could be filled by joining with their address again and again.
test('an address with which more than five join in an hour gets five mails', async () => {
  for (let count = 1; count <= 6; count++) await join(`flood${count}`, 'flooded@example.com');
  const made = await server.database.knex('accounts').where('username', 'like', 'flood%');
  expect(made).toHaveLength(6);
  expect(await readMails(server, 'flooded@example.com')).toHaveLength(5);
});

test("an address that is not one's own cannot be a username, by which its owner would be kept out", async () => {
  const refused = newBrowser(server.url);
  const form = await refused.open('/signup');
  const fields = { username: 'Victim@example.com', email: 'thief@example.com', password: PASSWORD };
  const page = await refused.submit(form, fields, '/signup');
  expect([page.status, page.html.querySelector('#username-error')?.text]).toEqual([
    422,
    expect.stringContaining('email address that is not yours'),
  ]);
  const thief = await join('thief');
  const edited = await thief.submit(
    await thief.open('/account/edit'),
    { username: 'victim@example.com' },
    '/edit',
  );
  expect(edited.status).toBe(422);
  await join('Own@example.com', 'own@example.com');
  await signIn(server, 'own@example.com');
});

test('with EMAIL_VERIFICATION=off nobody is asked', async () => {
  const own = await startTestServer({ EMAIL_VERIFICATION: 'off' });
  const browser = newBrowser(own.url);
  const fields = { username: 'lea', email: 'lea@example.com', password: PASSWORD };
  await browser.submit(await browser.open('/signup'), fields, '/signup');
  const page = await browser.open('/account/email');
  const mails = await readMails(own, 'lea@example.com');
  await own.stop();
  expect(mails).toEqual([]);
  expect(page.html.querySelector('[name=code]')).toBeNull();
});
