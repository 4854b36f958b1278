/** The Connect pages themselves; what they show is run by the other tests of this folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApplicationSettings } from '../../../src/applications/application.js';
import { stacks } from '../../../src/applications/connect/stacks/index.js';
import { projectFolder } from '../../../src/project-folder.js';
import { eventsOf } from '../../audit/events-of.js';
import type { Browser } from '../../support/browser.js';
import { createApp, createPerson, signIn } from '../../support/people.js';
import { postTo } from '../../support/portal.js';
import { findFreePort } from '../../support/program.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { snapshot } from '../../support/snapshot.js';
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

test('what is to be installed is what the snippets are run with', async () => {
  const { path } = await register({ tokenFormat: 'jwt' });
  const manifest = join(projectFolder('test'), 'applications', 'connect', 'node', 'package.json');
  const { dependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as { dependencies: object };
  let installed = 0;
  for (const { name } of stacks.filter(({ family }) => ['JavaScript', 'Tools'].includes(family))) {
    const page = await developer.open(`${path}/${name}`);
    const commands = page.html.querySelector('pre[data-file="a terminal"]')?.text ?? '';
    const packages = [...commands.matchAll(/npm install (?:--save-dev )?(.+)/g)].flatMap(([, list]) =>
      list!.split(' ').map((each) => each.replace(/(.)@.*/, '$1')),
    );
    for (const each of packages) expect([name, each, each in dependencies]).toEqual([name, each, true]);
    installed += packages.length;
  }
  expect(installed).toBeGreaterThan(15);
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

describe('an application that cannot be used as it is', () => {
  const CODE: ApplicationSettings['grantTypes'] = ['authorization_code'];
  test.each<[string, string, Partial<ApplicationSettings>, RegExp | undefined]>([
    ['a Django site', 'django-allauth', { pkce: 'required' }, undefined],
    ['a Django site', 'django-allauth', { clientType: 'public', pkce: 'required' }, /needs a client secret/],
    ['a Django site', 'django-allauth', { grantTypes: ['client_credentials'] }, /lacks the grant/],
    ['a Django site', 'django-allauth', { scopes: ['openid', 'groups'] }, /may not ask for the scope read/],
    ['one by OpenID Connect', 'django-allauth-openid-connect', { scopes: ['read'] }, /the scope openid/],
    ['one that sends no verifier', 'dj-rest-auth', { pkce: 'required' }, /requires PKCE/],
    ['an API that asks', 'drf-introspection', { grantTypes: CODE }, /its own tokens only/],
    ['an API that asks', 'drf-introspection', { introspectAny: true }, undefined],
    ['an API that looks for itself', 'drf-jwks', {}, /opaque/],
    ['an API that looks for itself', 'drf-jwks', { tokenFormat: 'jwt' }, undefined],
  ])('for %s (%s, %j) is told why, in the list and on the page', async (_, stack, settings, reason) => {
    const app = await register(settings);
    const page = await developer.open(`${app.path}/${stack}`);
    const list = await developer.open(app.path);
    const entry = list.html.querySelector(`a[href="${app.path}/${stack}"]`)?.parentNode?.text ?? '';
    const notice = page.html.querySelector('.notice-warning');
    if (reason) {
      expect([notice?.text, entry]).toEqual([expect.stringMatching(reason), expect.stringMatching(reason)]);
      expect(notice?.querySelector('a')?.getAttribute('href')).toBe(`/applications/${app.id}/update`);
    } else {
      expect([notice, entry]).toEqual([null, expect.not.stringContaining('Not as it is')]);
    }
  });
});

test('the button changes nothing for a stranger, or without the token of its form', async () => {
  const app = await register();
  const path = `${app.path}/django-allauth/callback`;
  const mallory = await signIn(server, 'mallory');
  const before = await snapshot(server);
  expect((await postTo(mallory, path, { site: 'http://localhost:8001' })).status).toBe(404);
  for (const token of ['', '&csrf_token=forged']) {
    const body = new URLSearchParams(`site=http://localhost:8001${token}`);
    const sent = { method: 'POST', body };
    expect((await developer.request(path, sent)).status).toBe(403);
  }
  expect((await postTo(developer, `${app.path}/curl/callback`)).status).toBe(404);
  expect(await snapshot(server)).toEqual(before);
});

test('an issuer that ends in /o is written whole where the protocol asks for it, and without it where a path follows', async () => {
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  const other = await startTestServer({
    DATABASE_URL: server.databaseUrl,
    PORT: String(port),
    ISSUER: `${origin}/o`,
  });
  try {
    const app = await register({ tokenFormat: 'jwt' });
    const ada = await signIn(other, 'ada');
    const settingsOf = async (stack: string) =>
      snippetOn(await ada.open(`${app.path}/${stack}`), 'settings.py');
    expect(await settingsOf('django-allauth')).toContain(`LATCHKEY_URL = "${origin}"\n`);
    expect(await settingsOf('django-allauth-openid-connect')).toContain(`{"server_url": "${origin}/o"}`);
    expect(await settingsOf('drf-jwks')).toContain(`ISSUER = "${origin}/o"\n`);
  } finally {
    await other.stop();
  }
});
