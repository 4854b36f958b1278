/** A group can require a second factor of its members (`latchkey group require-factor`). */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { latchkey } from '../../support/command.js';
import { codeOf, enterPassword, recoveryCodesOn, seedOn, sendCode, setUpApp } from '../../support/factors.js';
import { token } from '../../support/oauth.js';
import { authorizeUrl, createApp, createPerson, PASSWORD, signIn } from '../../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(backToPresent);
afterAll(() => server.stop());

function run(line: string) {
  const environment = { DATABASE_URL: server.databaseUrl, SECRET_KEY };
  return latchkey(line.split(' '), { environment });
}

const isSignedIn = async (browser: Browser) => (await browser.request('/account')).status === 200;
const titleOf = (page: Page) => page.html.querySelector('h1')?.text;

async function member(username: string, group: string): Promise<void> {
  await createPerson(server, username);
  expect((await run(`group add ${group} ${username}`)).code).toBe(0);
}

test('members without one are signed out, and those who have one stay', async () => {
  await member('alice', 'editors');
  await member('bob', 'editors');
  const [alice, bob] = [await signIn(server, 'alice'), (await setUpApp(server, 'bob')).browser];
  const said = await run('group require-factor editors');
  expect(said.stdout).toBe('Members of editors need a second factor.\n');
  expect([await isSignedIn(alice), await isSignedIn(bob)]).toEqual([false, true]);
  const again = await run('group require-factor editors');
  expect(again.stdout).toBe('Members of editors need a second factor, as before.\n');
});

test('so is somebody who comes into the group', async () => {
  await createPerson(server, 'carol');
  const carol = await signIn(server, 'carol');
  await run('group add editors carol');
  expect(await isSignedIn(carol)).toBe(false);
});

test('at sign-in they set one up, and get nowhere before', async () => {
  await member('dora', 'editors');
  const { browser, page } = await enterPassword(server, 'dora');
  expect([titleOf(page), page.html.querySelector('form[action$="/decline"]')]).toEqual([
    'Set up an authenticator app',
    null,
  ]);
  for (const path of ['/account', '/account/security', '/o/authorized_tokens'])
    expect((await browser.open(path)).url).toContain('/login?next=');
  const wrong = await sendCode(browser, page, '000000');
  expect([wrong.status, seedOn(wrong)]).toEqual([401, seedOn(page)]);
  const codes = await sendCode(browser, wrong, codeOf(seedOn(page)));
  expect(recoveryCodesOn(codes)).toHaveLength(10);
  expect(await isSignedIn(browser)).toBe(true);
});

test('on the way to an application as well, from which they cannot excuse themselves', async () => {
  await member('eve', 'editors');
  const app = await createApp(server, { skipConsent: true });
  const browser = newBrowser(server.url);
  const login = await browser.open(authorizeUrl(app));
  const page = await browser.submit(login, { username: 'eve', password: PASSWORD }, '/login');
  expect([titleOf(page), page.html.querySelector('form[action$="/decline"]')]).toEqual([
    'Set up an authenticator app',
    null,
  ]);
  const codes = await sendCode(browser, page, codeOf(seedOn(page)));
  const back = await browser.open(codes.html.querySelector('.card a.button')!.getAttribute('href')!);
  expect(back.location).toContain('code=');
});

test('the password grant gives them nothing', async () => {
  await member('fay', 'editors');
  const app = await createApp(server, { grantTypes: ['password'] });
  const answer = await token(server, app, { grant_type: 'password', username: 'fay', password: PASSWORD });
  expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant']);
});

test('the last factor of a member stays', async () => {
  await member('grace', 'editors');
  const { browser, page } = await enterPassword(server, 'grace');
  await sendCode(browser, page, codeOf(seedOn(page)));
  const security = await browser.open('/account/security');
  expect(security.text).toContain('A group you belong to requires it.');
  expect(security.html.querySelector('a[href="/account/security/app/remove"]')).toBeNull();
  const refused = await browser.submit(await browser.open('/account/security/app/remove'), {}, '/remove');
  expect(refused.status).toBe(422);
  travel(30);
  expect(titleOf((await enterPassword(server, 'grace')).page)).toBe('Second step');
});

test('once it is no longer required, the password is enough for those without', async () => {
  await member('heidi', 'editors');
  expect((await run('group require-factor editors --off')).stdout).toBe(
    'Members of editors need no second factor.\n',
  );
  const { browser } = await enterPassword(server, 'heidi');
  expect(await isSignedIn(browser)).toBe(true);
  const events = await server.database
    .knex('audit_events')
    .where('event', 'like', 'group.factor%')
    .orderBy('id');
  expect(events.map(({ event, details }) => [event, details])).toEqual([
    ['group.factor_required', { group: 'editors', by: 'command line' }],
    ['group.factor_not_required', { group: 'editors', by: 'command line' }],
  ]);
});

test('a group that does not exist is told so', async () => {
  const said = await run('group require-factor nobody');
  expect([said.code, said.stderr]).toEqual([1, expect.stringContaining('There is no group "nobody"')]);
});
