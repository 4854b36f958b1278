/** LG-01, LG-02, DP-11: no form of any page can be sent by another site, by anybody, for anybody. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeSuperuserLink } from '../../src/accounts/superuser-link.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { crawl, type Form, postForms } from '../support/crawl.js';
import { addPasskey } from '../support/passkeys.js';
import {
  allow,
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

/** What a page of another site can and cannot do, each with an otherwise perfect form. */
const ATTACKS: Record<
  string,
  (fields: Record<string, string>) => { headers?: Record<string, string>; body: Record<string, string> }
> = {
  'without a token': ({ csrf_token: _, xsrf: __, ...body }) => ({ body }),
  'with an empty token': (fields) => ({
    body: { ...fields, ...('xsrf' in fields ? { xsrf: '' } : { csrf_token: '' }) },
  }),
  "with another browser's token": (fields) => ({
    body: { ...fields, ...('xsrf' in fields ? { xsrf: 'a'.repeat(48) } : { csrf_token: strangersToken }) },
  }),
  'from another origin': (body) => ({ body, headers: { origin: 'https://evil.test' } }),
  'from an opaque origin': (body) => ({ body, headers: { origin: 'null' } }),
  'across sites': (body) => ({ body, headers: { 'sec-fetch-site': 'cross-site' } }),
  'from a sibling of the site': (body) => ({ body, headers: { 'sec-fetch-site': 'same-site' } }),
};

let strangersToken: string;

async function attack(browser: Browser, { action, fields }: Form, how: string) {
  const { body, headers = {} } = ATTACKS[how]!(fields);
  return browser.request(action, { method: 'POST', body: new URLSearchParams(body), headers });
}

/** Sends every form in every wrong way. */
async function expectAllRefused(browser: Browser, forms: Iterable<Form>): Promise<void> {
  for (const form of forms) {
    for (const how of Object.keys(ATTACKS)) {
      const before = await snapshot(server);
      const answer = await attack(browser, form, how);
      const what = `${form.action} ${how}`;
      expect({ what, status: answer.status, location: answer.location }).toEqual({
        what,
        status: 403,
        location: undefined,
      });
      expect({ what, after: await snapshot(server) }).toEqual({ what, after: before });
    }
  }
}

describe('every form is refused with 403 and changes nothing when another site sends it', () => {
  beforeAll(async () => {
    const stranger = newBrowser(server.url);
    const page = await stranger.open('/login');
    strangersToken = page.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  });

  test('for somebody who is not signed in', async () => {
    const link = await makeSuperuserLink(server.database.knex, { issuer: server.url, at: new Date() });
    app = await createApp(server);
    const browser = newBrowser(server.url);
    const forms = postForms(await crawl(browser, server.url, ['/', link!.url, authorizeUrl(app)]));
    expect([...forms.keys()].sort()).toEqual([
      '/interaction/:uid/login',
      '/interaction/:uid/passkey',
      '/language',
      '/login',
      '/login/forgot',
      '/login/passkey',
      '/signup',
      '/superuser',
    ]);
    await expectAllRefused(browser, forms.values());
  });

  test('for somebody who is signed in', async () => {
    const alice = await createPerson(server, 'alice');
    await createApp(server, { name: "Alice's" }, alice.id);
    const browser = await signIn(server, 'alice');
    await addPasskey(server, browser);
    const known = await createApp(server, { name: 'Known' });
    await allow(browser, known);
    const mine = (await browser.open('/applications')).html.querySelector('tbody a')!.getAttribute('href')!;
    await browser.submit(await browser.open(`${mine}/secrets`), {}, '/secrets');
    await browser.submit(await browser.open('/applications/teams'), { name: 'Team' }, '/teams');
    const seeds = [
      '/',
      '/login',
      '/signup',
      '/logout',
      '/o/logout',
      '/o/device',
      authorizeUrl(app, { scope: 'read' }),
    ];
    const forms = postForms(await crawl(browser, server.url, seeds));
    expect([...forms.keys()].sort()).toEqual([
      '/account/data/export',
      '/account/edit',
      '/account/email',
      '/account/email/code',
      '/account/email/send',
      '/account/passkeys',
      '/account/passkeys/:id',
      '/account/passkeys/:id/remove',
      '/account/password',
      '/account/security/app',
      '/account/security/recovery-codes',
      '/account/tokens',
      '/applications/:id/connect/:stack/callback',
      '/applications/:id/delete',
      '/applications/:id/look',
      '/applications/:id/playground/redirect-uri',
      '/applications/:id/previews',
      '/applications/:id/secrets',
      '/applications/:id/secrets/:id/retire',
      '/applications/:id/secrets/test',
      '/applications/:id/transfer',
      '/applications/:id/update',
      '/applications/register',
      '/applications/teams',
      '/applications/teams/:id/delete',
      '/applications/teams/:id/invitations',
      '/applications/teams/:id/leave',
      '/applications/teams/:id/members/:id/remove',
      '/applications/teams/:id/members/:id/role',
      '/applications/teams/:id/rename',
      '/applications/tokens',
      '/interaction/:uid/consent',
      '/interaction/:uid/deny',
      '/interaction/:uid/switch',
      '/language',
      '/login',
      '/login/forgot',
      '/login/passkey',
      '/logout',
      '/o/authorized_tokens/:id/delete',
      '/o/device',
      '/o/logout/confirm',
      '/signup',
    ]);
    await expectAllRefused(browser, forms.values());
    expect((await browser.open('/account')).text).toContain('alice');
  });

  test('for a superuser', async () => {
    await createPerson(server, 'root', { isSuperuser: true });
    const browser = await signIn(server, 'root');
    const forms = postForms(await crawl(browser, server.url, ['/applications']));
    expect([...forms.keys()]).toContain('/applications/:id/disable');
    await expectAllRefused(browser, forms.values());
  });
});

test("a stranger cannot sign somebody's browser in to an account of the stranger's (LG-02)", async () => {
  await createPerson(server, 'mallory');
  const victim = newBrowser(server.url);
  await victim.open('/login');
  const stranger = newBrowser(server.url);
  const page = await stranger.open('/login');
  const token = page.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const body = new URLSearchParams({ username: 'mallory', password: PASSWORD, csrf_token: token });
  const answer = await victim.request('/login', {
    method: 'POST',
    body,
    headers: { origin: 'https://evil.test' },
  });
  expect(answer.status).toBe(403);
  expect(answer.headers.getSetCookie().filter((cookie) => cookie.startsWith('latchkey_session='))).toEqual(
    [],
  );
  expect((await victim.open('/account')).url).toContain('/login');
});

test('a form of a browser that sends neither Origin nor Sec-Fetch-Site is accepted by its token', async () => {
  await createPerson(server, 'bob');
  const browser = newBrowser(server.url);
  const page = await browser.open('/login');
  const token = page.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const body = new URLSearchParams({ username: 'bob', password: PASSWORD, csrf_token: token });
  expect((await browser.request('/login', { method: 'POST', body })).status).toBe(303);
});

test('the token of a form is refused once its cookie is gone', async () => {
  const browser = newBrowser(server.url);
  const page = await browser.open('/login');
  const token = page.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  await browser.jar.removeAllCookies();
  const body = new URLSearchParams({ username: 'bob', password: PASSWORD, csrf_token: token });
  const answer = await browser.request('/login', { method: 'POST', body });
  expect(answer.status).toBe(403);
  expect(answer.html.querySelector('h1')!.text).toBe('This form could not be accepted.');
  expect(answer.text).toContain('reload the page');
});
