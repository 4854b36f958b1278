/** A passkey as the second step after the password, and as what confirms a sign-in. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventsOf } from '../../audit/events-of.js';
import {
  type Claims,
  makePasskey,
  type SoftwarePasskey,
  signWithPasskey,
} from '../../support/authenticator.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { enterPassword, recoveryCodesOn } from '../../support/factors.js';
import { exchange, token } from '../../support/oauth.js';
import { claimsOfIdToken } from '../../support/openid.js';
import {
  addPasskey,
  askToRegister,
  askToSign,
  sendAnswer,
  signInWithPasskey,
} from '../../support/passkeys.js';
import { authorizeUrl, createApp, createPerson, PASSWORD, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let people = 0;
let name: string;
let owner: Browser;
let passkey: SoftwarePasskey;

beforeAll(async () => {
  server = await startTestServer({ LOGIN_FAILURES_PER_NETWORK: '1000' });
});
afterAll(async () => server?.stop());
afterEach(backToPresent);

beforeEach(async () => {
  name = `person${people++}`;
  await createPerson(server, name);
  owner = await signIn(server, name);
  passkey = await addPasskey(server, owner);
});

async function answer(browser: Browser, page: Page, claims: Claims = {}, by = passkey): Promise<Page> {
  const options = await askToSign(browser, page);
  return sendAnswer(browser, page, signWithPasskey(by, options, server.url, claims));
}

const isSignedIn = async (browser: Browser) =>
  (await browser.open('/account')).url === `${server.url}/account`;

test('after the password the passkey is asked for, and signs in with or without verification of its owner', async () => {
  for (const isUserVerified of [true, false]) {
    const { browser, page } = await enterPassword(server, name);
    expect(page.url).toBe(`${server.url}/login/second-step`);
    expect(await isSignedIn(browser)).toBe(false);
    const options = await askToSign(browser, page);
    expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'preferred' });
    expect(options.allowCredentials).toEqual([
      { id: passkey.credentialId, type: 'public-key', transports: ['internal'] },
    ]);
    const after = await answer(browser, page, { isUserVerified });
    expect([after.url, await isSignedIn(browser)]).toEqual([`${server.url}/`, true]);
  }
});

test('the ID token says that there were a password and a passkey', async () => {
  const app = await createApp(server, { skipConsent: true });
  const browser = newBrowser(server.url);
  const login = await browser.open(authorizeUrl(app, { scope: 'openid' }));
  const page = await browser.submit(login, { username: name, password: PASSWORD }, '/login');
  const { location } = await answer(browser, page, { isUserVerified: false });
  const { body } = await exchange(server, app, new URL(location!).searchParams.get('code')!);
  expect(claimsOfIdToken(body.id_token)).toMatchObject({ amr: ['pwd', 'hwk', 'user', 'mfa'], acr: 'phr' });
});

test('the password grant gives nothing (PW-10)', async () => {
  const app = await createApp(server, { grantTypes: ['password'] });
  const request = { grant_type: 'password', username: name, password: PASSWORD };
  const { status, body } = await token(server, app, request);
  const error_description = 'Invalid credentials given.';
  expect([status, body]).toEqual([
    400,
    expect.objectContaining({ error: 'invalid_grant', error_description }),
  ]);
});

describe('refused, and nobody is signed in:', () => {
  const LIES: [string, Claims][] = [
    ['another origin', { origin: 'https://evil.test' }],
    ['another RP ID', { rpId: 'evil.test' }],
    ['a challenge of its own', { challenge: Buffer.alloc(32, 1).toString('base64url') }],
    ['a counter that goes back', { signCount: 1 }],
  ];
  test.each(LIES)('%s', async (_what, claims) => {
    const { browser, page } = await enterPassword(server, name);
    expect((await answer(browser, page, claims)).status).toBe(401);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test("another person's passkey", async () => {
    await createPerson(server, `${name}-other`);
    const others = await addPasskey(server, await signIn(server, `${name}-other`));
    const { browser, page } = await enterPassword(server, name);
    const events = await eventsOf(server, async () =>
      expect((await answer(browser, page, {}, others)).status).toBe(401),
    );
    expect(events).toMatchObject([{ event: 'login.failed', details: { reason: 'passkey_of_another' } }]);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('a challenge of the sign-in page, which names nobody, and the other way round', async () => {
    const { browser, page } = await enterPassword(server, name);
    const login = await browser.open('/login');
    const forLogin = signWithPasskey(passkey, await askToSign(browser, login), server.url);
    expect((await sendAnswer(browser, page, forLogin)).status).toBe(401);
    const forStep = signWithPasskey(passkey, await askToSign(browser, page), server.url);
    expect((await sendAnswer(browser, login, forStep)).status).toBe(401);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('an answer after ten minutes: it begins again with the password', async () => {
    const { browser, page } = await enterPassword(server, name);
    travel(601);
    await expect(askToSign(browser, page)).rejects.toThrow('403');
    const after = await browser.submit(page, { response: '{}' }, '/second-step');
    expect(after.url).toContain('/login?again=1');
  });

  test('a fifth wrong answer begins again with the password', async () => {
    const { browser, page } = await enterPassword(server, name);
    for (let time = 1; time < 5; time++)
      expect((await answer(browser, page, { origin: 'https://evil.test' })).status).toBe(401);
    expect((await answer(browser, page, { origin: 'https://evil.test' })).url).toContain('/login?again=1');
  });
});

describe('recovery codes', () => {
  test('are made with the first passkey, shown once, and take its place', async () => {
    await createPerson(server, `${name}-new`);
    const browser = await signIn(server, `${name}-new`);
    const form = await browser.open('/account/passkeys/add');
    const own = makePasskey(await askToRegister(browser, form), server.url);
    const codes = recoveryCodesOn(await sendAnswer(browser, form, own.answer));
    expect(codes).toHaveLength(10);
    expect((await browser.open('/account/security')).text).not.toContain(codes[0]);

    const other = newBrowser(server.url);
    const { page } = await enterPassword(server, `${name}-new`, other);
    const step = await other.open('/login/second-step?way=recovery_code');
    expect(page.html.querySelector('a[href*="way=recovery_code"]')).not.toBeNull();
    await other.submit(step, { code: codes[0]! }, '/second-step');
    expect(await isSignedIn(other)).toBe(true);
  });

  test('are not made again with the second passkey, and go with the last', async () => {
    const form = await owner.open('/account/passkeys/add');
    const second = makePasskey(await askToRegister(owner, form), server.url);
    expect(recoveryCodesOn(await sendAnswer(owner, form, second.answer))).toEqual([]);
    for (const left of [1, 0]) {
      const link = (await owner.open('/account/security')).html.querySelector(
        'td a[href^="/account/passkeys/"]',
      )!;
      await owner.submit(await owner.open(link.getAttribute('href')!), {}, '/remove');
      const { text } = await owner.open('/account/security');
      expect([left, text.includes('Recovery codes')]).toEqual([left, left > 0]);
    }
    expect(await isSignedIn((await enterPassword(server, name)).browser)).toBe(true);
  });
});

test('a change of passkeys forgets the remembered browsers', async () => {
  const { browser, page } = await enterPassword(server, name);
  const options = await askToSign(browser, page);
  await sendAnswer(browser, page, signWithPasskey(passkey, options, server.url), { remember: 'yes' });
  await browser.submit(await browser.open('/logout'), {}, '/logout');
  expect((await enterPassword(server, name, browser)).page.url).toBe(`${server.url}/`);
  // There the password alone does not add one.
  await answer(browser, await browser.open('/account/passkeys/add'));
  await addPasskey(server, browser, { name: 'Another' });
  await browser.submit(await browser.open('/logout'), {}, '/logout');
  expect((await enterPassword(server, name, browser)).page.url).toBe(`${server.url}/login/second-step`);
});

describe('with a sign-in of more than ten minutes ago', () => {
  test('adding and removing ask to confirm it by the passkey, and change nothing before', async () => {
    const security = await owner.open('/account/security');
    const own = security.html.querySelector('td a[href^="/account/passkeys/"]')!.getAttribute('href')!;
    const page = await owner.open(own);
    travel(601);
    const refused = await owner.submit(page, {}, '/remove');
    expect(refused.url).toBe(`${server.url}/login/confirm?next=${encodeURIComponent(own)}`);
    expect((await owner.open('/account/passkeys/add')).url).toContain('/login/confirm?next=');
    expect((await owner.open('/account/security')).text).toContain(own);
    // Neither the password, nor a lie.
    expect((await owner.submit(refused, { password: PASSWORD }, '/login/confirm')).status).toBe(401);
    expect((await answer(owner, refused, { origin: 'https://evil.test' })).status).toBe(401);
    const confirmed = await answer(owner, refused);
    expect(confirmed.url).toBe(`${server.url}${own}`);
    await owner.submit(confirmed, {}, '/remove');
    expect((await owner.open('/account/security')).text).not.toContain(own);
  });

  test('a script that asks for a new passkey is told so', async () => {
    const page = await owner.open('/account/passkeys/add');
    travel(601);
    await expect(askToRegister(owner, page)).rejects.toThrow('recent_sign_in_required');
  });
});

test('a passkey alone signs in where a group requires a second factor, and the last one stays', async () => {
  const { knex } = server.database;
  const { id } = await knex('accounts').where({ username: name }).first('id');
  const [group] = await knex('groups').insert({ name, requires_factor: true }).returning('id');
  await knex('group_members').insert({ account_id: id, group_id: group.id });
  const browser = newBrowser(server.url);
  expect((await signInWithPasskey(server, browser, passkey)).url).toBe(`${server.url}/`);
  const link = (await browser.open('/account/security')).html.querySelector(
    'td a[href^="/account/passkeys/"]',
  )!;
  const refused = await browser.submit(await browser.open(link.getAttribute('href')!), {}, '/remove');
  expect([refused.status, refused.html.querySelector('[role=alert]')?.text.trim()]).toEqual([
    422,
    'A group you belong to requires a second step, so this passkey has to stay.',
  ]);
});
