/**
 * What an application may do: the scopes a request asks for and a person allows (AZ-30 to AZ-32), the consent page
 * (LG-09), attempts to get round it (LG-10), and taking it back (RF-09).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf } from '../support/answers.js';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { exchange, introspect, profile, refresh, signInAt } from '../support/oauth.js';
import {
  allow,
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
let second: TestServer;
let alice: Browser;

beforeAll(async () => {
  server = await startTestServer();
  second = await startTestServer({ DATABASE_URL: server.databaseUrl });
  await createPerson(server, 'alice');
  await createPerson(server, 'bob');
  await createPerson(server, 'mallory');
  alice = await signIn(server, 'alice');
});
afterAll(async () => {
  await second.stop();
  await server.stop();
});

const consentForm = (page: Page) => page.html.querySelector('form[action$="/consent"]');
const offered = (page: Page) =>
  (consentForm(page)?.querySelectorAll('[name=scope]') ?? []).map((input) => input.getAttribute('value'));

async function tokensOf(page: Page, app: TestApplication) {
  const answer = await exchange(server, app, answerOf(page).code ?? '');
  expect(answer.status).toBe(200);
  return answer.body;
}

describe('the consent page (LG-09)', () => {
  test('names the application, its owner, the account, where it leads, and each scope in words', async () => {
    const owner = await createPerson(server, 'olga');
    const app = await createApp(server, { name: 'Tide <b>Tables</b>' }, owner.id);
    const page = await alice.open(authorizeUrl(app, { scope: 'openid read groups' }));
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toContain('no-store');
    const { text } = page.html;
    expect(page.html.querySelector('h1')?.text).toContain('Tide <b>Tables</b>');
    expect(page.html.querySelector('h1 b')).toBeNull();
    expect(text).toContain('olga');
    expect(text).toContain('alice');
    expect(text).toContain('c1.test');
    expect(text).toContain('Read your profile: username, name and email address');
    expect(text).toContain('See the groups you belong to');
    expect(text).not.toContain('Change data on your behalf');
    expect(offered(page)).toEqual(['openid', 'read', 'groups']);
  });

  test('offers to allow, to deny and to switch the account, each by a form with one button', async () => {
    const page = await alice.open(authorizeUrl(await createApp(server)));
    for (const action of ['consent', 'deny', 'switch']) {
      const form = page.html.querySelector(`form[action$="/${action}"]`);
      expect(form?.getAttribute('method')).toBe('post');
      expect(form?.querySelectorAll('button')).toHaveLength(1);
    }
    const [allowButton, denyButton] = ['consent', 'deny'].map((action) =>
      page.html.querySelector(`form[action$="/${action}"] button`)?.getAttribute('class'),
    );
    expect(denyButton).toBe(allowButton);
    // Chromium applies form-action to the redirect that follows as well.
    expect(page.headers.get('content-security-policy')).not.toContain('form-action');
  });

  test('denying leads back with access_denied and leaves nothing behind', async () => {
    const app = await createApp(server);
    const page = await alice.submit(await alice.open(authorizeUrl(app)), {}, '/deny');
    expect(answerOf(page)).toMatchObject({ error: 'access_denied', state: 'xyz' });
    expect(await server.database.knex('consents').where({ client_id: app.clientId })).toEqual([]);
    expect(await server.database.knex('grants').where({ client_id: app.clientId })).toEqual([]);
    expect(consentForm(await alice.open(authorizeUrl(app)))).not.toBeNull();
  });

  test('"Not you?" asks for another account and goes on with the same request', async () => {
    const app = await createApp(server);
    const browser = await signIn(server, 'bob');
    const login = await browser.submit(await browser.open(authorizeUrl(app, { scope: 'read' })), {}, '/switch');
    expect(login.html.querySelector('input[name=password]')).not.toBeNull();
    const consent = await browser.submit(login, { username: 'mallory', password: PASSWORD });
    expect(consent.html.text).toContain('mallory');
    const tokens = await tokensOf(await browser.submit(consent, {}, '/consent'), app);
    expect((await profile(server, tokens.access_token)).body.username).toBe('mallory');
  });
});

describe('what is asked for and what is given', () => {
  test('the scope of the answer is the one asked for, in its order', async () => {
    const app = await createApp(server);
    const tokens = await signInAt(server, alice, app, { scope: 'groups read' });
    expect(tokens.scope).toBe('groups read');
    expect((await introspect(server, app, tokens.access_token)).body.scope).toBe('groups read');
  });

  test('an unticked scope is not given (AZ-32)', async () => {
    const app = await createApp(server);
    const page = await alice.open(authorizeUrl(app, { scope: 'read write' }));
    const tokens = await tokensOf(await alice.submit(page, { scope: 'read' }, '/consent'), app);
    expect(tokens.scope).toBe('read');
    expect((await introspect(server, app, tokens.access_token)).body.scope).toBe('read');
    expect((await profile(server, tokens.access_token)).status).toBe(200);
    expect((await refresh(server, app, tokens.refresh_token)).body.scope).toBe('read');
  });

  test('a token without read does not open /profile', async () => {
    const app = await createApp(server);
    const page = await alice.open(authorizeUrl(app, { scope: 'read write' }));
    const tokens = await tokensOf(await alice.submit(page, { scope: 'write' }, '/consent'), app);
    const answer = await profile(server, tokens.access_token);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toMatch(/error="insufficient_scope", scope="read"/);
  });

  test('allowing none of them is a refusal', async () => {
    const app = await createApp(server);
    const page = await alice.open(authorizeUrl(app, { scope: 'read write' }));
    expect(answerOf(await alice.submit(page, { scope: [] }, '/consent'))).toMatchObject({ error: 'access_denied' });
  });

  test('offline_access without prompt=consent is dropped and hurts nothing', async () => {
    const app = await createApp(server);
    const tokens = await signInAt(server, alice, app, { scope: 'openid offline_access' });
    expect(tokens.scope).toBe('openid');
    expect(tokens.refresh_token).toBeDefined();
  });
});

describe('consent is remembered', () => {
  test('for the same scopes or fewer, and asked again for more', async () => {
    const app = await createApp(server);
    await getCode(alice, app, { scope: 'read write' });
    expect(answerOf(await alice.open(authorizeUrl(app, { scope: 'read write' })))).toHaveProperty('code');
    expect(answerOf(await alice.open(authorizeUrl(app, { scope: 'read' })))).toHaveProperty('code');
    const more = await alice.open(authorizeUrl(app, { scope: 'read groups' }));
    expect(consentForm(more)).not.toBeNull();
    await alice.submit(more, {}, '/consent');
    expect(answerOf(await alice.open(authorizeUrl(app, { scope: 'read write groups' })))).toHaveProperty('code');
  });

  test('so is what was unticked', async () => {
    const app = await createApp(server);
    const page = await alice.open(authorizeUrl(app, { scope: 'read write' }));
    await alice.submit(page, { scope: 'read' }, '/consent');
    const again = await alice.open(authorizeUrl(app, { scope: 'read write' }));
    expect((await tokensOf(again, app)).scope).toBe('read');
  });

  test('for this person only', async () => {
    const app = await createApp(server);
    await getCode(alice, app);
    const bob = await signIn(server, 'bob');
    expect(consentForm(await bob.open(authorizeUrl(app)))).not.toBeNull();
  });

  test('for this application only', async () => {
    await getCode(alice, await createApp(server));
    expect(consentForm(await alice.open(authorizeUrl(await createApp(server))))).not.toBeNull();
  });

  test('prompt=consent asks nevertheless, and the new decision counts', async () => {
    const app = await createApp(server);
    await getCode(alice, app, { scope: 'read write' });
    const page = await alice.open(authorizeUrl(app, { scope: 'read write', prompt: 'consent' }));
    expect(offered(page)).toEqual(['read', 'write']);
    const tokens = await tokensOf(await alice.submit(page, { scope: 'read' }, '/consent'), app);
    expect(tokens.scope).toBe('read');
    const later = await alice.open(authorizeUrl(app, { scope: 'read write' }));
    expect((await tokensOf(later, app)).scope).toBe('read');
  });
});

describe('an application that may skip consent', () => {
  test('is answered at once, with everything it asked for', async () => {
    const app = await createApp(server, { skipConsent: true });
    const page = await alice.open(authorizeUrl(app, { scope: 'read write' }));
    expect((await tokensOf(page, app)).scope).toBe('read write');
  });

  test('still needs a person who is signed in', async () => {
    const app = await createApp(server, { skipConsent: true });
    const page = await newBrowser(server.url).open(authorizeUrl(app));
    expect(page.html.querySelector('input[name=password]')).not.toBeNull();
  });

  test('may ask for the question, and its answer counts', async () => {
    const app = await createApp(server, { skipConsent: true });
    const page = await alice.open(authorizeUrl(app, { scope: 'read write', prompt: 'consent' }));
    const tokens = await tokensOf(await alice.submit(page, { scope: 'read' }, '/consent'), app);
    expect(tokens.scope).toBe('read');
  });
});

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
    expect((await post(alice, consentUrl(page), { csrf_token: csrf(page), scope: 'read', ...body })).status).toBe(400);
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
    const answer = await post(bob, consentUrl(hers), { csrf_token: csrf(his), allow: 'Authorize', scope: 'read' });
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
    const body = new URLSearchParams({ csrf_token: his.html.querySelector('input[name=csrf_token]')?.getAttribute('value') ?? '' });
    expect((await bob.request(`/o/authorized_tokens/${app.id}/delete`, { method: 'POST', body })).status).toBe(404);
    expect((await profile(server, hers.access_token)).status).toBe(200);
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
