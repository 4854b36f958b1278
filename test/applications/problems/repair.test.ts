/** The buttons beside an explanation: what they change, and what they do not. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { basic, post } from '../../support/oauth.js';
import { authorizeUrl, type TestApplication } from '../../support/people.js';
import { postTo } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { makeWorld, type World } from './world.js';

let server: TestServer;
let world: World;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  world = await makeWorld(server);
});
afterAll(() => server.stop());
beforeEach(async () => {
  app = await world.newApp();
});
afterEach(backToPresent);

const wrongUri = (redirect_uri: string) => world.alice.request(authorizeUrl(app, { redirect_uri }));
const problemOf = (answer: { headers: Headers }) =>
  `/applications/${app.id}/problems/${answer.headers.get('x-request-id')}`;
const textOf = (page: Page) => page.html.querySelector('main')!.text.replace(/\s+/g, ' ');

const repair = async (answer: { headers: Headers }, fields: Record<string, string> = {}) => {
  const page = await world.developer.open(problemOf(answer));
  return world.developer.submit(page, fields, '/repair');
};
const hasButton = async (answer: { headers: Headers }) =>
  (await world.developer.open(problemOf(answer))).html.querySelector('form[action$="/repair"]') !== null;

test('one registers the redirect URI that was sent; then the sign-in goes on, and the trail says who did it', async () => {
  const sent = `${app.redirectUris[0]}/`;
  const refused = await wrongUri(sent);
  expect(refused.status).toBe(400);
  const page = await world.developer.open(problemOf(refused));
  expect(page.html.querySelectorAll('mark').map((each) => each.text)).toEqual(['/']);
  const done = await repair(refused);
  expect(textOf(done)).toContain('This redirect URI is registered now.');
  expect(await hasButton(refused)).toBe(false);
  travel(2);
  const signedIn = await world.alice.submit(
    await world.alice.open(authorizeUrl(app, { redirect_uri: sent })),
    {},
    '/consent',
  );
  expect(signedIn.location).toMatch(new RegExp(`^${sent}\\?code=`));
  const [event] = await server.database
    .knex('audit_events')
    .where({ client_id: app.clientId, event: 'application.changed' });
  expect(event.details.changes.redirectUris.to).toEqual([app.redirectUris[0], sent]);
});

test('one asks to compare an address on a host that was not there before', async () => {
  const refused = await wrongUri('https://evil.example/cb');
  const page = await world.developer.open(problemOf(refused));
  expect(textOf(page)).toContain('None of the registered addresses is on https://evil.example');
  const path = `${problemOf(refused)}/repair`;
  expect((await postTo(world.developer, path)).status).toBe(422);
  expect((await postTo(world.developer, path, { checked: 'no' })).status).toBe(422);
  const registered = () => server.database.knex('applications').where({ id: app.id }).first('redirect_uris');
  expect((await registered()).redirect_uris).toEqual(app.redirectUris);
  await repair(refused, { checked: 'yes' });
  expect((await registered()).redirect_uris).toContain('https://evil.example/cb');
});

test.each([
  ['http://shop.example/cb', /must use https/],
  ['javascript:alert(1)', /may not use the scheme/],
  ['https://shop.example/cb#here', /not kept here/],
  ['https://shop.example/cb?token=secret', /not kept here/],
  ['https://user:pw@shop.example/cb', /not kept here/],
  ['/relative', /must be absolute/],
  ['com.example.app:/cb', /schemes of their own are for public clients/],
])('there is none for %s, and the reason is told', async (uri, reason) => {
  const refused = await wrongUri(uri);
  const page = await world.developer.open(problemOf(refused));
  expect(textOf(page)).toMatch(reason);
  expect(await hasButton(refused)).toBe(false);
  const path = `${problemOf(refused)}/repair`;
  await postTo(world.developer, path, { checked: 'yes' });
  const stored = await server.database.knex('applications').where({ id: app.id }).first('redirect_uris');
  expect(stored.redirect_uris).toEqual(app.redirectUris);
});

// The button was there, and was refused when it was pressed.
test('there is none for what the settings would refuse: a page of this server, a scheme of its own in a browser', async () => {
  const own = await wrongUri(`${server.url}/profile`);
  expect(textOf(await world.developer.open(problemOf(own)))).toContain('is a page of this server');
  expect(await hasButton(own)).toBe(false);
  app = await world.newApp({ kind: 'spa', clientType: 'public', grantTypes: ['authorization_code'] });
  const scheme = await wrongUri('com.example.app:/cb');
  expect(textOf(await world.developer.open(problemOf(scheme)))).toContain(
    'which leads to an app on a device',
  );
  expect(await hasButton(scheme)).toBe(false);
});

test('one allows a scope, a grant and an origin where the owner may set them', async () => {
  app = await world.newApp({
    scopes: ['read'],
    grantTypes: ['client_credentials'],
    clientType: 'confidential',
  });
  await repair(
    await post(server, '/o/token', { grant_type: 'client_credentials', scope: 'write' }, basic(app)),
  );
  // Anybody can ask for it in the application's name: one button is not enough.
  const byPassword = { grant_type: 'password', username: 'a', password: 'b' };
  await repair(await post(server, '/o/token', byPassword, basic(app)), { checked: 'yes' });
  const origin = 'http://localhost:3000';
  const asked = await post(
    server,
    '/o/token',
    { grant_type: 'client_credentials' },
    { ...basic(app), origin },
  );
  expect(asked.status).toBe(400);
  await repair(asked, { checked: 'yes' });
  const stored = await server.database.knex('applications').where({ id: app.id }).first();
  expect(stored).toMatchObject({
    scopes: ['read', 'write'],
    grant_types: ['client_credentials', 'password'],
    cors_origins: [new URL(app.redirectUris[0]!).origin, origin],
  });
  travel(2);
  const again = await post(
    server,
    '/o/token',
    { grant_type: 'client_credentials', scope: 'write' },
    { ...basic(app), origin },
  );
  expect([again.status, again.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
});

test('one needs the form of its own page', async () => {
  const refused = await wrongUri(`${app.redirectUris[0]}/`);
  const answer = await world.developer.request(`${problemOf(refused)}/repair`, {
    method: 'POST',
    body: '',
  });
  expect(answer.status).toBe(403);
});
