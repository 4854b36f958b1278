import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findApplicationByClientId } from '../../src/applications/find-application.js';
import type { Browser, Fields, Page } from '../support/browser.js';
import { post } from '../support/oauth.js';
import { createPerson, signIn } from '../support/people.js';
import { credentialsOn, pathOn, register } from '../support/portal.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let browser: Browser;
let ownerId: number;

beforeAll(async () => {
  server = await startTestServer();
  ({ id: ownerId } = await createPerson(server, 'mallory'));
  browser = await signIn(server, 'mallory');
});

afterAll(() => server.stop());

async function registered(fields: Fields = {}) {
  const page = await register(browser, fields);
  expect([page.status, page.html.querySelector('h1')?.text]).toEqual([200, 'Your application is registered']);
  const { clientId, secret } = credentialsOn(page);
  return {
    page,
    secret,
    clientId,
    stored: (await findApplicationByClientId(server.database.knex, clientId))!,
  };
}

test('an application is registered in one form, and its id and secret work at once', async () => {
  const { clientId, secret } = await registered({ grant_types: ['client_credentials'], redirect_uris: '' });
  expect(clientId).toMatch(/^[A-Za-z0-9]{40}$/);
  expect(secret).toMatch(/^[A-Za-z0-9]{128}$/);
  const answer = await post(server, '/o/token', {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secret!,
  });
  expect([answer.status, answer.body.scope]).toEqual([200, 'read write groups']);
});

test('every setting of the form is stored and shown, and the form comes back with it', async () => {
  const fields = {
    name: 'Everything & <more>',
    kind: 'native',
    description: 'For the <staff>.',
    contacts: 'dev@c1.test\r\nops@c1.test',
    client_type: 'public',
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    redirect_uris: 'https://c1.test/cb\r\ncom.example.app:/cb',
    post_logout_redirect_uris: 'https://c1.test/bye',
    scopes: ['read', 'openid'],
    default_scopes: ['read'],
    consent: 'always',
    pkce: 'optional',
    redirect_match: 'extra-query',
    access_token_lifetime: '600',
    refresh_token_lifetime: '7200',
    refresh_grace_period: '0',
    id_token_alg: 'ES256',
    token_format: 'jwt',
    cors_origins: 'https://spa.c1.test',
  };
  const { stored, page, secret } = await registered(fields);
  expect(secret).toBeUndefined();
  expect(stored).toMatchObject({
    name: fields.name,
    ownerId,
    kind: 'native',
    description: fields.description,
    contacts: ['dev@c1.test', 'ops@c1.test'],
    clientType: 'public',
    grantTypes: fields.grant_types,
    redirectUris: ['https://c1.test/cb', 'com.example.app:/cb'],
    postLogoutRedirectUris: ['https://c1.test/bye'],
    scopes: ['read', 'openid'],
    defaultScopes: ['read'],
    corsOrigins: ['https://spa.c1.test'],
    pkce: 'optional',
    redirectMatch: 'extra-query',
    accessTokenLifetime: 600,
    refreshTokenLifetime: 7200,
    refreshGracePeriod: 0,
    idTokenAlg: 'ES256',
    tokenFormat: 'jwt',
    consent: 'always',
    introspectAny: false,
  });

  const path = pathOn(page);
  const shown = (await browser.open(path)).html;
  for (const text of [
    fields.name,
    'com.example.app:/cb',
    'read openid',
    '600 seconds',
    'JWT (RFC 9068), signed with ES256',
  ]) {
    expect(shown.text).toContain(text);
  }
  await browser.submit(await browser.open(`${path}/update`), {}, '/update');
  expect({
    ...(await findApplicationByClientId(server.database.knex, stored.clientId)),
    updatedAt: 0,
  }).toEqual({ ...stored, updatedAt: 0 });
});

test('a public application needs PKCE and a confidential one need not, unless said otherwise', async () => {
  expect((await registered({ client_type: 'public' })).stored.pkce).toBe('required');
  expect((await registered({})).stored.pkce).toBe('optional');
  expect((await registered({ pkce: 'required' })).stored.pkce).toBe('required');
});

const errorOf = (page: Page, field: string) => page.html.querySelector(`#${field}-error`)?.text ?? '';

describe('a form that is refused registers nothing, keeps what was typed and says why beside the field (DP-03)', () => {
  test.each<[string, Fields, string, string]>([
    ['no name', { name: ' ' }, 'name', 'Give the application a name.'],
    ['a name of 151 characters', { name: 'a'.repeat(151) }, 'name', 'at most 150'],
    ['a name that turns the direction of the text', { name: 'evil\u202etxt' }, 'name', 'visible characters'],
    // Two applications with the same name to the eye: one of them asks for the trust in the other.
    ['a name with a zero-width space', { name: 'My\u200bBank' }, 'name', 'visible characters'],
    ['a name with a right-to-left mark', { name: 'MyBank\u200f' }, 'name', 'visible characters'],
    ['a name of nothing but a Hangul filler', { name: '\u3164' }, 'name', 'visible characters'],
    ['a name of nothing but an empty braille cell', { name: '\u2800' }, 'name', 'visible characters'],
    ['a name with invisible tag characters', { name: 'MyBank\u{e0041}' }, 'name', 'visible characters'],
    ['an unknown client type', { client_type: 'secret' }, 'client_type', 'confidential or public'],
    ['no kind and no client type', { kind: [], client_type: [] }, 'client_type', 'Choose a kind or'],
    ['no kind and no grant', { kind: [], grant_types: [] }, 'grant_types', 'at least one grant'],
    ['an unknown kind', { kind: 'robot' }, 'kind', 'Choose web, spa, native, service or device.'],
    ['a refresh token from nowhere', { grant_types: ['refresh_token'] }, 'grant_types', 'at least one grant'],
    ['an unknown grant', { grant_types: ['implicit'] }, 'grant_types', '"implicit" is no grant'],
    [
      'client credentials of a public client',
      { client_type: 'public', grant_types: ['client_credentials'] },
      'grant_types',
      'confidential clients only',
    ],
    ['no redirect URI', { redirect_uris: '' }, 'redirect_uris', 'at least one redirect URI'],
    ['a javascript: URI', { redirect_uris: 'javascript:alert(1)' }, 'redirect_uris', 'javascript:'],
    ['a data: URI', { redirect_uris: 'data:text/html,x' }, 'redirect_uris', 'data:'],
    ['a vbscript: URI', { redirect_uris: 'vbscript:x' }, 'redirect_uris', 'vbscript:'],
    ['a file: URI', { redirect_uris: 'file:///etc/passwd' }, 'redirect_uris', 'file:'],
    ['a blob: URI', { redirect_uris: 'blob:https://x/1' }, 'redirect_uris', 'blob:'],
    ['an about: URI', { redirect_uris: 'about:blank' }, 'redirect_uris', 'about:'],
    ['http on a public host', { redirect_uris: 'http://example.com' }, 'redirect_uris', 'must use https'],
    ['a wildcard', { redirect_uris: 'https://*.x.test' }, 'redirect_uris', 'wildcard'],
    ['a fragment', { redirect_uris: 'https://x/#f' }, 'redirect_uris', 'fragment'],
    ['a password', { redirect_uris: 'https://u:p@x/' }, 'redirect_uris', 'user name or password'],
    ['a relative URI', { redirect_uris: '/relative' }, 'redirect_uris', 'absolute'],
    ['an encoded NUL', { redirect_uris: 'https://c1.test/\0' }, 'redirect_uris', 'percent-encode'],
    [
      'a URI of 3 KB',
      { redirect_uris: `https://c1.test/${'a'.repeat(3000)}` },
      'redirect_uris',
      'longer than 2000',
    ],
    [
      '200 URIs',
      { redirect_uris: Array.from({ length: 200 }, (_, index) => `https://c1.test/${index}`).join('\n') },
      'redirect_uris',
      'at most 100',
    ],
    [
      'a bad post-logout URI',
      { post_logout_redirect_uris: 'javascript:alert(1)' },
      'post_logout_redirect_uris',
      'javascript:',
    ],
    ['an unknown scope', { scopes: ['read', 'admin'] }, 'scopes', 'no scope "admin"'],
    ['a lifetime of nothing', { access_token_lifetime: '0' }, 'access_token_lifetime', 'from 1 to'],
    ['a lifetime in words', { access_token_lifetime: 'forever' }, 'access_token_lifetime', 'whole number'],
    [
      'a lifetime of 32 years (DP-07)',
      { access_token_lifetime: '1000000000' },
      'access_token_lifetime',
      'whole number',
    ],
    ['1e9 seconds (DP-07)', { access_token_lifetime: '1e9' }, 'access_token_lifetime', 'whole number'],
    ['an origin with a path', { cors_origins: 'https://c1.test/path' }, 'cors_origins', 'not an origin'],
    ['every origin', { cors_origins: '*' }, 'cors_origins', 'not an origin'],
    ['an unknown token format', { token_format: 'paseto' }, 'token_format', 'opaque or jwt'],
    ['an algorithm of none', { id_token_alg: 'none' }, 'id_token_alg', 'RS256 or ES256'],
    ['an unknown default scope', { default_scopes: ['admin'] }, 'default_scopes', 'no scope "admin"'],
    [
      'a default scope that is not allowed',
      { scopes: ['read'], default_scopes: ['read', 'write'] },
      'default_scopes',
      'may not ask for write',
    ],
    ['a contact that is no address', { contacts: 'dev@c1.test\nnobody' }, 'contacts', '"nobody" is not'],
    [
      'a contact with a header',
      { contacts: 'a@c1.test%0aBcc:b@c1.test' },
      'contacts',
      'not an email address',
    ],
    [
      'eleven contacts',
      { contacts: Array.from({ length: 11 }, (_, index) => `dev${index}@c1.test`).join('\n') },
      'contacts',
      'at most 10',
    ],
    ['a description of 1001 characters', { description: 'a'.repeat(1001) }, 'description', 'at most 1000'],
    ['a rule of consent that there is not', { consent: 'never' }, 'consent', 'once, always or skip'],
    ['PKCE of some other kind', { pkce: 'plain' }, 'pkce', 'required or optional'],
  ])('%s', async (_, fields, field, reason) => {
    const before = await snapshot(server);
    const page = await register(browser, { name: 'Kept name', ...fields });
    expect(page.status).toBe(422);
    expect(errorOf(page, field)).toContain(reason);
    if (!('name' in fields))
      expect(page.html.querySelector('#name')?.getAttribute('value')).toBe('Kept name');
    if (!('redirect_uris' in fields))
      expect(page.html.querySelector('#redirect_uris')?.text.trim()).toBe('https://c1.test/cb');
    expect(page.html.querySelector(`#${field}-error`)?.closest('details:not([open])') ?? null).toBeNull();
    expect(await snapshot(server)).toEqual(before);
  });

  test('of several URIs each bad one has its line', async () => {
    const uris = ['https://c1.test/ok', 'javascript:alert(1)', '/relative', 'https://c1.test/#f'];
    const page = await register(browser, { redirect_uris: uris.join('\n') });
    const lines = errorOf(page, 'redirect_uris').split('\n');
    expect(lines).toHaveLength(3);
    for (const [index, uri] of uris.slice(1).entries()) expect(lines[index]).toContain(uri);
    expect(page.html.querySelector('#redirect_uris')?.text.trim().split('\n')).toEqual(uris);
  });
});

test('a line break inside a URI makes two URIs, of which each is looked at', async () => {
  const page = await register(browser, { redirect_uris: 'https://c1.test/cb\r\nSet-Cookie: a=b' });
  expect(errorOf(page, 'redirect_uris')).toContain('"Set-Cookie:"');
});

test('what only an administrator or the server decides is ignored when it is sent along (DP-07)', async () => {
  const extra = {
    id: '1',
    owner_id: '9999',
    owner: 'root',
    client_id: 'chosen-by-me',
    client_secret: 'chosen-by-me',
    trusted: 'true',
    skip_consent: 'on',
    introspect_any: 'on',
    disabled_at: '2026-01-01',
    created_at: '2000-01-01',
    application_type: 'native',
    hash: 'x',
  };
  const { stored, secret, page } = await registered(extra);
  expect(stored).toMatchObject({ ownerId, consent: 'once', introspectAny: false, disabledAt: null });
  expect(stored.clientId).not.toBe(extra.client_id);
  expect(secret).not.toBe(extra.client_secret);
  await browser.submit(
    await browser.open(`${pathOn(page)}/update`),
    { ...extra, name: 'Renamed' },
    '/update',
  );
  const after = await findApplicationByClientId(server.database.knex, stored.clientId);
  expect(after).toEqual({ ...stored, name: 'Renamed', updatedAt: after!.updatedAt });
});

test('a superuser may let an application skip consent and introspect every token', async () => {
  await createPerson(server, 'root', { isSuperuser: true });
  const root = await signIn(server, 'root');
  const { clientId } = credentialsOn(await register(root, { skip_consent: 'on', introspect_any: 'on' }));
  const stored = await findApplicationByClientId(server.database.knex, clientId);
  expect(stored).toMatchObject({ consent: 'skip', introspectAny: true });
});

test('an application without redirect URIs adopts none from a request (DP-06)', async () => {
  const { stored } = await registered({ grant_types: ['client_credentials'], redirect_uris: '' });
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: stored.clientId,
    redirect_uri: 'https://evil.test/cb',
  });
  const page = await browser.open(`/o/authorize?${query}`);
  expect([page.status >= 400, page.location]).toEqual([true, undefined]);
  expect(page.text).not.toContain('evil.test');
  expect((await findApplicationByClientId(server.database.knex, stored.clientId))?.redirectUris).toEqual([]);
});

test('a name is text on every page it is shown on, never markup (LG-06)', async () => {
  const name = '"><img src=x onerror=alert(1)></script>{{7*7}}';
  const { page, stored } = await registered({ name });
  const consent = `/o/authorize?response_type=code&client_id=${stored.clientId}&redirect_uri=https%3A%2F%2Fc1.test%2Fcb`;
  for (const path of [
    '/applications',
    pathOn(page),
    `${pathOn(page)}/update`,
    `${pathOn(page)}/delete`,
    consent,
  ]) {
    const shown = await browser.open(path);
    expect([path, shown.html.querySelectorAll('img, script:not([src^="/assets/"])').length]).toEqual([
      path,
      0,
    ]);
    expect(shown.text).toContain('&lt;img src=x onerror=alert(1)&gt;');
  }
});
