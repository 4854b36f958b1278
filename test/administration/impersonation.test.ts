/** A superuser acts as somebody else: for a reason, for half an hour, in the open, and not for everything. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventsOf, fromRequest } from '../audit/events-of.js';
import { type Browser, newBrowser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { introspect, profile, refresh, signInAt } from '../support/oauth.js';
import { claimsOfIdToken, verifyAccessToken } from '../support/openid.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { postTo } from '../support/portal.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
let other: TestServer;
let app: TestApplication;
let rootId: number;
let aliceId: number;

beforeAll(async () => {
  server = await startTestServer();
  other = await startTestServer({ DATABASE_URL: server.databaseUrl });
  rootId = (await createPerson(server, 'root', { isSuperuser: true })).id;
  await createPerson(server, 'second', { isSuperuser: true });
  aliceId = (await createPerson(server, 'alice')).id;
  app = await createApp(server, { skipConsent: true });
});

afterEach(backToPresent);
afterAll(async () => {
  await other.stop();
  await server.stop();
});

const REASON = 'Ticket 4711';
const BANNER = 'You are acting as';

async function actAs(accountId: number, on = server): Promise<Browser> {
  const browser = await signIn(on, 'root');
  const form = await browser.open(`/admin/users/${accountId}/impersonate`);
  const page = await browser.submit(form, { reason: REASON }, '/impersonate');
  expect([page.status, page.text.includes(BANNER)]).toEqual([200, true]);
  return browser;
}

const stop = async (browser: Browser) => browser.submit(await browser.open('/'), {}, '/impersonation/end');
const rejected = async (browser: Browser) => (await browser.request('/account')).status === 303;

describe('while it lasts', () => {
  test('the superuser sees what the person sees, with a banner on every page, those of the engine included', async () => {
    const browser = await actAs(aliceId);
    const paths = [
      '/',
      '/account',
      '/account/security',
      '/applications',
      '/nothing/here',
      '/o/device',
      '/o/logout',
    ];
    for (const path of [
      ...paths,
      authorizeUrl(app, { prompt: 'consent' }),
      '/o/authorize?client_id=nobody',
    ]) {
      const page = await browser.open(path);
      expect([path, page.text.includes(BANNER)]).toEqual([path, true]);
    }
    expect((await browser.open('/account')).text).toContain('alice@example.com');
    expect((await browser.open('/admin')).status).toBe(404);
    expect((await newBrowser(server.url).open('/')).text).not.toContain(BANNER);
  });

  test('tokens say who acts, and die with it on every node', async () => {
    const browser = await actAs(aliceId);
    const tokens = await signInAt(server, browser, app, { scope: 'openid read' });
    const act = { sub: String(rootId) };
    expect(claimsOfIdToken(tokens.id_token)).toMatchObject({ sub: String(aliceId), act });
    expect((await introspect(server, app, tokens.access_token)).body).toMatchObject({
      active: true,
      sub: String(aliceId),
      username: 'alice',
      act,
    });
    const renewed = (await refresh(server, app, tokens.refresh_token)).body;
    expect(claimsOfIdToken(renewed.id_token)).toMatchObject({ act });

    const own = await signInAt(server, await signIn(server, 'alice'), app, { scope: 'openid read' });
    expect(claimsOfIdToken(own.id_token)).not.toHaveProperty('act');
    expect((await introspect(server, app, own.access_token)).body).not.toHaveProperty('act');

    await stop(browser);
    for (const node of [server, other]) expect((await profile(node, renewed.access_token)).status).toBe(401);
    expect((await refresh(other, app, renewed.refresh_token)).status).toBe(400);
    expect((await profile(server, own.access_token)).status).toBe(200);
  });

  // An API that checks it by itself does not hear of the end: it has to be in the token.
  test('a JWT says who acts, and is over no later than the impersonation', async () => {
    const modern = await createApp(server, { skipConsent: true, tokenFormat: 'jwt' });
    const browser = await actAs(aliceId);
    const { access_token, expires_in } = await signInAt(server, browser, modern, { scope: 'read' });
    const { claims } = await verifyAccessToken(server, access_token);
    expect(claims).toMatchObject({ sub: String(aliceId), username: 'alice', act: { sub: String(rootId) } });
    expect(expires_in).toBe(Number(claims.exp) - Number(claims.iat));
    expect(expires_in).toBeLessThanOrEqual(30 * 60);
    expect(expires_in).toBeGreaterThan(29 * 60);
    await stop(browser);
    expect((await profile(server, access_token)).status).toBe(401);
  });

  test('everything that is done names both, and begins and ends with an event', async () => {
    const events = await eventsOf(server, async () => {
      const browser = await actAs(aliceId);
      await postTo(browser, '/account/edit', { first_name: 'Alicia' });
      await browser.submit(
        await browser.open('/applications/register'),
        {
          name: 'Hers',
          redirect_uris: 'https://hers.test/cb',
          client_type: 'confidential',
        },
        '/register',
      );
      await stop(browser);
    });
    expect(events.map(({ event }) => event)).toEqual([
      'login.succeeded',
      'impersonation.started',
      'profile.changed',
      'application.created',
      'impersonation.ended',
    ]);
    for (const event of events.slice(1))
      expect(event).toMatchObject({ account_id: aliceId, actor_id: rootId, ...fromRequest });
    expect(events[1]?.details).toMatchObject({ reason: REASON, until: expect.any(String) });
  });

  test.each([
    ['the password', '/account/password', { current_password: PASSWORD, new_password: 'a quiet green door' }],
    ['the address', '/account/email', { email: 'mallory@example.com' }],
    ['personal tokens', '/account/tokens', { name: 'mine', scopes: 'read' }],
    ['the sessions', '/account/sessions/end-others', {}],
    ['second factors', '/account/factors/totp', {}],
    ['API tokens', '/applications/tokens', { name: 'mine' }],
    ['a team', '/applications/teams', { name: 'Mine' }],
    ['secrets of applications', '/applications/1/secrets', { name: 'mine' }],
    ['who owns an application', '/applications/1/transfer', { owned_by: 'me' }],
    ['leaving', '/account/data/delete', { password: PASSWORD }],
    ['a fresh sign-in, which opens all of it', '/login/confirm', { password: PASSWORD }],
  ])('%s is out of reach', async (_, path, fields) => {
    const browser = await actAs(aliceId);
    const before = await snapshot(server);
    const page = await postTo(browser, path, fields);
    expect(page.status).toBe(403);
    expect(await snapshot(server)).toEqual(before);
    await stop(browser);
  });
});

describe('it ends', () => {
  test('by the button: the superuser is themselves again, and the session of before is worth nothing', async () => {
    const browser = await actAs(aliceId);
    const cookies = await browser.jar.getCookieString(server.url);
    const page = await stop(browser);
    expect(page.url).toBe(`${server.url}/admin/users/${aliceId}`);
    expect(page.text).not.toContain(BANNER);
    const replayed = await newBrowser(server.url).request('/account', { headers: { cookie: cookies } });
    expect(replayed.status).toBe(303);
  });

  test('after half an hour, however busy the browser is', async () => {
    const browser = await actAs(aliceId);
    const tokens = await signInAt(server, browser, app, { scope: 'read' });
    for (let minutes = 0; minutes < 28; minutes += 7) {
      travel(7 * 60);
      expect((await browser.open('/account')).text).toContain(BANNER);
      await browser.open(authorizeUrl(app));
    }
    travel(3 * 60);
    expect(await rejected(browser)).toBe(true);
    expect((await profile(server, tokens.access_token)).status).toBe(401);
    expect((await refresh(server, app, tokens.refresh_token)).status).toBe(400);
  });

  test('by signing out, which signs the superuser out as well', async () => {
    const ofRoot = () =>
      server.database.knex('sessions').where({ account_id: rootId }).orderBy('uid').pluck('uid');
    const before = await ofRoot();
    const browser = await actAs(aliceId);
    const event = await eventsOf(server, () => postTo(browser, '/logout'));
    expect(event).toMatchObject([{ event: 'logout', account_id: aliceId, actor_id: rootId }]);
    expect(await rejected(browser)).toBe(true);
    expect(await ofRoot()).toEqual(before);
  });

  test('by signing out as an application asks for it', async () => {
    const browser = await actAs(aliceId);
    const events = await eventsOf(server, async () =>
      browser.submit(await browser.open('/o/logout'), { logout: 'yes' }, '/o/logout/confirm'),
    );
    expect(events).toMatchObject([{ event: 'logout', account_id: aliceId, actor_id: rootId }]);
    expect(await rejected(browser)).toBe(true);
  });

  test.each([
    ['the superuser is disabled', () => rootId, 'disable'],
    ['the superuser is one no longer', () => rootId, 'unmake-superuser'],
    ['the superuser is signed out everywhere', () => rootId, 'sign-out'],
    ['the person is disabled', () => aliceId, 'disable'],
    ['the person is made a superuser', () => aliceId, 'make-superuser'],
  ])('at once on every node when %s', async (_, id, action) => {
    const browser = await actAs(aliceId, other);
    const tokens = await signInAt(other, browser, app, { scope: 'read' });
    const second = await signIn(server, 'second');
    await second.submit(await second.open(`/admin/users/${id()}/${action}`), {}, `/${action}`);
    expect(await rejected(browser)).toBe(true);
    travel(2);
    expect((await profile(other, tokens.access_token)).status).toBe(401);
    await server.database
      .knex('accounts')
      .where({ id: rootId })
      .update({ is_superuser: true, disabled_at: null });
    await server.database
      .knex('accounts')
      .where({ id: aliceId })
      .update({ is_superuser: false, disabled_at: null });
  });

  test('for the tokens too when the person signs in again in the same browser', async () => {
    const browser = await actAs(aliceId);
    await browser.submit(await browser.open('/login'), { username: 'alice', password: PASSWORD }, '/login');
    expect((await browser.open('/')).text).not.toContain(BANNER);
    const tokens = await signInAt(server, browser, app, { scope: 'openid' });
    expect(claimsOfIdToken(tokens.id_token)).not.toHaveProperty('act');
  });
});

describe('refused', () => {
  const tryToActAs = async (accountId: number, fields: Record<string, string>, browser: Browser) =>
    postTo(browser, `/admin/users/${accountId}/impersonate`, fields);

  test('acting as another superuser, as oneself, or as somebody disabled', async () => {
    const { id: secondId } = await server.database.knex('accounts').where({ username: 'second' }).first('id');
    const { id: carolId } = await createPerson(server, 'carol');
    await server.database.knex('accounts').where({ id: carolId }).update({ disabled_at: new Date() });
    const root = await signIn(server, 'root');
    for (const id of [secondId, rootId, carolId])
      expect((await tryToActAs(id, { reason: REASON }, root)).status).toBe(404);
    expect(
      await server.database.knex('impersonations').where({ actor_id: rootId, account_id: secondId }),
    ).toEqual([]);
  });

  test('without a reason', async () => {
    const page = await tryToActAs(aliceId, { reason: '  ' }, await signIn(server, 'root'));
    expect([page.status, page.html.querySelector('#reason-error')?.text]).toEqual([
      422,
      'The reason is missing.',
    ]);
  });

  test('to somebody who has not signed in for ten minutes', async () => {
    const root = await signIn(server, 'root');
    travel(11 * 60);
    const page = await root.open(`/admin/users/${aliceId}/impersonate`);
    expect(page.url).toContain('/login/confirm');
    expect((await tryToActAs(aliceId, { reason: REASON }, root)).status).toBe(303);
    expect((await root.open('/')).text).not.toContain(BANNER);
  });

  test('to everybody else', async () => {
    const alice = await signIn(server, 'alice');
    expect((await alice.open(`/admin/users/${aliceId}/impersonate`)).status).toBe(404);
    expect((await tryToActAs(rootId, { reason: REASON }, alice)).status).toBe(404);
    expect((await postTo(alice, '/impersonation/end')).location).toBe(`${server.url}/`);
    expect(await rejected(alice)).toBe(false);
  });
});
