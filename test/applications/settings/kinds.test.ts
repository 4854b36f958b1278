/** A name, a kind and a redirect URI make an application with the settings that are usual for the kind. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Application } from '../../../src/applications/application.js';
import { findApplicationByClientId } from '../../../src/applications/find-application.js';
import type { Browser, Fields, Page } from '../../support/browser.js';
import { post } from '../../support/oauth.js';
import { createApp, createPerson, signIn } from '../../support/people.js';
import { credentialsOn, pathOn, postTo } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

let server: TestServer;
let browser: Browser;
let ownerId: number;

beforeAll(async () => {
  server = await startTestServer();
  ({ id: ownerId } = await createPerson(server, 'ada'));
  browser = await signIn(server, 'ada');
});

afterAll(() => server.stop());

const storedOf = async (clientId: string): Promise<Application> =>
  (await findApplicationByClientId(server.database.knex, clientId))!;

/** The form as it comes, with these fields filled in. */
async function register(fields: Fields): Promise<{ page: Page; stored: Application }> {
  const form = await browser.open('/applications/register');
  const page = await browser.submit(form, { name: 'My app', ...fields }, '/register');
  expect([page.status, page.html.querySelector('.field-error')?.text]).toEqual([200, undefined]);
  return { page, stored: await storedOf(credentialsOn(page).clientId) };
}

const USUAL = {
  web: {
    clientType: 'confidential',
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUris: ['https://c1.test/cb'],
    pkce: 'optional',
  },
  spa: {
    clientType: 'public',
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUris: ['https://c1.test/cb'],
    pkce: 'required',
  },
  native: {
    clientType: 'public',
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUris: ['https://c1.test/cb'],
    pkce: 'required',
  },
  service: {
    clientType: 'confidential',
    grantTypes: ['client_credentials'],
    redirectUris: [],
    pkce: 'optional',
  },
  device: {
    clientType: 'public',
    grantTypes: ['refresh_token', DEVICE_CODE],
    redirectUris: [],
    pkce: 'required',
  },
} as const;

describe('a new application has the usual settings of its kind', () => {
  test.each(Object.entries(USUAL))('%s', async (kind, usual) => {
    const { stored } = await register({ kind, redirect_uris: 'https://c1.test/cb' });
    expect(stored).toMatchObject({
      ...usual,
      kind,
      ownerId,
      scopes: null,
      defaultScopes: null,
      corsOrigins: null,
      consent: 'once',
      redirectMatch: 'exact',
      introspectAny: false,
    });
  });

  test('what its kind does not need is no dead end: a redirect URI that a service could not have is left out', async () => {
    const { stored } = await register({ kind: 'service', redirect_uris: 'javascript:alert(1)' });
    expect(stored).toMatchObject({ kind: 'service', redirectUris: [] });
  });

  test('a service gets its token, and a single-page app may call from the origin of its redirect URI', async () => {
    const { page } = await register({ kind: 'service' });
    const { clientId, secret } = credentialsOn(page);
    const own = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret! };
    expect((await post(server, '/o/token', own)).status).toBe(200);

    await register({ kind: 'spa', redirect_uris: 'https://spa-of-ada.test/callback' });
    const preflight = await fetch(`${server.url}/o/token`, {
      method: 'OPTIONS',
      headers: { origin: 'https://spa-of-ada.test', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://spa-of-ada.test');
  });
});

describe('what is named beside the kind goes before what is usual', () => {
  test('client type and grants', async () => {
    const { stored } = await register({
      kind: 'spa',
      client_type: 'confidential',
      grant_types: ['authorization_code'],
      redirect_uris: 'https://c1.test/cb',
    });
    expect(stored).toMatchObject({
      kind: 'spa',
      clientType: 'confidential',
      grantTypes: ['authorization_code'],
    });
  });

  test('a service that signs people in as well keeps its redirect URIs', async () => {
    const { stored } = await register({
      kind: 'service',
      grant_types: ['authorization_code', 'client_credentials'],
      redirect_uris: 'https://c1.test/cb',
    });
    expect(stored.redirectUris).toEqual(['https://c1.test/cb']);
  });
});

describe('a scheme of its own and a loopback address are for a mobile or desktop app', () => {
  test('which may have both', async () => {
    const uris = ['com.example.app:/cb', 'http://127.0.0.1/cb', 'http://[::1]/cb'];
    const { stored } = await register({ kind: 'native', redirect_uris: uris.join('\n') });
    expect(stored.redirectUris).toEqual(uris);
  });

  test.each(['web', 'spa'])('%s is refused the scheme, and told which kind it is for', async (kind) => {
    const form = await browser.open('/applications/register');
    const fields = { name: 'x', kind, client_type: 'public', redirect_uris: 'com.example.app:/cb' };
    const page = await browser.submit(form, fields, '/register');
    expect([page.status, page.html.querySelector('#redirect_uris-error')?.text]).toEqual([
      422,
      expect.stringContaining('If it is installed on a device, choose that kind.'),
    ]);
  });
});

describe('scripts that know no kinds', () => {
  const old = (fields: Record<string, string>) =>
    postTo(browser, '/o/applications/register/', { name: 'Script', ...fields });

  // CONTRACT part B section 12: the fields of Django OAuth Toolkit's form.
  test.each([
    ['authorization-code', 'confidential', 'web', ['authorization_code', 'refresh_token']],
    ['authorization-code', 'public', 'spa', ['authorization_code', 'refresh_token']],
    ['openid-hybrid', 'confidential', 'web', ['authorization_code', 'refresh_token']],
    ['password', 'public', 'spa', ['refresh_token', 'password']],
    ['client-credentials', 'confidential', 'service', ['client_credentials']],
  ])('authorization_grant_type=%s, client_type=%s', async (grant, clientType, kind, grantTypes) => {
    const page = await old({
      client_id: 'chosen',
      client_secret: 'chosen',
      client_type: clientType,
      authorization_grant_type: grant,
      redirect_uris: 'https://c1.test/cb https://c1.test/other',
      algorithm: '',
    });
    expect(page.status).toBe(200);
    const stored = await storedOf(credentialsOn(page).clientId);
    expect(stored).toMatchObject({ kind, clientType, grantTypes });
    expect(stored.redirectUris).toEqual(['https://c1.test/cb', 'https://c1.test/other']);
  });

  test.each([
    ['implicit', 'RS256', 'grant_types', '"implicit" is no grant'],
    // A name that every object of JavaScript has: the look-up found a function, and the answer was 500.
    ['constructor', 'RS256', 'grant_types', '"constructor" is no grant'],
    ['authorization-code', 'HS256', 'id_token_alg', 'RS256 or ES256'],
  ])('%s with %s is refused with the reason', async (grant, algorithm, field, reason) => {
    const fields = { client_type: 'public', redirect_uris: 'https://c1.test/cb', algorithm };
    const page = await old({ ...fields, authorization_grant_type: grant });
    expect([page.status, page.html.querySelector(`#${field}-error`)?.text]).toEqual([
      422,
      expect.stringContaining(reason),
    ]);
  });

  test('change an application without touching its kind or what they do not name', async () => {
    const { page, stored } = await register({
      kind: 'native',
      redirect_uris: 'com.example.app:/cb',
      consent: 'always',
    });
    const answer = await postTo(browser, `${pathOn(page)}/update`, {
      name: 'Renamed',
      grant_types: 'authorization_code',
    });
    expect(answer.status).toBe(303);
    expect(await storedOf(stored.clientId)).toEqual({
      ...stored,
      name: 'Renamed',
      grantTypes: ['authorization_code'],
      updatedAt: expect.any(Date),
    });
  });

  test('an application of a version without kinds has the one that its settings tell', async () => {
    const told = async (settings: Parameters<typeof createApp>[1]) => {
      const { id, clientId } = await createApp(server, settings, ownerId);
      await server.database.knex('applications').where({ id }).update({ kind: null });
      return (await storedOf(clientId)).kind;
    };
    expect(await told({})).toBe('web');
    expect(await told({ clientType: 'public' })).toBe('spa');
    expect(await told({ clientType: 'public', redirectUris: ['com.example.app:/cb'] })).toBe('native');
    expect(await told({ clientType: 'public', redirectUris: ['http://127.0.0.1/cb'] })).toBe('native');
    expect(await told({ grantTypes: ['client_credentials'], redirectUris: [] })).toBe('service');
    expect(await told({ clientType: 'public', grantTypes: [DEVICE_CODE], redirectUris: [] })).toBe('device');
  });
});

describe('another kind', () => {
  const change = async (path: string, fields: Fields) =>
    browser.submit(await browser.open(`${path}/update`), fields, '/update');

  test('takes along what was as usual, and nothing that was chosen', async () => {
    const { page, stored } = await register({
      kind: 'web',
      redirect_uris: 'https://c1.test/cb',
      access_token_lifetime: '600',
    });
    await change(pathOn(page), { kind: 'spa' });
    expect(await storedOf(stored.clientId)).toMatchObject({
      ...USUAL.spa,
      kind: 'spa',
      accessTokenLifetime: 600,
    });
    await change(pathOn(page), { kind: 'service' });
    expect(await storedOf(stored.clientId)).toMatchObject({ ...USUAL.service, kind: 'service' });
  });

  test('leaves grants alone that were chosen', async () => {
    const { page, stored } = await register({
      kind: 'web',
      grant_types: ['authorization_code'],
      redirect_uris: 'https://c1.test/cb',
    });
    await change(pathOn(page), { kind: 'spa' });
    expect(await storedOf(stored.clientId)).toMatchObject({
      clientType: 'public',
      grantTypes: ['authorization_code'],
    });
  });

  test('is in the audit trail with what it took along', async () => {
    const { page, stored } = await register({ kind: 'web', redirect_uris: 'https://c1.test/cb' });
    await change(pathOn(page), { kind: 'native' });
    const [event] = await server.database
      .knex('audit_events')
      .where({ event: 'application.changed', client_id: stored.clientId });
    expect(Object.keys(event.details.changes).sort()).toEqual(['clientType', 'kind', 'pkce']);
  });
});

describe('the pages', () => {
  test('show the kind, the state and the owner in the list', async () => {
    const { id } = await createApp(server, { name: 'Listed', kind: 'device' }, ownerId);
    const row = (page: Page) =>
      page.html
        .querySelectorAll('tbody tr')
        .find((each) => each.text.includes('Listed'))
        ?.querySelectorAll('td')
        .map((cell) => cell.text.trim());
    expect(row(await browser.open('/applications'))).toEqual([
      expect.any(String),
      'Device',
      'enabled',
      'ada',
    ]);
    await server.database.knex('applications').where({ id }).update({ disabled_at: new Date() });
    expect(row(await browser.open('/applications'))?.[2]).toBe('disabled');
  });

  test('show what was chosen before what is usual', async () => {
    const { page } = await register({
      kind: 'web',
      redirect_uris: 'https://c1.test/cb',
      consent: 'always',
      default_scopes: ['read'],
      contacts: 'dev@c1.test',
      description: 'Sells <books>.',
    });
    const shown = (await browser.open(pathOn(page))).html;
    const chosen = shown.querySelectorAll('[data-chosen] dt').map((each) => each.text);
    expect(chosen).toEqual(['Scopes when it names none', 'Consent']);
    expect(shown.querySelector('[data-chosen]')?.text).toContain('usually read write groups');
    expect(shown.querySelector('details dl')?.text).toContain('PKCE');
    expect(shown.text).toContain('dev@c1.test');
    expect(shown.innerHTML).toContain('Sells &lt;books&gt;.');
  });
});
