/** What was allowed is listed, and can be taken back (RF-09). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { showDate } from '../../src/languages/show-date.js';
import { answerOf } from '../support/answers.js';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { exchange, introspect, profile, refresh, signInAt } from '../support/oauth.js';
import { allow, authorizeUrl, createApp, createPerson, getCode, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let second: TestServer;
let alice: Browser;

beforeAll(async () => {
  server = await startTestServer();
  second = await startTestServer({ DATABASE_URL: server.databaseUrl });
  await createPerson(server, 'alice');
  await createPerson(server, 'bob');
  alice = await signIn(server, 'alice');
});
afterEach(backToPresent);
afterAll(async () => {
  await second.stop();
  await server.stop();
});

const consentForm = (page: Page) => page.html.querySelector('form[action$="/consent"]');

describe('/o/authorized_tokens', () => {
  test('lists what was allowed, and takes it back at once on every node (RF-09)', async () => {
    const app = await createApp(server, { name: 'Tide Tables' });
    const browser = await signIn(server, 'bob');
    const tokens = await signInAt(server, browser, app, { scope: 'read groups' });
    const list = await browser.open('/o/authorized_tokens');
    expect(list.html.text).toContain('Tide Tables');
    expect(list.html.text).toContain('See the groups you belong to');

    const confirm = await browser.open(`/o/authorized_tokens/${app.id}/delete`);
    expect((await profile(server, tokens.access_token)).status).toBe(200);
    const after = await browser.submit(confirm, {}, '/delete');
    expect(after.html.text).not.toContain('Tide Tables');
    for (const node of [server, second]) {
      expect((await profile(node, tokens.access_token)).status).toBe(401);
      expect((await introspect(node, app, tokens.access_token)).body).toEqual({ active: false });
      expect((await refresh(node, app, tokens.refresh_token)).body.error).toBe('invalid_grant');
    }
    expect(consentForm(await browser.open(authorizeUrl(app, { scope: 'read groups' })))).not.toBeNull();
  });

  test('a code that was not exchanged yet is taken back too', async () => {
    const app = await createApp(server);
    const browser = await signIn(server, 'bob');
    const code = await getCode(browser, app);
    await browser.submit(await browser.open(`/o/authorized_tokens/${app.id}/delete`), {}, '/delete');
    const answer = await exchange(server, app, code);
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant']);
  });

  test('shows and takes back only what is one’s own', async () => {
    const app = await createApp(server, { name: 'Hers alone' });
    const hers = await signInAt(server, alice, app);
    const bob = await signIn(server, 'bob');
    expect((await bob.open('/o/authorized_tokens')).text).not.toContain('Hers alone');
    expect((await bob.open(`/o/authorized_tokens/${app.id}/delete`)).status).toBe(404);
    const his = await bob.open('/account/password');
    const body = new URLSearchParams({
      csrf_token: his.html.querySelector('input[name=csrf_token]')?.getAttribute('value') ?? '',
    });
    expect(
      (await bob.request(`/o/authorized_tokens/${app.id}/delete`, { method: 'POST', body })).status,
    ).toBe(404);
    expect((await profile(server, hers.access_token)).status).toBe(200);
  });

  test('says what each may do, also where nothing was asked, how often it signed in, and when it last did', async () => {
    const app = await createApp(server, { name: 'Without a question', skipConsent: true });
    const browser = await signIn(server, 'bob');
    await signInAt(server, browser, app, { scope: 'read' });
    travel(3 * 60 * 60);
    await signInAt(server, browser, app, { scope: 'groups' });
    const last = showDate(new Date(), 'en');
    const list = await browser.open('/o/authorized_tokens');
    const card = list.html.querySelectorAll('.card').find(({ text }) => text.includes('Without a question'))!;
    expect(card.querySelectorAll('li').map(({ text }) => text)).toEqual([
      'Read your profile: username, name and email address',
      'See the groups you belong to',
    ]);
    expect(card.text).toContain('Signed in 2 times');
    expect(card.text).toContain(`Last signed in ${last}`);
  });

  test('asks a stranger to sign in', async () => {
    const page = await newBrowser(server.url).request('/o/authorized_tokens/');
    expect(page.status).toBe(303);
    expect(page.location).toContain('/login?next=');
  });

  test('leaves the tokens of others alone', async () => {
    const app = await createApp(server);
    const hers = await signInAt(server, alice, app);
    const bob = await signIn(server, 'bob');
    await signInAt(server, bob, app);
    await bob.submit(await bob.open(`/o/authorized_tokens/${app.id}/delete`), {}, '/delete');
    expect((await profile(server, hers.access_token)).status).toBe(200);
    expect(answerOf(await allow(alice, app))).toHaveProperty('code');
  });
});
