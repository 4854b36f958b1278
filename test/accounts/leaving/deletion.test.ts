/** Deleting one's account: at once out of everything, for some days to be undone, and then gone for good. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setAccountEnabled } from '../../../src/accounts/set-account-enabled.js';
import { sweep } from '../../../src/tokens/sweep.js';
import { eventsOf } from '../../audit/events-of.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { codeOf, enterPassword, sendCode, setUpApp, wrongCodeOf } from '../../support/factors.js';
import { profile, refresh, signInAt } from '../../support/oauth.js';
import { allow, createApp, createPerson, PASSWORD, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { snapshot } from '../../support/snapshot.js';

const DAY = 24 * 60 * 60;

let server: TestServer;
let secondNode: TestServer;
let username: string;
let accountId: number;
let browser: Browser;
let count = 0;

beforeAll(async () => {
  server = await startTestServer();
  secondNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
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

const heading = (page: Page) => page.html.querySelector('h1')?.text;
const sweepNow = () => sweep(server.database, { auditKeepDays: 365 }, new Date());

async function leave(): Promise<Page> {
  return browser.submit(await browser.open('/account/data/delete'), {}, '/account/data/delete');
}

async function tryToSignIn(node = server, password = PASSWORD): Promise<{ page: Page; browser: Browser }> {
  const fresh = newBrowser(node.url);
  return {
    page: await fresh.submit(await fresh.open('/login'), { username, password }),
    browser: fresh,
  };
}

async function isStillThere(): Promise<boolean> {
  return (await server.database.knex('accounts').where({ id: accountId }).first('id')) !== undefined;
}

describe('for the days of grace', () => {
  test('every session, token and grant is ended, on every node, and the person is told', async () => {
    const app = await createApp(server, { skipConsent: true });
    const other = await signIn(secondNode, username);
    const tokens = await signInAt(server, browser, app);
    const form = await browser.open('/account/tokens/new');
    const made = await browser.submit(form, { name: 'mine', scopes: ['read'] }, '/account/tokens');
    const personal = made.html.querySelector('code[aria-labelledby]')!.text;

    const events = await eventsOf(server, async () => {
      const page = await leave();
      expect([heading(page), page.html.querySelector('.who')]).toEqual([
        'Your account is going to be deleted',
        null,
      ]);
    });
    expect(events).toMatchObject([{ event: 'account.deletion_asked', account_id: accountId }]);
    expect((await browser.open('/account')).url).toContain('/login');
    expect((await other.open('/account')).url).toContain('/login');
    expect((await profile(server, tokens.access_token)).status).toBe(401);
    travel(1);
    expect((await profile(secondNode, tokens.access_token)).status).toBe(401);
    expect((await refresh(secondNode, app, tokens.refresh_token)).body.error).toBe('invalid_grant');
    for (const node of [server, secondNode]) expect((await profile(node, personal)).status).toBe(401);
    const mails = await newBrowser(server.url).open('/dev/mails');
    expect(mails.text).toContain('Your account is going to be deleted');
  });

  test('the right password leads to the question whether to keep it, and nowhere else', async () => {
    await leave();
    expect((await tryToSignIn(server, 'a wrong password')).page.status).toBe(401);
    const { page, browser: back } = await tryToSignIn(secondNode);
    expect(heading(page)).toBe('Keep your account?');
    expect((await back.open('/account')).url).toContain('/login');
    expect((await back.open(page.url)).status).toBe(200);

    const events = await eventsOf(server, async () => {
      expect(heading(await back.submit(page, {}, '/account/keep'))).toBe('Your account is kept');
    });
    expect(events).toMatchObject([{ event: 'account.deletion_cancelled', account_id: accountId }]);
    expect((await back.open('/account')).url).toContain('/login');
    expect((await back.submit(page, {}, '/account/keep')).status).toBe(410);
    const again = await signIn(server, username);
    expect((await again.open('/account')).url).toBe(`${server.url}/account`);
    travel(30 * DAY);
    await sweepNow();
    expect(await isStillThere()).toBe(true);
  });

  // Guards against a password that was found out, which alone brought back what its owner wanted to be rid of.
  test('of somebody with a second factor it takes the factor as well, or a recovery code', async () => {
    const { browser: own, seed, recoveryCodes } = await setUpApp(server, username);
    await own.submit(await own.open('/account/data/delete'), {}, '/account/data/delete');
    const { page, browser: back } = await tryToSignIn();
    expect(heading(page)).toBe('Keep your account?');
    for (const code of ['', wrongCodeOf(seed), 'not-one-of-them']) {
      const refused = await back.submit(page, { code }, '/account/keep');
      expect([refused.status, refused.html.querySelector('[role=alert]') !== null]).toEqual([401, true]);
    }
    expect((await tryToSignIn()).page.url).toContain('/account/keep');
    travel(30);
    const kept = await back.submit(page, { code: codeOf(seed) }, '/account/keep');
    expect(heading(kept)).toBe('Your account is kept');

    travel(30);
    const { browser: again, page: step } = await enterPassword(server, username);
    await sendCode(again, step, codeOf(seed));
    await again.submit(await again.open('/account/data/delete'), {}, '/account/data/delete');
    const { page: offer, browser: later } = await tryToSignIn();
    const saved = await later.submit(offer, { code: recoveryCodes[0]! }, '/account/keep');
    expect(heading(saved)).toBe('Your account is kept');
  });

  test('so it is on the way to an application', async () => {
    const app = await createApp(server);
    await leave();
    const fresh = newBrowser(server.url);
    const page = await fresh.submit(await allow(fresh, app), { username, password: PASSWORD });
    expect(heading(page)).toBe('Keep your account?');
  });

  test('a link to keep it is of no use when it is made up, or after a quarter of an hour', async () => {
    await leave();
    const { page, browser: back } = await tryToSignIn();
    expect((await back.open('/account/keep?token=made-up')).status).toBe(410);
    travel(16 * 60);
    expect((await back.open(page.url)).status).toBe(410);
    expect((await back.submit(page, {}, '/account/keep')).status).toBe(410);
    expect(heading((await tryToSignIn()).page)).toBe('Keep your account?');
  });

  test('an administrator who disables it takes the choice away, and one who enables it ends the leaving', async () => {
    await leave();
    const { page, browser: back } = await tryToSignIn();
    await setAccountEnabled(server.database, username, false);
    expect((await back.submit(page, {}, '/account/keep')).status).toBe(410);
    expect((await tryToSignIn()).page.status).toBe(401);
    await setAccountEnabled(server.database, username, true);
    travel(30 * DAY);
    await sweepNow();
    expect(await isStillThere()).toBe(true);
    expect((await (await signIn(server, username)).open('/account')).status).toBe(200);
  });
});

describe('after them', () => {
  test('nothing is left but a number in the audit trail', async () => {
    const app = await createApp(server);
    await signInAt(server, browser, app);
    await leave();
    travel(13 * DAY);
    await sweepNow();
    expect(await isStillThere()).toBe(true);
    travel(DAY + 60);
    expect((await sweepNow()).rows.accounts).toBe(1);
    expect(await isStillThere()).toBe(false);

    const left = await snapshot(server);
    const tables = Object.entries(left).filter(([, rows]) => rows.some((row) => row.includes(username)));
    expect(tables).toEqual([]);
    for (const table of ['sessions', 'grants', 'consents', 'personal_tokens', 'account_deletions']) {
      const column = await server.database.knex(table).where({ account_id: accountId });
      expect([table, column]).toEqual([table, []]);
    }
    const [event] = await server.database
      .knex('audit_events')
      .where({ account_id: accountId })
      .orderBy('id', 'desc');
    expect(event.event).toBe('account.deleted');
    expect((await tryToSignIn()).page.status).toBe(401);
  });

  test('nobody takes the username, in any case, by signing up or by renaming', async () => {
    await leave();
    travel(15 * DAY);
    await sweepNow();
    const stranger = newBrowser(server.url);
    const form = await stranger.open('/signup');
    const page = await stranger.submit(form, {
      username: username.toUpperCase(),
      email: 'x@example.com',
      password: PASSWORD,
    });
    expect([page.status, page.html.querySelector('#username-error')?.text]).toEqual([
      422,
      'This username is taken. Please choose another.',
    ]);
    await createPerson(server, `renamer${count}`);
    const renamer = await signIn(server, `renamer${count}`);
    const edited = await renamer.submit(await renamer.open('/account/edit'), { username }, '/edit');
    expect(edited.status).toBe(422);
  });
});

test('with ACCOUNT_DELETION_GRACE_DAYS=0 it is gone at once', async () => {
  const node = await startTestServer({
    DATABASE_URL: server.databaseUrl,
    ACCOUNT_DELETION_GRACE_DAYS: '0',
  });
  browser = await signIn(node, username);
  const page = await leave();
  expect(heading(page)).toBe('Your account is deleted');
  expect(await isStillThere()).toBe(false);
  expect((await browser.open('/account')).url).toContain('/login');
  await node.stop();
});

test('it asks for a sign-in that is not older than ten minutes, for the button as for the page', async () => {
  const form = await browser.open('/account/data/delete');
  travel(11 * 60);
  expect((await browser.submit(form, {}, '/account/data/delete')).url).toContain('/login/confirm');
  expect((await browser.open('/account/data/delete')).url).toContain('/login/confirm');
  expect((await browser.open('/account')).status).toBe(200);
});

test('whoever looks after applications hands them over or deletes them first', async () => {
  const form = await browser.open('/account/data/delete');
  const app = await createApp(server, { name: 'Tide Tables' }, accountId);
  const page = await browser.submit(form, {}, '/account/data/delete');
  expect([page.status, heading(page)]).toEqual([409, 'You look after one application.']);
  const asked = await browser.open('/account/data/delete');
  expect(asked.html.querySelector('main li a')?.text).toBe('Tide Tables');
  expect(asked.html.querySelector('form[action="/account/data/delete"]')).toBeNull();
  await browser.submit(await browser.open(`/applications/${app.id}/delete`), {}, '/delete');
  expect(heading(await leave())).toBe('Your account is going to be deleted');
});

test('the last superuser stays, also of two that leave at the same moment', async () => {
  const roots = await Promise.all(
    ['root1', 'root2'].map(async (name) => {
      await createPerson(server, name, { isSuperuser: true });
      return signIn(server, name);
    }),
  );
  const pages = await Promise.all(
    roots.map(async (root) => {
      const form = await root.open('/account/data/delete');
      return root.submit(form, {}, '/account/data/delete');
    }),
  );
  expect(pages.map(({ status }) => status).sort()).toEqual([200, 409]);
});
