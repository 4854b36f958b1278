/** EMAIL_VERIFICATION=required: until the address is confirmed nothing else is open, and no application learns anything. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../../src/config/config.js';
import { answerOf } from '../../support/answers.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { lastMail } from '../../support/mails.js';
import { exchange, refresh, saidBy, token } from '../../support/oauth.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer({ EMAIL_VERIFICATION: 'required' });
  app = await createApp(server, {
    skipConsent: true,
    grantTypes: ['authorization_code', 'refresh_token', 'password'],
  });
});
afterAll(() => server.stop());

const pathOf = ({ url }: Page) => new URL(url).pathname;

const verify = (username: string, at: Date | null = new Date()) =>
  server.database.knex('accounts').where({ username }).update({ email_verified_at: at });

async function typeCode(browser: Browser, page: Page, address: string): Promise<Page> {
  return browser.submit(page, { code: (await lastMail(server, address)).code ?? '' }, '/code');
}

test('signing up leads to the page of the address, and from there on to where one was going', async () => {
  const browser = newBrowser(server.url);
  const form = await browser.open('/signup?next=%2Faccount%2Fedit');
  const fields = { username: 'anna', email: 'anna@example.com', password: PASSWORD };
  const page = await browser.submit(form, fields, '/signup');
  expect(pathOf(page)).toBe('/account/email');
  for (const path of ['/', '/account', '/account/password', '/applications', '/o/authorized_tokens'])
    expect([path, pathOf(await browser.open(path))]).toEqual([path, '/account/email']);
  expect(pathOf(await typeCode(browser, page, 'anna@example.com'))).toBe('/account/edit');
  expect(pathOf(await browser.open('/account'))).toBe('/account');
});

test('a form of another page is refused, with nothing changed', async () => {
  await createPerson(server, 'bert');
  const browser = await signIn(server, 'bert');
  const form = await browser.open('/account/email');
  const csrf = form.html.querySelector('[name=csrf_token]')?.getAttribute('value') ?? '';
  const body = new URLSearchParams({ csrf_token: csrf, nickname: 'B' });
  expect((await browser.request('/account/edit', { method: 'POST', body })).status).toBe(403);
});

test('a mistyped address can be corrected on the way', async () => {
  const browser = newBrowser(server.url);
  const fields = { username: 'cora', email: 'croa@example.com', password: PASSWORD };
  const page = await browser.submit(await browser.open('/signup'), fields, '/signup');
  const asked = await browser.submit(page, { email: 'cora@example.com' }, '/email');
  await typeCode(browser, asked, 'cora@example.com');
  expect(pathOf(await browser.open('/account'))).toBe('/account');
});

describe('an application', () => {
  test('gets its code once the address is confirmed in the middle of the sign-in', async () => {
    await createPerson(server, 'dora');
    const browser = newBrowser(server.url);
    const login = await browser.open(authorizeUrl(app));
    const page = await browser.submit(login, { username: 'dora', password: PASSWORD }, '/login');
    expect(pathOf(page)).toBe('/account/email');
    const sent = await browser.submit(page, {}, '/send');
    const answer = answerOf(await typeCode(browser, sent, 'dora@example.com'));
    expect((await exchange(server, app, answer.code ?? '')).status).toBe(200);
  });

  test('gets none by the session of somebody whose address is not confirmed', async () => {
    await createPerson(server, 'emil');
    const browser = await signIn(server, 'emil');
    expect(pathOf(await browser.open(authorizeUrl(app)))).toBe('/account/email');
    const silent = answerOf(await browser.open(authorizeUrl(app, { prompt: 'none', scope: 'openid' })));
    expect([silent.error, silent.code]).toEqual(['login_required', undefined]);
  });

  test('is refused by the password grant as with a wrong password (PW-02)', async () => {
    await createPerson(server, 'fred');
    const by = (password: string) =>
      token(server, app, { grant_type: 'password', username: 'fred', password });
    const [unverified, wrong] = [await by(PASSWORD), await by('wrong')];
    expect([unverified.status, saidBy(unverified)]).toEqual([wrong.status, saidBy(wrong)]);
    expect(unverified.body.error).toBe('invalid_grant');
    await verify('fred');
    expect((await by(PASSWORD)).status).toBe(200);
  });

  test('cannot refresh while the address is not confirmed, and can afterwards', async () => {
    await createPerson(server, 'gina');
    await verify('gina');
    const { body } = await token(server, app, {
      grant_type: 'password',
      username: 'gina',
      password: PASSWORD,
    });
    await verify('gina', null);
    const refused = await refresh(server, app, body.refresh_token);
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_grant']);
    await verify('gina');
    expect((await refresh(server, app, body.refresh_token)).status).toBe(200);
  });
});

test('a server that sends no mail refuses to start with it', () => {
  const settings = { EMAIL_VERIFICATION: 'required', HOST: '0.0.0.0' };
  expect(() => loadConfig(settings)).toThrow('EMAIL_VERIFICATION must not be required without SMTP_URL');
});
