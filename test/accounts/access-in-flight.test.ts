/** AR-08, LG-26, RF-09: what is under way when access ends does not outlive it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createPasswords } from '../../src/accounts/passwords.js';
import { setAccountEnabled } from '../../src/accounts/set-account-enabled.js';
import { setPassword } from '../../src/accounts/set-password.js';
import { signOutEverywhere } from '../../src/accounts/sign-out-everywhere.js';
import { newBrowser } from '../support/browser.js';
import { setUpApp } from '../support/factors.js';
import { lastMail } from '../support/mails.js';
import { exchange, token } from '../support/oauth.js';
import {
  allow,
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { until } from '../support/until.js';

let server: TestServer;
let people = 0;
let username: string;
let accountId: number;

beforeAll(async () => {
  // The password that is held back keeps its turn, and what ends it needs one of its own.
  server = await startTestServer({ LOGIN_FAILURES_PER_NETWORK: '1000', PASSWORD_HASH_CONCURRENCY: '2' });
});
beforeEach(async () => {
  username = `person${people++}`;
  ({ id: accountId } = await createPerson(server, username));
});
afterAll(() => server.stop());

/** Has what writes to the table wait, once it has read all it goes by, until something else is done. */
async function whileItWaitsFor<T>(
  table: string,
  begin: () => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<T> {
  const { knex } = server.database;
  const holding = await knex.transaction();
  try {
    await holding.raw('LOCK TABLE ?? IN SHARE MODE', [table]);
    const begun = begin();
    const waiting = knex('pg_locks').whereRaw('NOT granted AND relation = ?::regclass', [table]);
    await until(async () => (await waiting.clone()).length > 0);
    await meanwhile();
    await holding.commit();
    return await begun;
  } finally {
    if (!holding.isCompleted()) await holding.rollback();
  }
}

// A password is checked once the attempt is counted, after the account was read.
const COUNTED_IN = 'throttles';

const setNewPassword = () => {
  const passwords = createPasswords({ minLength: 8, hashConcurrency: 2 });
  return setPassword(server.database, passwords, username, `${PASSWORD} two`);
};
const signOutOfAll = () => signOutEverywhere(server.database, username);
async function disableAndEnable(): Promise<void> {
  await setAccountEnabled(server.database, username, false);
  await setAccountEnabled(server.database, username, true);
}

const endings: [string, () => Promise<unknown>][] = [
  ['the password is set anew', setNewPassword],
  ['every browser is signed out', signOutOfAll],
  ['the account is disabled, and enabled again', disableAndEnable],
];

const sessions = () => server.database.knex('sessions').where({ account_id: accountId });
const grants = () => server.database.knex('grants').where({ account_id: accountId });

// Guards against the hash that was read before the password waited for its turn: who knew the old password had a session
// after the reset that was made against them.
describe('a sign-in is refused that began before', () => {
  test.each(endings)('%s', async (_, end) => {
    const browser = newBrowser(server.url);
    const form = await browser.open('/login');
    const page = await whileItWaitsFor(
      COUNTED_IN,
      () => browser.submit(form, { username, password: PASSWORD }, '/login'),
      end,
    );
    expect([page.status, page.text.includes('Please sign in again.')]).toEqual([401, true]);
    expect(await sessions()).toEqual([]);
    expect((await browser.open('/account')).url).toContain('/login');
  });

  test('the password is reset by a mailed link', async () => {
    const owner = newBrowser(server.url);
    await owner.submit(await owner.open('/login/forgot'), { name: username }, '/forgot');
    const { link } = await lastMail(server, `${username}@example.com`);
    const reset = await owner.open(link);
    const browser = newBrowser(server.url);
    const form = await browser.open('/login');
    const page = await whileItWaitsFor(
      COUNTED_IN,
      () => browser.submit(form, { username, password: PASSWORD }, '/login'),
      () => owner.submit(reset, { new_password: `${PASSWORD} two` }, '/reset'),
    );
    expect(page.status).toBe(401);
    expect(await sessions()).toEqual([]);
  });

  test('every browser is signed out, at an application', async () => {
    const app = await createApp(server, { skipConsent: true });
    const browser = newBrowser(server.url);
    const form = await browser.open(authorizeUrl(app));
    const page = await whileItWaitsFor(
      COUNTED_IN,
      () => browser.submit(form, { username, password: PASSWORD }, '/login'),
      signOutOfAll,
    );
    expect([page.status, page.location]).toEqual([401, undefined]);
    expect([await sessions(), await grants()]).toEqual([[], []]);
  });

  test('every browser is signed out, of somebody who has a second step before them', async () => {
    await setUpApp(server, username);
    const browser = newBrowser(server.url);
    const form = await browser.open('/login');
    const page = await whileItWaitsFor(
      COUNTED_IN,
      () => browser.submit(form, { username, password: PASSWORD }, '/login'),
      signOutOfAll,
    );
    expect(page.status).toBe(401);
    expect(await server.database.knex('pending_sign_ins').where({ account_id: accountId })).toEqual([]);
  });

  test('every browser is signed out, where access ended once before', async () => {
    await signOutOfAll();
    expect((await (await signIn(server, username)).open('/account')).status).toBe(200);
  });
});

// As above: tokens of the password grant lived on for a month.
test.each(endings)('the password grant gives no tokens to a request that began before %s', async (_, end) => {
  const app = await createApp(server, { grantTypes: ['password', 'refresh_token'], redirectUris: [] });
  const asked = { grant_type: 'password', username, password: PASSWORD };
  const answer = await whileItWaitsFor(COUNTED_IN, () => token(server, app, asked), end);
  expect([answer.status, answer.body]).toMatchObject([
    400,
    { error: 'invalid_grant', error_description: 'Invalid credentials given.' },
  ]);
  const stored = { account_id: accountId };
  expect(await server.database.knex('refresh_tokens').where(stored)).toEqual([]);
  expect([await server.database.knex('access_tokens').where(stored), await grants()]).toEqual([[], []]);
});

// Guards against codes whose session or consent was read a moment before it ended: their tokens outlived it.
describe('an authorization ends without a code that began before', () => {
  let app: TestApplication;

  beforeEach(async () => {
    app = await createApp(server);
  });

  async function errorOf(end: (browser: Awaited<ReturnType<typeof signIn>>) => Promise<unknown>) {
    const browser = await signIn(server, username);
    await getCode(browser, app);
    await server.database.knex('grants').delete();
    const page = await whileItWaitsFor(
      'authorization_codes',
      () => allow(browser, app),
      () => end(browser),
    );
    const answer = new URL(page.location ?? '').searchParams;
    expect([answer.get('code'), answer.get('state')]).toEqual([null, 'xyz']);
    expect(await grants()).toEqual([]);
    return answer.get('error');
  }

  test.each(endings)('%s', async (_, end) => {
    expect(await errorOf(end)).toMatch(/^(login|interaction)_required$/);
  });

  test('its browser was signed out', async () => {
    expect(
      await errorOf(async (browser) => browser.submit(await browser.open('/logout'), {}, '/logout')),
    ).toMatch(/^(login|interaction)_required$/);
  });

  test('the person took back what they had allowed', async () => {
    const error = await errorOf(async (browser) => {
      const revoke = await browser.open(`/o/authorized_tokens/${app.id}/delete`);
      await browser.submit(revoke, {}, '/delete');
    });
    expect(error).toBe('interaction_required');
  });

  test('somebody who signs in on the way, and nothing ends, is given one that buys tokens', async () => {
    const browser = newBrowser(server.url);
    const form = await browser.open(authorizeUrl(app));
    const consent = await browser.submit(form, { username, password: PASSWORD }, '/login');
    const { location } = await browser.submit(consent, {}, '/consent');
    const code = new URL(location ?? '').searchParams.get('code') ?? '';
    expect((await exchange(server, app, code)).status).toBe(200);
    expect((await browser.open('/account')).status).toBe(200);
  });
});
