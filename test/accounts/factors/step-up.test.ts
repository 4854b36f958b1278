/** An application asks for more than a password (OpenID Connect Core 3.1.2.1 and 5.5.1.1, RFC 9470). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerOf } from '../../support/answers.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { codeOf, enterPassword, seedOn, sendCode, setUpApp } from '../../support/factors.js';
import { exchange, get, signInAt } from '../../support/oauth.js';
import { claimsOfIdToken } from '../../support/openid.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const PWD = 'urn:latchkey:acr:password';
const MFA = 'urn:latchkey:acr:mfa';
const OPENID = { scope: 'openid', nonce: 'n' };

let server: TestServer;
let app: TestApplication;
let seed: string;

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, { skipConsent: true });
  await createPerson(server, 'alice');
  ({ seed } = await setUpApp(server, 'alice'));
});
// A code counts only after the last one that did, so that the clock only ever goes forward.
afterAll(async () => {
  backToPresent();
  await server.stop();
});

const essential = (...values: string[]) => JSON.stringify({ id_token: { acr: { essential: true, values } } });
const titleOf = (page: Page) => page.html.querySelector('h1')?.text;

/** Alice, signed in by her password alone, which her browser is remembered for. */
async function byPasswordAlone(): Promise<Browser> {
  travel(30);
  const { browser, page } = await enterPassword(server, 'alice');
  const home = await sendCode(browser, page, codeOf(seed), { remember: 'yes' });
  await browser.submit(home, {}, '/logout');
  await enterPassword(server, 'alice', browser);
  return browser;
}

async function claimsAfter(page: Page): Promise<Record<string, unknown>> {
  const { body } = await exchange(server, app, answerOf(page).code!);
  return claimsOfIdToken(body.id_token);
}

test('what can be asked for is in the metadata, and every ID token tells how somebody signed in', async () => {
  const { body } = await get(server, '/.well-known/openid-configuration');
  expect(body.acr_values_supported).toEqual(expect.arrayContaining([PWD, MFA]));
  expect(body.claims_supported).toEqual(expect.arrayContaining(['acr', 'amr', 'auth_time']));

  const remembered = await byPasswordAlone();
  const one = claimsOfIdToken((await signInAt(server, remembered, app, OPENID)).id_token);
  expect(one).toMatchObject({ acr: PWD, amr: ['pwd'] });
  travel(30);
  const { browser, page } = await enterPassword(server, 'alice');
  await sendCode(browser, page, codeOf(seed));
  const both = claimsOfIdToken((await signInAt(server, browser, app, OPENID)).id_token);
  expect(both).toMatchObject({ acr: MFA, amr: ['pwd', 'otp', 'mfa'] });
});

describe.each([
  ['acr_values', { acr_values: MFA }],
  ['an essential claim', { claims: essential(MFA) }],
  [
    'an essential claim with one value',
    { claims: JSON.stringify({ id_token: { acr: { essential: true, value: MFA } } }) },
  ],
])('%s', (_, wish) => {
  test('asks somebody signed in by password for the second factor and nothing else', async () => {
    const browser = await byPasswordAlone();
    travel(60);
    const step = await browser.open(authorizeUrl(app, { ...OPENID, ...wish }));
    expect([titleOf(step), step.html.querySelector('input[name=password]')]).toEqual(['Second step', null]);
    const claims = await claimsAfter(await sendCode(browser, step, codeOf(seed)));
    expect(claims).toMatchObject({ acr: MFA, amr: ['pwd', 'otp', 'mfa'] });
    expect(Number(claims.auth_time)).toBeGreaterThan(Math.floor(Date.now() / 1000) - 30);
    expect(answerOf(await browser.open(authorizeUrl(app, { ...OPENID, ...wish })))).toHaveProperty('code');
  });

  test('asks somebody who is not signed in for both, also where the browser is remembered', async () => {
    const browser = await byPasswordAlone();
    await browser.submit(await browser.open('/'), {}, '/logout');
    travel(30);
    const login = await browser.open(authorizeUrl(app, { ...OPENID, ...wish }));
    const step = await browser.submit(login, { username: 'alice', password: PASSWORD }, '/login');
    expect(titleOf(step)).toBe('Second step');
    expect(await claimsAfter(await sendCode(browser, step, codeOf(seed)))).toMatchObject({ acr: MFA });
  });

  test('with prompt=none is told that somebody has to be asked', async () => {
    const browser = await byPasswordAlone();
    const page = await browser.open(authorizeUrl(app, { ...OPENID, ...wish, prompt: 'none' }));
    expect(answerOf(page).error).toBe('login_required');
  });
});

// Guards against a client that was refused every other time: where the browser is remembered, the password alone took the
// place of a sign-in with both factors, and the answer was that the person could not do more.
test('a sign-in that the application wants anew is made with both factors, however often it is asked for', async () => {
  const browser = await byPasswordAlone();
  for (let i = 0; i < 3; i++) {
    travel(60);
    const wish = { ...OPENID, acr_values: MFA, prompt: 'login' };
    const login = await browser.open(authorizeUrl(app, wish));
    const step = await browser.submit(login, { username: 'alice', password: PASSWORD }, '/login');
    expect(titleOf(step)).toBe('Second step');
    expect(await claimsAfter(await sendCode(browser, step, codeOf(seed)))).toMatchObject({ acr: MFA });
  }
});

describe('somebody without a second factor', () => {
  let asked = 0;

  /** On the page to set one up, after signing in with the password. */
  async function ledToSetUp(): Promise<{ browser: Browser; page: Page }> {
    const username = `nobody${asked++}`;
    await createPerson(server, username);
    const browser = await signIn(server, username);
    const login = await browser.open(authorizeUrl(app, { ...OPENID, acr_values: MFA }));
    expect(titleOf(login)).toBe('Sign in');
    const page = await browser.submit(login, { username, password: PASSWORD }, '/login');
    expect(titleOf(page)).toBe('Set up an authenticator app');
    return { browser, page };
  }

  test('sets one up on the way, keeps the recovery codes, and goes on', async () => {
    const { browser, page } = await ledToSetUp();
    const codes = await sendCode(browser, page, codeOf(seedOn(page)));
    expect(titleOf(codes)).toBe('Your recovery codes');
    const on = codes.html.querySelector('.card a.button')!.getAttribute('href')!;
    expect(await claimsAfter(await browser.open(on))).toMatchObject({ acr: MFA, amr: ['pwd', 'otp', 'mfa'] });
  });

  test('or will not, and the application learns that it does not get it', async () => {
    const { browser, page } = await ledToSetUp();
    const answer = answerOf(await browser.submit(page, {}, '/decline'));
    expect(answer).toMatchObject({ error: 'unmet_authentication_requirements', state: 'xyz' });
  });
});

test('a wish for either is granted to whoever has one of them', async () => {
  const browser = await byPasswordAlone();
  const page = await browser.open(authorizeUrl(app, { ...OPENID, acr_values: `${MFA} ${PWD}` }));
  expect(await claimsAfter(page)).toMatchObject({ acr: PWD });
});

test('an essential acr that is none of ours cannot be met; as a wish it does no harm', async () => {
  const browser = await byPasswordAlone();
  const refused = await browser.open(
    authorizeUrl(app, { ...OPENID, claims: essential('urn:other:hardware') }),
  );
  expect(answerOf(refused).error).toBe('unmet_authentication_requirements');
  const wished = await browser.open(authorizeUrl(app, { ...OPENID, acr_values: 'urn:other:hardware' }));
  expect(answerOf(wished)).toHaveProperty('code');
});

test.each([
  ['prompt=login', { prompt: 'login' }],
  ['max_age', { max_age: '60' }],
])('%s asks for the password again, and for the second factor after it', async (_, wish) => {
  travel(30);
  const { browser, page } = await enterPassword(server, 'alice');
  await sendCode(browser, page, codeOf(seed));
  travel(120);
  const login = await browser.open(authorizeUrl(app, { ...OPENID, ...wish }));
  expect(titleOf(login)).toBe('Sign in');
  const step = await browser.submit(login, { username: 'alice', password: PASSWORD }, '/login');
  expect(titleOf(step)).toBe('Second step');
  const claims = await claimsAfter(await sendCode(browser, step, codeOf(seed)));
  expect(Number(claims.auth_time)).toBeGreaterThan(Math.floor(Date.now() / 1000) - 30);
});

test('a passkey that an app cannot stand in for: the application learns it instead of asking for ever', async () => {
  const browser = newBrowser(server.url);
  travel(30);
  const login = await browser.open(authorizeUrl(app, { ...OPENID, acr_values: 'phr' }));
  const step = await browser.submit(login, { username: 'alice', password: PASSWORD }, '/login');
  const answer = answerOf(await sendCode(browser, step, codeOf(seed)));
  expect(answer.error).toBe('unmet_authentication_requirements');
});

test('too many wrong codes lead back to the password, not to another five', async () => {
  await createPerson(server, 'bob');
  const bob = await setUpApp(server, 'bob');
  await bob.browser.submit(await bob.browser.open('/'), {}, '/logout');
  const browser = newBrowser(server.url);
  const login = await browser.open(authorizeUrl(app, { ...OPENID, acr_values: MFA }));
  let page = await browser.submit(login, { username: 'bob', password: PASSWORD }, '/login');
  for (let tries = 0; tries < 5; tries++) page = await sendCode(browser, page, '12345x');
  expect([titleOf(page), page.html.querySelector('[role=alert]')?.text]).toEqual([
    'Sign in',
    expect.stringContaining('too many codes were wrong'),
  ]);
});
