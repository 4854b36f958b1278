/** What a superuser did as somebody else is over when the impersonation is, and what is the person's stays theirs. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventsOf, fromRequest } from '../audit/events-of.js';
import type { Browser } from '../support/browser.js';
import { profile, refresh, signInAt } from '../support/oauth.js';
import {
  allow,
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
let app: TestApplication;
let asking: TestApplication;
let rootId: number;
let aliceId: number;

beforeAll(async () => {
  server = await startTestServer();
  rootId = (await createPerson(server, 'root', { isSuperuser: true })).id;
  aliceId = (await createPerson(server, 'alice')).id;
  app = await createApp(server, { skipConsent: true });
  asking = await createApp(server);
});

afterAll(() => server.stop());

async function actAsAlice(): Promise<Browser> {
  const browser = await signIn(server, 'root');
  const form = await browser.open(`/admin/users/${aliceId}/impersonate`);
  await browser.submit(form, { reason: 'Ticket 4711' }, '/impersonate');
  return browser;
}

const consents = () => server.database.knex('consents').where({ account_id: aliceId });
const isAsked = async (browser: Browser, scope: string) =>
  (await browser.open(authorizeUrl(asking, { scope }))).text.includes('/consent"');

// Guards against an application keeping what a superuser allowed it in the person's name: the decision was remembered,
// and the person's next sign-in went through without a question.
describe('what is allowed to an application meanwhile', () => {
  test('counts for that sign-in alone: nothing is remembered, and the person is asked', async () => {
    const browser = await actAsAlice();
    const events = await eventsOf(server, async () => {
      const tokens = await signInAt(server, browser, asking, { scope: 'openid read' });
      expect(tokens.scope.split(' ').sort()).toEqual(['openid', 'read']);
      expect((await profile(server, tokens.access_token)).status).toBe(200);
    });
    expect(events).toMatchObject([
      { event: 'consent.given', account_id: aliceId, actor_id: rootId, ...fromRequest },
    ]);
    expect(await consents()).toEqual([]);
    expect(await isAsked(browser, 'openid read')).toBe(true);
    await browser.submit(await browser.open('/'), {}, '/impersonation/end');
    expect(await isAsked(await signIn(server, 'alice'), 'openid read')).toBe(true);
  });

  test('adds to what the person has allowed before, and leaves that as it was', async () => {
    await allow(await signIn(server, 'alice'), asking, { scope: 'openid read' });
    const before = await consents();
    expect(before).toHaveLength(1);
    const browser = await actAsAlice();
    expect(await isAsked(browser, 'openid read')).toBe(false);
    const tokens = await signInAt(server, browser, asking, { scope: 'openid read write' });
    expect(tokens.scope.split(' ').sort()).toEqual(['openid', 'read', 'write']);
    expect(await consents()).toEqual(before);
  });
});

// Guards against addresses that reach the person's own things all the same: the router does not mind the case, and what
// applications were allowed could be taken back.
test.each([
  '/Account/sessions/end-others',
  '/ACCOUNT/password',
  '/Api/Account/password',
  '/Login/Confirm',
  '/o/authorized_tokens/:id/delete',
  '/authorized_tokens/:id/delete',
  '/O/Authorized_Tokens/:id/delete',
])('%s is out of reach', async (path) => {
  await allow(await signIn(server, 'alice'), asking, { scope: 'openid read' });
  const browser = await actAsAlice();
  const before = await snapshot(server);
  expect((await postTo(browser, path.replace(':id', String(asking.id)))).status).toBe(403);
  expect(await snapshot(server)).toEqual(before);
});

// Guards against tokens that live on for the rest of the half hour: only the session row went.
describe('tokens that were issued meanwhile end', () => {
  test('when somebody signs in over it, and that is recorded', async () => {
    const browser = await actAsAlice();
    const tokens = await signInAt(server, browser, app, { scope: 'read' });
    const events = await eventsOf(server, async () =>
      browser.submit(await browser.open('/login'), { username: 'alice', password: PASSWORD }, '/login'),
    );
    const ended = events.filter(({ event }) => event === 'impersonation.ended');
    expect(ended).toMatchObject([{ account_id: aliceId, actor_id: rootId, ...fromRequest }]);
    expect((await profile(server, tokens.access_token)).status).toBe(401);
    expect((await refresh(server, app, tokens.refresh_token)).status).toBe(400);
    expect((await browser.open('/account')).text).toContain('alice@example.com');
  });

  test.each([
    ['ends all other sessions', '/account/sessions/end-others', {}],
    [
      'changes the password',
      '/account/password',
      { current_password: PASSWORD, new_password: 'a quiet green door' },
    ],
  ])('when the person %s', async (_, path, fields) => {
    const browser = await actAsAlice();
    const tokens = await signInAt(server, browser, app, { scope: 'read' });
    const alice = await signIn(server, 'alice');
    const own = await signInAt(server, alice, app, { scope: 'read' });
    const page = await postTo(alice, path, fields);
    expect(page.status).toBe(303);
    expect((await browser.request('/account')).status).toBe(303);
    expect((await profile(server, tokens.access_token)).status).toBe(401);
    expect((await refresh(server, app, tokens.refresh_token)).status).toBe(400);
    expect(await server.database.knex('impersonations').where({ account_id: aliceId })).toEqual([]);
    expect((await profile(server, own.access_token)).status).toBe(200);
  });
});
