/** Adding a passkey, and what is refused on the way (MF-05). */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Claims, makePasskey } from '../../support/authenticator.js';
import type { Browser } from '../../support/browser.js';
import { newBrowser } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { addPasskey, askToRegister, sendAnswer } from '../../support/passkeys.js';
import { createPerson, signIn } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let browser: Browser;
let people = 0;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server?.stop());
afterEach(backToPresent);

let name: string;
beforeEach(async () => {
  name = `person${people++}`;
  await createPerson(server, name);
  browser = await signIn(server, name);
});

const namesOf = async (who: Browser) =>
  (await who.open('/account/security')).html
    .querySelectorAll('section[aria-labelledby=passkeys-section] tbody th')
    .map((cell) => cell.text.trim());

test('a passkey is listed with its name, and can be renamed and removed', async () => {
  await addPasskey(server, browser, { name: 'My phone' });
  await addPasskey(server, browser);
  expect(await namesOf(browser)).toEqual(['My phone', 'Passkey']);

  const list = await browser.open('/account/security');
  const [link] = list.html.querySelectorAll('a[href^="/account/passkeys/"]');
  const page = await browser.open(link!.getAttribute('href')!);
  const empty = await browser.submit(page, { name: ' ' });
  expect([empty.status, await namesOf(browser)]).toEqual([422, ['My phone', 'Passkey']]);
  await browser.submit(page, { name: '"><b>Old</b> phone' });
  expect(await namesOf(browser)).toEqual(['"><b>Old</b> phone', 'Passkey']);
  await browser.submit(page, {}, '/remove');
  expect(await namesOf(browser)).toEqual(['Passkey']);
});

test('the browser is asked for a passkey of the issuer, for nobody it could recognise', async () => {
  const page = await browser.open('/account/passkeys/add');
  const options = await askToRegister(browser, page);
  expect(options.rp.id).toBe('localhost');
  expect(Buffer.from(options.challenge, 'base64url').length).toBe(32);
  expect(Buffer.from(options.user.id, 'base64url').length).toBe(32);
  expect(options.excludeCredentials).toEqual([]);
  expect(options.authenticatorSelection).toMatchObject({ residentKey: 'preferred' });

  const { credentialId } = await addPasskey(server, browser);
  const again = await askToRegister(browser, page);
  expect(again.user.id).toBe(options.user.id);
  expect(again.excludeCredentials).toEqual([
    { id: credentialId, type: 'public-key', transports: ['internal'] },
  ]);
});

const LIES: [string, Claims][] = [
  ['another origin', { origin: 'https://evil.test' }],
  ['another RP ID', { rpId: 'evil.test' }],
  ['a challenge of its own', { challenge: Buffer.alloc(32).toString('base64url') }],
  ['a signature in the place of a registration', { type: 'webauthn.get' }],
];

test.each(LIES)('%s is refused, and nothing is added', async (_what, claims) => {
  const page = await browser.open('/account/passkeys/add');
  const { answer } = makePasskey(await askToRegister(browser, page), server.url, claims);
  expect((await sendAnswer(browser, page, answer)).status).toBe(422);
  expect(await namesOf(browser)).toEqual([]);
});

test('a challenge is good for one answer, even when that was refused', async () => {
  const page = await browser.open('/account/passkeys/add');
  const options = await askToRegister(browser, page);
  const wrong = makePasskey(options, 'https://evil.test').answer;
  expect((await sendAnswer(browser, page, wrong)).status).toBe(422);
  const right = makePasskey(options, server.url).answer;
  expect((await sendAnswer(browser, page, right)).status).toBe(422);
  expect(await namesOf(browser)).toEqual([]);
});

test('a challenge is good for five minutes', async () => {
  const page = await browser.open('/account/passkeys/add');
  const [early, late] = [await askToRegister(browser, page), await askToRegister(browser, page)];
  travel(4 * 60);
  expect((await sendAnswer(browser, page, makePasskey(early, server.url).answer)).status).toBe(200);
  travel(2 * 60);
  expect((await sendAnswer(browser, page, makePasskey(late, server.url).answer)).status).toBe(422);
  expect(await namesOf(browser)).toEqual(['Passkey']);
});

test('a challenge is good in the browser it was given to', async () => {
  const other = await signIn(server, name);
  const page = await browser.open('/account/passkeys/add');
  const { answer } = makePasskey(
    await askToRegister(other, await other.open('/account/passkeys/add')),
    server.url,
  );
  expect((await sendAnswer(browser, page, answer)).status).toBe(422);
  expect(await namesOf(browser)).toEqual([]);
});

test('a challenge for one account does not add a passkey to another', async () => {
  const page = await browser.open('/account/passkeys/add');
  const { answer } = makePasskey(await askToRegister(browser, page), server.url);
  await createPerson(server, `${name}-other`);
  const login = await browser.open('/login');
  await browser.submit(
    login,
    { username: `${name}-other`, password: 'correct horse battery staple' },
    '/login',
  );
  const added = await browser.open('/account/passkeys/add');
  expect((await sendAnswer(browser, added, answer)).status).toBe(422);
  expect(await namesOf(browser)).toEqual([]);
});

test('a credential that is registered already is refused, whoever has it', async () => {
  const { credentialId } = await addPasskey(server, browser);
  await createPerson(server, `${name}-other`);
  const other = await signIn(server, `${name}-other`);
  const page = await other.open('/account/passkeys/add');
  const { answer } = makePasskey(await askToRegister(other, page), server.url, { credentialId });
  const refused = await sendAnswer(other, page, answer);
  expect([refused.status, await namesOf(other)]).toEqual([422, []]);
});

test.each([
  '',
  'x',
  '{}',
  '[]',
  '{"id":1}',
  'null',
  '{"id":"a","rawId":"a","type":"public-key","response":{}}',
])('an answer that is none is refused: %j', async (response) => {
  const page = await browser.open('/account/passkeys/add');
  expect((await browser.submit(page, { response }, '/account/passkeys')).status).toBe(422);
});

test('the twenty-first passkey is refused', async () => {
  const page = await browser.open('/account/passkeys/add');
  const last = await askToRegister(browser, page);
  for (let count = 0; count < 20; count++) await addPasskey(server, browser);
  expect((await sendAnswer(browser, page, makePasskey(last, server.url).answer)).status).toBe(409);
  expect((await browser.open('/account/passkeys/add')).status).toBe(409);
  expect(await namesOf(browser)).toHaveLength(20);
});

test('passkeys of others are not there', async () => {
  await addPasskey(server, browser);
  const path = (await browser.open('/account/security')).html.querySelector('td a')!.getAttribute('href')!;
  await createPerson(server, `${name}-other`);
  const other = await signIn(server, `${name}-other`);
  expect((await other.open(path)).status).toBe(404);
  const own = await other.open('/account/passkeys/add');
  const csrf = own.html.querySelector('input[name=csrf_token]')!.getAttribute('value')!;
  for (const action of [path, `${path}/remove`]) {
    const body = new URLSearchParams({ csrf_token: csrf, name: 'Mine' });
    expect((await other.request(action, { method: 'POST', body })).status).toBe(404);
  }
  expect(await namesOf(browser)).toEqual(['Passkey']);
});

test('nobody adds a passkey without being signed in, or from another site', async () => {
  const anonymous = newBrowser(server.url);
  expect((await anonymous.open('/account/passkeys/add')).url).toContain('/login?next=');
  const page = await browser.open('/account/passkeys/add');
  const csrf = page.html.querySelector('input[name=csrf_token]')!.getAttribute('value')!;
  const body = new URLSearchParams({ csrf_token: csrf });
  for (const headers of [{ origin: 'https://evil.test' }, { 'sec-fetch-site': 'cross-site' }] as Record<
    string,
    string
  >[]) {
    const answer = await browser.request('/account/passkeys/options', { method: 'POST', body, headers });
    expect(answer.status).toBe(403);
  }
  expect((await browser.request('/account/passkeys/options', { method: 'POST' })).status).toBe(403);
});

test('without JavaScript the page says in a sentence that passkeys need it', async () => {
  const page = await browser.open('/account/passkeys/add');
  expect(page.html.querySelector('noscript')!.text).toContain('Passkeys need JavaScript');
  const sent = await browser.submit(page, {}, '/account/passkeys');
  expect([sent.status, sent.html.querySelector('[role=alert]')!.text]).toEqual([
    422,
    expect.stringContaining('Passkeys need JavaScript'),
  ]);
});
