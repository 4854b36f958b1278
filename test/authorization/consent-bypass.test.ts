/** Nobody's account is opened without their consent, and to no more than they saw (LG-10). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf } from '../support/answers.js';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { authorizeUrl, createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let alice: Browser;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  await createPerson(server, 'bob');
  alice = await signIn(server, 'alice');
});
afterAll(() => server.stop());

const consentForm = (page: Page) => page.html.querySelector('form[action$="/consent"]');

describe('there is no way round the consent page (LG-10)', () => {
  const csrf = (page: Page) => page.html.querySelector('input[name=csrf_token]')?.getAttribute('value') ?? '';
  const post = (browser: Browser, url: string, body: Record<string, string> | [string, string][]) =>
    browser.request(url, { method: 'POST', body: new URLSearchParams(body) });
  const consentUrl = (page: Page) => consentForm(page)?.getAttribute('action') ?? '';
  const isUntouched = async (app: TestApplication) => {
    expect(await server.database.knex('consents').where({ client_id: app.clientId })).toEqual([]);
    expect(await server.database.knex('authorization_codes').where({ client_id: app.clientId })).toEqual([]);
  };

  test('a scope that was not asked for cannot be added', async () => {
    const app = await createApp(server);
    const page = await alice.open(authorizeUrl(app, { scope: 'read' }));
    const body: [string, string][] = [
      ['csrf_token', csrf(page)],
      ['allow', 'Authorize'],
      ['scope', 'read'],
      ['scope', 'write'],
    ];
    expect((await post(alice, consentUrl(page), body)).status).toBe(400);
    await isUntouched(app);
    expect(answerOf(await alice.submit(page, {}, '/consent'))).toHaveProperty('code');
  });

  test.each<[string, Record<string, string>]>([
    ['an empty form', {}],
    ['an empty decision', { allow: '' }],
    ['False', { allow: 'False' }],
  ])('%s allows nothing', async (_what, body) => {
    const app = await createApp(server);
    const page = await alice.open(authorizeUrl(app));
    expect(
      (await post(alice, consentUrl(page), { csrf_token: csrf(page), scope: 'read', ...body })).status,
    ).toBe(400);
    await isUntouched(app);
  });

  test('nor does a form without our token, or from another site', async () => {
    const app = await createApp(server);
    const page = await alice.open(authorizeUrl(app));
    const body = { allow: 'Authorize', scope: 'read' };
    expect((await post(alice, consentUrl(page), body)).status).toBe(403);
    const foreign = await alice.request(consentUrl(page), {
      method: 'POST',
      body: new URLSearchParams({ ...body, csrf_token: csrf(page) }),
      headers: { origin: 'https://evil.test' },
    });
    expect(foreign.status).toBe(403);
    await isUntouched(app);
  });

  test('nor the form of another person', async () => {
    const app = await createApp(server);
    const hers = await alice.open(authorizeUrl(app));
    const bob = await signIn(server, 'bob');
    const his = await bob.open(authorizeUrl(await createApp(server)));
    const answer = await post(bob, consentUrl(hers), {
      csrf_token: csrf(his),
      allow: 'Authorize',
      scope: 'read',
    });
    expect([400, 403]).toContain(answer.status);
    await isUntouched(app);
  });

  test('nor before anybody has signed in', async () => {
    const app = await createApp(server);
    const browser = newBrowser(server.url);
    const login = await browser.open(authorizeUrl(app));
    const action = login.html.querySelector('form[action$="/login"]')?.getAttribute('action') ?? '';
    const url = action.replace(/login$/, 'consent');
    const answer = await post(browser, url, { csrf_token: csrf(login), allow: 'Authorize', scope: 'read' });
    expect(answer.status).toBe(400);
    await isUntouched(app);
  });

  test('nor after signing out in the meantime', async () => {
    const app = await createApp(server);
    const bob = await signIn(server, 'bob');
    const page = await bob.open(authorizeUrl(app));
    await bob.submit(await bob.open('/logout'), {}, '/logout');
    expect((await bob.submit(page, {}, '/consent')).status).toBe(400);
    await isUntouched(app);
  });

  test('sending it twice gives one code', async () => {
    const app = await createApp(server);
    const page = await alice.open(authorizeUrl(app));
    expect(answerOf(await alice.submit(page, {}, '/consent'))).toHaveProperty('code');
    const second = await alice.submit(page, {}, '/consent');
    expect(second.status).toBe(400);
    expect(second.html.text).toContain('finished already');
    const codes = await server.database.knex('authorization_codes').where({ client_id: app.clientId });
    expect(codes).toHaveLength(1);
  });
});
