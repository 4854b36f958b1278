/** Superusers invite people, who make their own accounts with a link that works once. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventsOf, fromRequest } from '../audit/events-of.js';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { latchkey } from '../support/command.js';
import { readMails } from '../support/mails.js';
import { createPerson, PASSWORD, signIn } from '../support/people.js';
import { postTo } from '../support/portal.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';

let server: TestServer;
/** Of the same server as the world sees it, without mail. */
let mute: TestServer;
let root: Browser;
let rootId: number;

beforeAll(async () => {
  server = await startTestServer({ SIGNUP: 'invitation' });
  mute = await startTestServer({ SIGNUP: 'invitation', HOST: '0.0.0.0', DATABASE_URL: server.databaseUrl });
  rootId = (await createPerson(server, 'root', { isSuperuser: true })).id;
  root = await signIn(server, 'root');
});

afterEach(backToPresent);
afterAll(async () => {
  await mute.stop();
  await server.stop();
});

const FIELDS = { username: 'ada', first_name: 'Ada', password: PASSWORD };

const invite = async (email: string, fields = {}): Promise<Page> =>
  root.submit(await root.open('/admin/invitations'), { email, ...fields }, '/admin/invitations');

/** The link of the latest mail to this address. */
async function mailedLink(email: string): Promise<string> {
  const { text } = await root.open('/dev/mails');
  const mail = text.slice(text.indexOf(email));
  const [link] = /http[^"<]*\/invitation\?token=[\w-]{43}/.exec(mail) ?? [];
  return link ?? '';
}

async function shownLink(email: string): Promise<string> {
  const browser = await signIn(mute, 'root');
  const form = await browser.open('/admin/invitations');
  const page = await browser.submit(form, { email }, '/admin/invitations');
  const { pathname, search } = new URL(page.html.querySelector('code[aria-labelledby=link]')?.text ?? '');
  return server.url + pathname + search;
}

const accept = async (link: string, fields: Record<string, string> = {}, browser = newBrowser(server.url)) =>
  browser.submit(await browser.open(link), { ...FIELDS, ...fields }, '/invitation');

const accountOf = (username: string) => server.database.knex('accounts').where({ username }).first();

describe('an invitation', () => {
  test('goes out by mail in the language chosen, and its address is verified once it is used', async () => {
    let page: Page | undefined;
    const events = await eventsOf(server, async () => {
      page = await invite('ada@example.com', { language: 'fr' });
      expect(page.text).not.toContain('token=');
      const link = await mailedLink('ada@example.com');
      expect((await root.open('/dev/mails')).text).toContain('Créer votre compte');
      const browser = newBrowser(server.url);
      page = await accept(link, {}, browser);
      expect([page.status, page.url]).toEqual([200, `${server.url}/`]);
      expect((await browser.open('/account')).text).toContain('ada@example.com');
    });
    expect(await accountOf('ada')).toMatchObject({
      email: 'ada@example.com',
      email_verified_at: expect.any(Date),
      is_superuser: false,
    });
    expect(events.map(({ event }) => event)).toEqual(['invitation.made', 'signup', 'invitation.used']);
    expect(events[0]).toMatchObject({
      actor_id: rootId,
      details: { email: 'ada@example.com' },
      ...fromRequest,
    });
  });

  test('is shown once where no mail goes out, and then proves no address', async () => {
    const link = await shownLink('bob@example.com');
    expect(JSON.stringify(await snapshot(server))).not.toContain(new URL(link).searchParams.get('token'));
    await accept(link, { username: 'bob' });
    expect(await accountOf('bob')).toMatchObject({ email: 'bob@example.com', email_verified_at: null });
  });

  test('works once, of ten at the same moment for one', async () => {
    const link = await shownLink('many@example.com');
    const forms = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const browser = newBrowser(server.url);
        return { browser, form: await browser.open(link), username: `many${index}` };
      }),
    );
    const pages = await Promise.all(
      forms.map(({ browser, form, username }) =>
        browser.submit(form, { ...FIELDS, username }, '/invitation'),
      ),
    );
    expect(pages.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(410)]);
    expect(await server.database.knex('accounts').where({ email: 'many@example.com' })).toHaveLength(1);
  });

  test('is not used up by looking at it, as mail scanners do, nor by a form with mistakes', async () => {
    const link = await shownLink('carol@example.com');
    for (let visits = 0; visits < 3; visits++)
      expect((await newBrowser(server.url).open(link)).status).toBe(200);
    const browser = newBrowser(server.url);
    const refused = await accept(link, { username: 'carol', password: 'short' }, browser);
    expect([refused.status, refused.html.querySelector('#username')?.getAttribute('value')]).toEqual([
      422,
      'carol',
    ]);
    expect((await accept(link, { username: 'ROOT' })).html.querySelector('#username-error')?.text).toContain(
      'taken',
    );
    expect((await browser.submit(refused, { ...FIELDS, username: 'carol' }, '/invitation')).status).toBe(200);
  });

  test('is for the address that was invited, and makes no superuser', async () => {
    const link = await shownLink('dora@example.com');
    await accept(link, { username: 'dora', email: 'root@example.com', is_superuser: 'true' });
    expect(await accountOf('dora')).toMatchObject({ email: 'dora@example.com', is_superuser: false });
  });

  // It would keep the owner of that address out of signing in with it. Names are folded before they are stored, so
  // that another spelling of the address must not pass.
  test.each(['victim@example.com', ' Victim@Example.com ', 'victim\uff20example.com'])(
    'makes no account whose username is the address of somebody else: %j',
    async (username) => {
      const page = await accept(await shownLink('erik@example.com'), { username });
      expect([page.status, page.html.querySelector('#username-error')?.text]).toEqual([
        422,
        expect.stringContaining('not yours'),
      ]);
      expect(await accountOf('victim@example.com')).toBeUndefined();
    },
  );

  // The first sign-in was told as one by a stranger's browser.
  test('leads to an account that knows this browser', async () => {
    const browser = newBrowser(server.url);
    await accept(await shownLink('fay@example.com'), { username: 'fay' }, browser);
    await browser.submit(await browser.open('/logout'), {}, '/logout');
    const form = await browser.open('/login');
    await browser.submit(form, { username: 'fay', password: PASSWORD }, '/login');
    const subjects = (await readMails(server, 'fay@example.com')).map(({ subject }) => subject);
    expect(subjects).toEqual(['Confirm your email address']);
  });

  test('ends after a week', async () => {
    const link = await shownLink('late@example.com');
    travel(7 * 24 * 3600 + 1);
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
  });

  test('is listed while it is open, and can be revoked', async () => {
    const link = await shownLink('eve@example.com');
    const page = await root.open('/admin/invitations');
    const row = page.html.querySelectorAll('tbody tr').find((each) => each.text.includes('eve@example.com'));
    expect(row?.text).toContain('root');
    expect(page.text).not.toContain('ada@example.com');
    const action = row?.querySelector('form')?.getAttribute('action');
    const events = await eventsOf(server, () => root.submit(page, {}, action));
    expect(events).toMatchObject([
      { event: 'invitation.revoked', actor_id: rootId, details: { email: 'eve@example.com' } },
    ]);
    expect((await root.open('/admin/invitations')).text).not.toContain('eve@example.com');
    expect((await newBrowser(server.url).open(link)).status).toBe(410);
  });

  test('is refused for what is no address', async () => {
    const before = await snapshot(server);
    const page = await invite('nowhere');
    expect([page.status, page.html.querySelector('#email')?.getAttribute('aria-invalid')]).toEqual([
      422,
      'true',
    ]);
    expect(await snapshot(server)).toEqual(before);
  });
});

describe('SIGNUP', () => {
  test('invitation offers no signing up, and says what is needed', async () => {
    const page = await newBrowser(server.url).open('/signup');
    expect([page.status, page.html.querySelector('h1')?.text]).toEqual([
      403,
      'Accounts are made here by invitation.',
    ]);
    expect((await newBrowser(server.url).open('/login')).text).not.toContain('/signup');
  });

  test('closed takes no invitation, not even one from before', async () => {
    const link = await shownLink('before@example.com');
    const closed = await startTestServer({ SIGNUP: 'closed', DATABASE_URL: server.databaseUrl });
    const { pathname, search } = new URL(link);
    expect((await newBrowser(closed.url).open(pathname + search)).status).toBe(403);
    const browser = await signIn(closed, 'root');
    expect((await browser.open('/admin/invitations')).text).toContain('SIGNUP');
    expect((await postTo(browser, '/admin/invitations', { email: 'x@example.com' })).status).toBe(403);
    await closed.stop();
  });
});

test.each(['', 'x', 'A'.repeat(43), '%00', "' OR 1=1 --"])(
  'no other token is accepted: %j',
  async (token) => {
    expect((await newBrowser(server.url).open(`/invitation?token=${token}`)).status).toBe(410);
  },
);

test('latchkey user invite mails an invitation, or prints its link', async () => {
  const environment = {
    DATABASE_URL: server.databaseUrl,
    SECRET_KEY,
    ISSUER: server.url,
    SIGNUP: 'invitation',
  };
  const mailed = await latchkey(['user', 'invite', 'frank@example.com', '--language', 'de'], { environment });
  expect(mailed.stdout).toBe('The invitation is on its way to frank@example.com.\n');
  expect((await root.open('/dev/mails')).text).toContain('Konto anlegen');
  const printed = await latchkey(['user', 'invite', 'gina@example.com', '--print'], { environment });
  await accept(printed.stdout.trim(), { username: 'gina' });
  expect(await accountOf('gina')).toMatchObject({ email: 'gina@example.com', email_verified_at: null });
  const refused = await latchkey(['user', 'invite', 'nowhere'], { environment });
  expect([refused.code, refused.stdout]).toEqual([1, '']);
});
