import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addToGroup } from '../../src/accounts/groups.js';
import { findAccountById } from '../../src/accounts/store.js';
import type { Browser, Fields } from '../support/browser.js';
import { get, signInAt } from '../support/oauth.js';
import { createApp, createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let browser: Browser;
let id: number;

beforeAll(async () => {
  server = await startTestServer();
  ({ id } = await createPerson(server, 'alice'));
  await createPerson(server, 'bob');
  browser = await signIn(server, 'alice');
});

afterAll(() => server.stop());

const edit = async (fields: Fields) => browser.submit(await browser.open('/account/edit'), fields, '/edit');
const alice = async () => (await findAccountById(server.database.knex, id))!;

test('username and names are changed, and applications see it at once', async () => {
  const app = await createApp(server);
  const { access_token: accessToken } = await signInAt(server, browser, app, { scope: 'read' });
  const page = await edit({
    username: 'alice2',
    first_name: 'Alicia',
    last_name: '',
  });
  expect([page.url, page.html.querySelector('[role=status]')?.text]).toEqual([
    `${server.url}/account?saved=profile`,
    'Your profile was saved.',
  ]);
  const { body } = await get(server, '/profile', { authorization: `Bearer ${accessToken}` });
  expect(body).toEqual({
    id,
    username: 'alice2',
    email: 'alice@example.com',
    first_name: 'Alicia',
    last_name: '',
  });
  await edit({ username: 'alice', first_name: 'Alice', last_name: 'Example' });
});

const CLAIMS = {
  middle_name: 'Q.',
  nickname: 'Al',
  profile: 'https://alice.example.com/',
  picture: 'https://alice.example.com/me.png',
  website: 'https://alice.example.com/blog',
  gender: 'female',
  birthdate: '1984-02-29',
  zoneinfo: 'Europe/Paris',
  locale: 'en-GB',
  phone_number: '+44 20 7946 0000',
};
const ADDRESS = {
  street_address: '1 High Street\nFlat 2',
  locality: 'Oxford',
  region: 'Oxfordshire',
  postal_code: 'OX1 1AA',
  country: 'United Kingdom',
};

test('the standard claims of OpenID Connect are filled in here, and told by userinfo under their names', async () => {
  await edit({ ...CLAIMS, ...ADDRESS });
  const page = await browser.open('/account');
  for (const value of Object.values({ ...CLAIMS, ...ADDRESS })) expect(page.html.text).toContain(value);

  const app = await createApp(server, { name: 'All claims' });
  const { access_token: accessToken } = await signInAt(server, browser, app, {
    scope: 'openid profile email phone address',
  });
  const { body } = await get(server, '/o/userinfo', { authorization: `Bearer ${accessToken}` });
  expect(body).toEqual({
    sub: String(id),
    name: 'Alice Example',
    given_name: 'Alice',
    family_name: 'Example',
    preferred_username: 'alice',
    updated_at: Math.floor((await alice()).updatedAt.getTime() / 1000),
    email: 'alice@example.com',
    email_verified: false,
    ...CLAIMS,
    phone_number_verified: false,
    address: ADDRESS,
  });
});

test('an emptied field is a claim no more, and a field that was not sent stays', async () => {
  await edit({ ...CLAIMS, ...ADDRESS });
  const form = await browser.open('/account/edit');
  const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  const body = new URLSearchParams({ csrf_token: csrf, nickname: '', locality: '' });
  expect((await browser.request('/account/edit', { method: 'POST', body })).status).toBe(303);
  const { nickname: _, ...claims } = CLAIMS;
  const { locality: __, ...address } = ADDRESS;
  expect(await alice()).toMatchObject({ username: 'alice', email: 'alice@example.com', firstName: 'Alice' });
  expect((await alice()).claims).toEqual({ ...claims, address });
});

describe('a field that is refused keeps what was typed, says why, and changes nothing', () => {
  test.each([
    ['username', 'bob', 'taken'],
    ['username', 'BOB', 'taken'],
    ['username', 'a b', 'letters, digits'],
    ['first_name', 'a\u0000b', 'NUL'],
    ['website', 'javascript:alert(1)', 'web address'],
    ['picture', 'data:image/png;base64,AAAA', 'web address'],
    ['profile', 'alice.example.com', 'web address'],
    ['birthdate', '1985-02-29', 'year-month-day'],
    ['birthdate', '29.02.1984', 'year-month-day'],
    ['zoneinfo', 'Mars/Olympus', 'region and city'],
    ['locale', 'not a language', 'code'],
    ['phone_number', 'call me', 'country code'],
    ['street_address', 'a\u0007b', 'control characters'],
    ['nickname', 'a'.repeat(151), 'at most 150'],
  ])('%s: %j', async (field, value, reason) => {
    const before = await snapshot(server);
    const page = await edit({ [field]: value, last_name: 'Changed too' });
    expect([page.status, page.url]).toEqual([422, `${server.url}/account/edit`]);
    expect(page.html.querySelector(`#${field}-error`)?.text).toContain(reason);
    expect(page.html.querySelector('#last_name')?.getAttribute('value')).toBe('Changed too');
    // A form inside a closed <details> would hide its error.
    for (const details of page.html.querySelectorAll('details')) {
      if (details.querySelector(`#${field}`)) expect(details.hasAttribute('open')).toBe(true);
    }
    expect(await snapshot(server)).toEqual(before);
  });
});

test('no added field makes anybody verified, a superuser, a member or somebody else (LG-27, AD-02)', async () => {
  const before = await alice();
  const extra = {
    id: '2',
    sub: '2',
    email_verified: 'true',
    emailVerifiedAt: '2026-01-01',
    verified: 'on',
    is_superuser: 'true',
    is_staff: 'on',
    disabled_at: '',
    groups: 'admins',
    password_hash: 'x',
    password: 'something else entirely',
    claims: '{"sub":"2"}',
    'claims[sub]': '2',
    phone_number_verified: 'true',
  };
  expect((await edit({ ...extra, nickname: 'extra' })).status).toBe(200);
  const after = await alice();
  expect(after).toEqual({
    ...before,
    claims: { ...before.claims, nickname: 'extra' },
    updatedAt: after.updatedAt,
  });
  expect(await server.database.knex('group_members')).toEqual([]);
  expect((await browser.open('/account')).text).not.toContain('superuser');
});

test('the email address does not change here, where nobody confirms it', async () => {
  const before = await alice();
  await edit({ nickname: 'again', email: 'new@example.com', email_verified: 'true' });
  const { email, emailVerifiedAt } = await alice();
  expect([email, emailVerifiedAt]).toEqual([before.email, null]);
});

test('the audit trail says which fields changed, and not to what', async () => {
  await edit({ nickname: 'canary-nickname', gender: '' });
  const events = await server.database.knex('audit_events').where({ event: 'profile.changed' }).orderBy('id');
  expect(events.at(-1)).toMatchObject({ account_id: id, details: { changed: ['nickname', 'gender'] } });
  expect(JSON.stringify(events)).not.toContain('canary');
});

test('what a person enters is text on the page, never markup (LG-06)', async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what a template engine would fall for
  const canary = '"><img src=x onerror=alert(1)>{{7*7}}${7*7}</script><%= 7*7 %>';
  await edit({ first_name: canary, nickname: canary, street_address: canary });
  for (const path of ['/', '/account', '/account/edit']) {
    const page = await browser.open(path);
    expect([path, page.html.querySelectorAll('img, script').length]).toEqual([path, 0]);
    expect(page.text).not.toContain('<img');
    // The port in the footer may end with these digits.
    expect(page.html.querySelector('main')!.toString()).not.toMatch(/>49|49</);
  }
  expect((await browser.open('/account/edit')).html.querySelector('#nickname')?.getAttribute('value')).toBe(
    canary,
  );
});

test('groups are shown, and are not for the person to change', async () => {
  await addToGroup(server.database.knex, 'alice', 'staff');
  expect((await browser.open('/account')).text).toContain('<span class="tag">staff</span>');
  expect((await browser.open('/account/edit')).html.querySelector('[name=groups]')).toBeNull();
});
