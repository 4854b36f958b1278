/** What one can take along: everything held about oneself, and nothing that could be used, or is somebody else's. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { addToGroup } from '../../../src/accounts/groups.js';
import { type Browser, newBrowser } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { signInAt } from '../../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let browser: Browser;
let own: TestApplication;
let accountId: number;

beforeAll(async () => {
  server = await startTestServer();
  ({ id: accountId } = await createPerson(server, 'ada'));
  await createPerson(server, 'bob');
  browser = await signIn(server, 'ada');
  own = await createApp(server, { name: 'My own' }, accountId);
});
afterEach(backToPresent);
afterAll(() => server.stop());

const download = async () => browser.submit(await browser.open('/account/data'), {}, '/account/data/export');

test('holds all of it, as a file', async () => {
  const app = await createApp(server, { name: 'Tide Tables' });
  const tokens = await signInAt(server, browser, app, { scope: 'read' });
  const form = await browser.open('/account/tokens/new');
  const made = await browser.submit(form, { name: 'backup', scopes: ['read'] }, '/account/tokens');
  const personal = made.html.querySelector('code[aria-labelledby]')!.text;
  await signIn(server, 'bob');

  const page = await download();
  expect(page.headers.get('content-type')).toMatch(/^application\/json/);
  expect(page.headers.get('content-disposition')).toBe('attachment; filename="latchkey-account.json"');
  expect(page.headers.get('cache-control')).toBe('no-store');
  const data = JSON.parse(page.text);
  expect(data).toMatchObject({
    server: server.url,
    account: { id: accountId, username: 'ada', email: 'ada@example.com', has_password: true },
    groups: [],
    sessions: [{ signed_in_at: expect.stringMatching(/Z$/) }],
    authorized_applications: [
      { client_id: app.clientId, name: 'Tide Tables', scopes: ['read'], sign_ins: 1 },
    ],
    own_applications: [{ client_id: own.clientId, name: 'My own' }],
    access_tokens: [{ name: 'backup', scopes: ['read'] }],
  });
  const names = data.events.map(({ event }: { event: string }) => event);
  expect(names.slice(0, 2)).toEqual(['data.exported', 'personal_token.made']);
  expect(names.at(-1)).toBe('account.created');
  const { password_hash: hash } = await server.database
    .knex('accounts')
    .where({ id: accountId })
    .first('password_hash');
  for (const secret of [tokens.access_token, tokens.refresh_token, personal, hash, own.secret, 'bob'])
    expect(page.text).not.toContain(secret);
});

test('asks for a recent sign-in, and a stranger gets nothing', async () => {
  travel(11 * 60);
  expect((await download()).url).toContain('/login/confirm?next=%2Faccount%2Fdata');
  expect((await newBrowser(server.url).open('/account/data')).url).toContain('/login?next=');
});

test('tells the groups', async () => {
  browser = await signIn(server, 'ada');
  await addToGroup(server.database.knex, 'ada', 'divers');
  expect(JSON.parse((await download()).text).groups).toEqual(['divers']);
});
