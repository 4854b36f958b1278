/** The Connect pages themselves; what they show is run by the other tests of this folder. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApplicationSettings } from '../../../src/applications/application.js';
import { stacks } from '../../../src/applications/connect/stacks/index.js';
import { eventsOf } from '../../audit/events-of.js';
import type { Browser } from '../../support/browser.js';
import { createApp, createPerson, signIn } from '../../support/people.js';
import { postTo } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { redirectUriOn, snippetOn } from './snippets.js';

let server: TestServer;
let developer: Browser;
let ownerId: number;

beforeAll(async () => {
  server = await startTestServer();
  ownerId = (await createPerson(server, 'ada')).id;
  await createPerson(server, 'mallory');
  developer = await signIn(server, 'ada');
});
afterAll(() => server.stop());

async function register(settings: Partial<ApplicationSettings> = {}) {
  const app = await createApp(server, settings, ownerId);
  return { ...app, path: `/applications/${app.id}/connect` };
}

const KINDS: [string, Partial<ApplicationSettings>][] = [
  ['a confidential client', {}],
  ['a public client', { clientType: 'public', pkce: 'required', idTokenAlg: 'ES256' }],
  ['a service', { grantTypes: ['client_credentials'], redirectUris: [] }],
  ['a client of few scopes', { scopes: ['write'] }],
];

describe.each(KINDS)('for %s', (_, settings) => {
  test('every stack is shown: filled in, or with the reason why it is not for this application', async () => {
    const app = await register(settings);
    const list = await developer.open(app.path);
    for (const stack of stacks) {
      expect(list.html.querySelector(`a[href="${app.path}/${stack.name}"]`)?.text).toBe(stack.title);
      const page = await developer.open(`${app.path}/${stack.name}`);
      expect([stack.name, page.status]).toEqual([stack.name, 200]);
      const obstacle = page.html.querySelector('.notice-warning')?.text;
      const texts = page.html.querySelectorAll('pre[data-file]').map((block) => block.text);
      expect(texts.join()).not.toMatch(/['"/=]undefined|\[object|NaN/);
      if (obstacle) expect(list.text).toContain('Not as it is');
      else expect([stack.name, texts.join()]).toEqual([stack.name, expect.stringContaining(app.clientId)]);
    }
  });
});

describe('the site', () => {
  test('is what the addresses are made of, wherever it is', async () => {
    const app = await register();
    for (const site of [
      'https://app.example.com',
      'http://localhost:4000',
      'http://[::1]:4000',
      'https://bücher.test/',
    ]) {
      const page = await developer.open(`${app.path}/passport?site=${encodeURIComponent(site)}`);
      const redirectUri = `${new URL(site).origin}/auth/latchkey/callback`;
      expect([page.status, redirectUriOn(page)]).toEqual([200, redirectUri]);
      expect(snippetOn(page, 'server.mjs')).toContain(`callbackURL: '${redirectUri}'`);
    }
  });

  // A link to one's own page must not be able to bring code along: new URL() takes quotes and brackets in a host.
  test.each([
    ["http://x');require('child_process').exec('id"],
    ['http://x"}],evil:[{"a":"b'],
    ['http://x`$(id)`'],
    ['http://localhost:3000/path'],
    ['http://user@localhost'],
    ['javascript:alert(1)'],
    ['app.example.com:3000'],
  ])('is refused when it is %s, and nothing of it is in what is pasted', async (site) => {
    const app = await register();
    for (const { name } of stacks.filter(({ usualSite }) => usualSite)) {
      const page = await developer.open(`${app.path}/${name}?site=${encodeURIComponent(site)}`);
      expect(page.status).toBe(422);
      expect(page.html.querySelector('#site-error')?.text).toContain('without a path');
      const pasted = page.html
        .querySelectorAll('pre[data-file], [data-redirect-uri]')
        .map(({ text }) => text);
      for (const text of pasted) expect(text).not.toContain(site);
      expect(pasted.join()).not.toMatch(/exec\('id|evil|\$\(id\)|user@/);
    }
  });
});

describe('the redirect URI', () => {
  test('is registered by its button, once, and the trail says who did it', async () => {
    const app = await register();
    const page = await developer.open(`${app.path}/oauth2-proxy`);
    const events = await eventsOf(server, async () => {
      const after = await developer.submit(page, {}, '/callback');
      expect(after.text).toContain('It is registered.');
      expect(after.html.querySelector('form[action$="/callback"]')).toBeNull();
    });
    expect(events).toMatchObject([{ event: 'application.changed', account_id: ownerId }]);
    const [row] = await server.database.knex('applications').where({ id: app.id });
    expect(row.redirect_uris).toEqual([...app.redirectUris, 'http://localhost:4180/oauth2/callback']);
  });

  test('that may not be registered is refused with the reason', async () => {
    const app = await register();
    const page = await developer.open(`${app.path}/passport?site=http://public.example.com`);
    const refused = await developer.submit(page, {}, '/callback');
    expect(refused.status).toBe(422);
    expect(refused.html.querySelector('#site-error')?.text).toContain('must use https:');
    const [row] = await server.database.knex('applications').where({ id: app.id });
    expect(row.redirect_uris).toEqual(app.redirectUris);
  });
});

test("another person's application, an unknown stack and an unknown file are not found", async () => {
  const app = await register();
  const mallory = await signIn(server, 'mallory');
  for (const path of ['', '/curl', '/postman/files/latchkey.postman_environment.json'])
    expect([path, (await mallory.open(app.path + path)).status]).toEqual([path, 404]);
  expect((await postTo(mallory, `${app.path}/passport/callback`)).status).toBe(404);
  for (const path of ['/nothing', '/postman/files/other.json', '/passport/files/server.mjs'])
    expect([path, (await developer.open(app.path + path)).status]).toEqual([path, 404]);
});
