/** A passkey in the place of username and password: what it gives, and what is refused (MF-05). */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setAccountEnabled } from '../../../src/accounts/set-account-enabled.js';
import { eventsOf, fromRequest } from '../../audit/events-of.js';
import { type Claims, type SoftwarePasskey, signWithPasskey } from '../../support/authenticator.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { lastMail, readMails } from '../../support/mails.js';
import { addPasskey, askToSign, sendAnswer, signInWithPasskey } from '../../support/passkeys.js';
import { createPerson, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let passkey: SoftwarePasskey;
let ada: number;

beforeAll(async () => {
  server = await startTestServer({ LOGIN_FAILURES_PER_NETWORK: '1000' });
  ({ id: ada } = await createPerson(server, 'ada'));
  await createPerson(server, 'mallory');
  passkey = await addPasskey(server, await signIn(server, 'ada'), { name: 'My phone' });
});
afterAll(async () => server?.stop());
afterEach(backToPresent);

const open = () => newBrowser(server.url);
const isSignedIn = async (browser: Browser) =>
  (await browser.open('/account')).url === `${server.url}/account`;

async function expectRefused(browser: Browser, page: Page): Promise<void> {
  expect([page.status, page.html.querySelector('#login-error')?.text]).toEqual([
    401,
    'This passkey was not accepted. Please try again, or sign in with your password.',
  ]);
  expect(await isSignedIn(browser)).toBe(false);
}

test('a passkey signs its owner in under a new session id, and leads on', async () => {
  const browser = await signIn(server, 'mallory');
  const before = await browser.jar.getCookieString(server.url);
  const page = await signInWithPasskey(server, browser, passkey, { path: '/login?next=/account/edit' });
  expect([page.status, page.url]).toEqual([200, `${server.url}/account/edit`]);
  expect(page.html.querySelector('.who')?.text).toContain('ada');
  const old = await open().request('/account', { headers: { cookie: before } });
  expect(old.location).toContain('/login');

  const list = await browser.open('/account/security');
  const [, , used] = list.html.querySelectorAll('section[aria-labelledby=passkeys-section] tbody tr > *');
  expect(used?.querySelector('time')).not.toBeNull();
});

test.each(['//evil.test', 'https://evil.test', '/\\evil.test'])(
  'next=%s leads nowhere else',
  async (next) => {
    const browser = open();
    const page = await signInWithPasskey(server, browser, passkey, {
      path: `/login?next=${encodeURIComponent(next)}`,
    });
    expect(page.url).toBe(`${server.url}/`);
  },
);

test('nobody is named to a browser that asks: any passkey of this host may answer, if its owner is verified', async () => {
  const browser = open();
  const options = await askToSign(browser, await browser.open('/login'));
  expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
  expect(options.allowCredentials ?? []).toEqual([]);
  expect(Buffer.from(options.challenge, 'base64url').length).toBe(32);
});

test('sign-ins are recorded: who, and by what', async () => {
  const events = await eventsOf(server, () => signInWithPasskey(server, open(), passkey));
  expect(events).toMatchObject([
    {
      event: 'login.succeeded',
      account_id: ada,
      details: { methods: ['hwk', 'user', 'mfa'] },
      ...fromRequest,
    },
  ]);
  const failed = await eventsOf(server, () =>
    signInWithPasskey(server, open(), passkey, { origin: 'https://evil.test' }),
  );
  expect(failed).toMatchObject([
    { event: 'login.failed', account_id: ada, details: { reason: 'passkey_signature' }, ...fromRequest },
  ]);
});

describe('refused, and nobody is signed in:', () => {
  const LIES: [string, Claims][] = [
    ['another origin', { origin: 'https://evil.test' }],
    ['the origin of another port', { origin: 'http://localhost:1' }],
    ['another RP ID', { rpId: 'evil.test' }],
    ['a challenge of its own', { challenge: Buffer.alloc(32, 1).toString('base64url') }],
    ['a registration in the place of a signature', { type: 'webauthn.create' }],
    ['an owner who was not verified', { isUserVerified: false }],
    ['an unknown credential', { credentialId: Buffer.alloc(16).toString('base64url') }],
    ['no user handle', { userHandle: undefined }],
    ['another user handle', { userHandle: Buffer.alloc(32).toString('base64url') }],
    ['another key', { signWith: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
  ];
  test.each(LIES)('%s', async (_what, claims) => {
    const browser = open();
    await expectRefused(browser, await signInWithPasskey(server, browser, passkey, claims));
  });

  test.each([
    '',
    'x',
    '{}',
    'null',
    '{"id":"a","rawId":"a","type":"public-key","response":{"clientDataJSON":"e30"}}',
  ])('an answer that is none: %j', async (response) => {
    const browser = open();
    await expectRefused(
      browser,
      await browser.submit(await browser.open('/login'), { response }, '/passkey'),
    );
  });

  test("another person's credential", async () => {
    const others = await addPasskey(server, await signIn(server, 'mallory'));
    const browser = open();
    const claims = { credentialId: passkey.credentialId };
    await expectRefused(browser, await signInWithPasskey(server, browser, others, claims));
  });

  test('a challenge that was answered before, rightly or wrongly', async () => {
    for (const claims of [{}, { origin: 'https://evil.test' }]) {
      const browser = open();
      const page = await browser.open('/login');
      const options = await askToSign(browser, page);
      await sendAnswer(browser, page, signWithPasskey(passkey, options, server.url, claims));
      if (await isSignedIn(browser)) await browser.submit(await browser.open('/logout'), {}, '/logout');
      const replay = signWithPasskey(passkey, options, server.url);
      await expectRefused(browser, await sendAnswer(browser, page, replay));
    }
  });

  test('a challenge older than five minutes', async () => {
    const browser = open();
    const page = await browser.open('/login');
    const options = await askToSign(browser, page);
    travel(5 * 60 + 1);
    await expectRefused(
      browser,
      await sendAnswer(browser, page, signWithPasskey(passkey, options, server.url)),
    );
  });

  test('a challenge that another browser was given', async () => {
    const [browser, other] = [open(), open()];
    const options = await askToSign(other, await other.open('/login'));
    const answer = signWithPasskey(passkey, options, server.url);
    await expectRefused(browser, await sendAnswer(browser, await browser.open('/login'), answer));
  });

  test('two answers to one challenge at the same moment: one of them', async () => {
    const browser = open();
    const page = await browser.open('/login');
    const options = await askToSign(browser, page);
    const answers = [1, 2, 3, 4].map(() => signWithPasskey(passkey, options, server.url));
    const sent = await Promise.all(answers.map((answer) => sendAnswer(browser, page, answer)));
    expect(sent.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
  });

  test('a removed passkey', async () => {
    await createPerson(server, 'grace');
    const owner = await signIn(server, 'grace');
    const removed = await addPasskey(server, owner);
    const link = (await owner.open('/account/security')).html.querySelector('td a')!;
    await owner.submit(await owner.open(link.getAttribute('href')!), {}, '/remove');
    const browser = open();
    await expectRefused(browser, await signInWithPasskey(server, browser, removed));
    expect((await lastMail(server, 'grace@example.com')).subject).toBe(
      'A passkey was removed from your account',
    );
  });

  test('the passkey of somebody disabled', async () => {
    const { id } = await createPerson(server, 'dora');
    const own = await addPasskey(server, await signIn(server, 'dora'));
    await setAccountEnabled(server.database, 'dora', false);
    const browser = open();
    const events = await eventsOf(server, async () =>
      expectRefused(browser, await signInWithPasskey(server, browser, own)),
    );
    expect(events).toMatchObject([
      { event: 'login.failed', account_id: id, details: { reason: 'disabled' } },
    ]);
  });

  test('a form without the token of our pages', async () => {
    const browser = open();
    const page = await browser.open('/login');
    const answer = signWithPasskey(passkey, await askToSign(browser, page), server.url);
    const body = new URLSearchParams({ response: JSON.stringify(answer) });
    expect((await browser.request('/login/passkey', { method: 'POST', body })).status).toBe(403);
    expect(await isSignedIn(browser)).toBe(false);
  });
});

describe('the counter of an authenticator', () => {
  test('that goes back is refused, recorded and told to the owner', async () => {
    await createPerson(server, 'copied');
    const own = await addPasskey(server, await signIn(server, 'copied'), { name: 'Old key', signCount: 10 });
    for (const signCount of [10, 3, 0]) {
      const browser = open();
      const events = await eventsOf(server, async () =>
        expectRefused(browser, await signInWithPasskey(server, browser, own, { signCount })),
      );
      expect(events).toMatchObject([
        { event: 'passkey.copied', details: { name: 'Old key' } },
        { event: 'login.failed', details: { reason: 'passkey_copied' } },
      ]);
    }
    const mail = await lastMail(server, 'copied@example.com');
    expect(mail.subject).toBe('A passkey of your account may have been copied');
    expect(mail.text).toContain('Old key');
    expect((await signInWithPasskey(server, open(), own, { signCount: 11 })).status).toBe(200);
  });

  test('is only looked at when the signature is right, so that nobody else can raise the alarm', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const mails = await readMails(server, 'ada@example.com');
    const browser = open();
    const claims = { signCount: 1, signWith: privateKey };
    const count = passkey.signCount;
    await expectRefused(browser, await signInWithPasskey(server, browser, passkey, claims));
    passkey.signCount = count;
    expect(await readMails(server, 'ada@example.com')).toEqual(mails);
  });

  test('may stand at zero for ever, as that of synced passkeys does', async () => {
    await createPerson(server, 'synced');
    const own = await addPasskey(server, await signIn(server, 'synced'), { signCount: 0 });
    for (const _time of [1, 2]) expect((await signInWithPasskey(server, open(), own)).status).toBe(200);
  });
});

test('a new passkey is recorded and told to the owner', async () => {
  const { id } = await createPerson(server, 'nora');
  const browser = await signIn(server, 'nora');
  const events = await eventsOf(server, () => addPasskey(server, browser, { name: 'My laptop' }));
  expect(events).toMatchObject([
    { event: 'passkey.added', account_id: id, details: { name: 'My laptop' }, ...fromRequest },
  ]);
  const mail = await lastMail(server, 'nora@example.com');
  expect([mail.subject, mail.text]).toEqual([
    'A passkey was added to your account',
    expect.stringContaining('My laptop'),
  ]);
});
