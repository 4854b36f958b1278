/** Tokens people make for their own programs: made and shown once, taken where a bearer token is, and ended for good. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setAccountEnabled } from '../../../src/accounts/set-account-enabled.js';
import { eventsOf } from '../../audit/events-of.js';
import type { Browser, Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { get, introspect, profile } from '../../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { postTo } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { snapshot } from '../../support/snapshot.js';

const DAY = 24 * 60 * 60;

let server: TestServer;
let secondNode: TestServer;
let resourceServer: TestApplication;
let username: string;
let accountId: number;
let browser: Browser;
let count = 0;

beforeAll(async () => {
  server = await startTestServer();
  secondNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
  resourceServer = await createApp(server, { introspectAny: true });
});
beforeEach(async () => {
  username = `person${count++}`;
  accountId = (await createPerson(server, username)).id;
  browser = await signIn(server, username);
});
afterEach(backToPresent);
afterAll(async () => {
  await secondNode.stop();
  await server.stop();
});

async function make(fields: { name?: string; scopes?: string[]; days?: string } = {}): Promise<Page> {
  const form = await browser.open('/account/tokens/new');
  return browser.submit(form, { name: 'backup script', scopes: ['read'], ...fields }, '/account/tokens');
}

const valueOn = (page: Page) => page.html.querySelector('code[aria-labelledby]')?.text ?? '';
const made = async (fields?: Parameters<typeof make>[0]) => valueOn(await make(fields));
const userinfo = (token: string, node = server) =>
  get(node, '/o/userinfo', { authorization: `Bearer ${token}` });

const listed = async () =>
  (await browser.open('/account/tokens')).html
    .querySelectorAll('tbody tr')
    .map((row) => row.querySelectorAll('th, td').map((cell) => cell.text.replace(/\s+/g, ' ').trim()));

/** What is noted after an answer is seen a moment later. */
async function listedUntil(isDone: (rows: string[][]) => boolean): Promise<string[][]> {
  for (let tries = 0; tries < 50; tries++) {
    const rows = await listed();
    if (isDone(rows)) return rows;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error('what was expected is not on the page');
}

describe('making one', () => {
  test('shows it once, stores its hash, and is recorded and told by mail', async () => {
    let page!: Page;
    const events = await eventsOf(server, async () => {
      page = await make({ scopes: ['groups', 'read'] });
    });
    const value = valueOn(page);
    expect(value).toMatch(/^lkp_[0-9A-Za-z]{46}$/);
    expect(events).toMatchObject([
      {
        event: 'personal_token.made',
        account_id: accountId,
        details: { name: 'backup script', scopes: ['read', 'groups'] },
      },
    ]);
    const { 0: row } = await listed();
    expect(row?.slice(0, 2)).toEqual([`backup script lkp_…${value.slice(-4)}`, 'read groups']);
    expect((await browser.open('/account/tokens')).text).not.toContain(value);
    expect(JSON.stringify(await snapshot(server))).not.toContain(value);
    expect(server.logged()).not.toContain(value);
    const mails = await browser.open('/dev/mails');
    expect(mails.text).toContain('backup script');
    expect(mails.text).not.toContain(value);
  });

  test('lives for ninety days unless the form says otherwise', async () => {
    const [usual, week, endless] = [await made(), await made({ days: '7' }), await made({ days: '' })];
    travel(7 * DAY + 60);
    const statuses = async () =>
      Promise.all([usual, week, endless].map(async (token) => (await profile(server, token)).status));
    expect(await statuses()).toEqual([200, 401, 200]);
    travel(83 * DAY);
    expect(await statuses()).toEqual([401, 401, 200]);
    travel(5000 * DAY);
    expect(await statuses()).toEqual([401, 401, 200]);
  });

  test.each([
    ['no name', { name: ' ' }, '#name-error', 'The name is missing.'],
    ['no scope', { scopes: [] }, '#scopes-error', 'Choose at least one thing it may do.'],
    ['a scope there is not', { scopes: ['read', 'root'] }, '#scopes-error', 'This cannot be accepted.'],
    ['offline_access', { scopes: ['offline_access'] }, '#scopes-error', 'This cannot be accepted.'],
    ['another lifetime', { days: '100000' }, '#days-error', 'This cannot be accepted.'],
  ])('is refused with %s, and nothing is made', async (_, fields, where, sentence) => {
    const page = await make(fields);
    expect([page.status, page.html.querySelector(where)?.text]).toEqual([422, sentence]);
    expect(await listed()).toEqual([]);
  });

  test('asks for the password when the sign-in is older than ten minutes, for the form as for the page', async () => {
    const form = await browser.open('/account/tokens/new');
    travel(11 * 60);
    const page = await browser.submit(form, { name: 'late', scopes: ['read'] }, '/account/tokens');
    expect(page.url).toContain('/login/confirm?next=%2Faccount%2Ftokens%2Fnew');
    expect(await listed()).toEqual([]);
    expect((await browser.open('/account/tokens/new')).url).toContain('/login/confirm');
  });

  test('goes up to fifty, of which two made at once count each other', async () => {
    for (let made = 0; made < 49; made++) {
      await postTo(browser, '/account/tokens', { name: `token ${made}`, scopes: 'read', days: '7' });
    }
    const pages = await Promise.all([make(), make(), make()]);
    expect(pages.map(({ status }) => status).sort()).toEqual([200, 422, 422]);
    expect(await listed()).toHaveLength(50);
  });
});

describe('one that is presented', () => {
  test('is a bearer token of its scopes at /profile, on every node', async () => {
    const value = await made();
    for (const node of [server, secondNode]) {
      expect(await profile(node, value)).toMatchObject({ status: 200, body: { id: accountId, username } });
    }
    const other = await made({ scopes: ['email'] });
    expect(await profile(server, other)).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    });
  });

  test('tells userinfo the claims of its scopes, and none without openid', async () => {
    expect((await userinfo(await made({ scopes: ['openid', 'email'] }))).body).toEqual({
      sub: String(accountId),
      email: `${username}@example.com`,
      email_verified: false,
    });
    expect(await userinfo(await made())).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    });
  });

  test('is told to an application that may introspect every token, and to no other', async () => {
    const value = await made({ scopes: ['read', 'groups'], days: '30' });
    const answer = await introspect(server, resourceServer, value);
    expect(answer.body).toEqual({
      active: true,
      sub: String(accountId),
      username,
      scope: 'read groups',
      groups: [],
      token_type: 'Bearer',
      iss: server.url,
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect(answer.body.exp - answer.body.iat).toBe(30 * DAY);
    const other = await createApp(server);
    expect((await introspect(server, other, value)).body).toEqual({ active: false });
    const wrongSecret = { ...resourceServer, secret: 'wrong' };
    expect((await introspect(server, wrongSecret, value)).status).toBe(401);
  });

  test('is refused when it was mistyped or made up, however it looks', async () => {
    const value = await made();
    const last = value.at(-1) === 'x' ? 'y' : 'x';
    for (const wrong of [
      value.slice(0, -1),
      value.slice(0, -1) + last,
      `${value}x`,
      'lkp_',
      value.toLowerCase(),
    ]) {
      expect([wrong, (await profile(server, wrong)).status]).toEqual([wrong, 401]);
      expect((await userinfo(wrong)).status).toBe(401);
      expect((await introspect(server, resourceServer, wrong)).body).toEqual({ active: false });
    }
  });

  test('leaves when and from where, once an hour', async () => {
    const value = await made();
    expect((await listed())[0]?.[3]).toBe('Not yet');
    await profile(server, value);
    const [row] = await listedUntil((rows) => rows[0]?.[3] !== 'Not yet');
    expect(row?.[3]).toMatch(/UTC ?(127\.0\.0\.1|::1)$/);
    const lastUse = () => server.database.knex('personal_tokens').where({ account_id: accountId }).first('*');
    const { last_used_at: first } = await lastUse();
    travel(30 * 60);
    await profile(server, value);
    travel(31 * 60);
    await profile(secondNode, value);
    await listedUntil((rows) => rows[0]?.[3] !== row?.[3]);
    expect((await lastUse()).last_used_at.getTime() - first.getTime()).toBeGreaterThan(60 * 60_000);
  });
});

describe('the end of one', () => {
  const expectDead = async (value: string) => {
    for (const node of [server, secondNode]) expect((await profile(node, value)).status).toBe(401);
    expect((await introspect(secondNode, resourceServer, value)).body).toEqual({ active: false });
  };

  test('revoked by its owner it is refused on every node at once', async () => {
    const [value, kept] = [await made(), await made({ name: 'kept' })];
    for (const node of [server, secondNode]) expect((await profile(node, value)).status).toBe(200);
    const list = await browser.open('/account/tokens');
    const row = list.html.querySelectorAll('tbody tr').find((each) => each.text.includes('backup'))!;
    const events = await eventsOf(server, () =>
      browser.submit(list, {}, row.querySelector('form')!.getAttribute('action')),
    );
    expect(events).toMatchObject([{ event: 'personal_token.revoked', details: { name: 'backup script' } }]);
    await expectDead(value);
    expect((await profile(server, kept)).status).toBe(200);
  });

  test('nobody revokes that of somebody else', async () => {
    const value = await made();
    const { id } = await server.database.knex('personal_tokens').where({ account_id: accountId }).first('id');
    await createPerson(server, `mallory${count}`);
    const mallory = await signIn(server, `mallory${count}`);
    expect((await postTo(mallory, `/account/tokens/${id}/revoke`)).status).toBe(404);
    expect((await profile(server, value)).status).toBe(200);
  });

  test('with the account disabled it dies at once, and does not come back with it', async () => {
    const value = await made({ days: '' });
    await setAccountEnabled(server.database, username, false);
    await expectDead(value);
    await setAccountEnabled(server.database, username, true);
    await expectDead(value);
  });
});
