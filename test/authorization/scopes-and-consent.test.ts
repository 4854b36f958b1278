/** What an application may do: the consent page (LG-09), what a person allows on it (AZ-32), and that it is remembered. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf } from '../support/answers.js';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { exchange, introspect, profile, refresh, signInAt } from '../support/oauth.js';
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
let alice: Browser;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  await createPerson(server, 'bob');
  await createPerson(server, 'mallory');
  alice = await signIn(server, 'alice');
});
afterAll(() => server.stop());

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
    const login = await browser.submit(
      await browser.open(authorizeUrl(app, { scope: 'read' })),
      {},
      '/switch',
    );
    expect(login.html.querySelector('input[name=password]')).not.toBeNull();
    const wrong = await browser.submit(login, { username: 'alice', password: PASSWORD });
    expect(wrong.html.text).toContain('alice');
    const again = await browser.submit(wrong, {}, '/switch');
    const consent = await browser.submit(again, { username: 'mallory', password: PASSWORD });
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
    expect(answerOf(await alice.submit(page, { scope: [] }, '/consent'))).toMatchObject({
      error: 'access_denied',
    });
    expect(consentForm(await alice.open(authorizeUrl(app, { scope: 'read write' })))).not.toBeNull();
  });

  test('a scope that was refused before is asked for again when nothing else is asked for', async () => {
    const app = await createApp(server);
    const page = await alice.open(authorizeUrl(app, { scope: 'read write' }));
    await alice.submit(page, { scope: 'read' }, '/consent');
    expect(offered(await alice.open(authorizeUrl(app, { scope: 'write' })))).toEqual(['write']);
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
    expect(answerOf(await alice.open(authorizeUrl(app, { scope: 'read write groups' })))).toHaveProperty(
      'code',
    );
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
