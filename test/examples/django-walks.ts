/** What people and programs do at the Django sites of examples/, and at those that are made of the portal's snippets. */
import { expect } from '@jest/globals';
import { generateKeyPair, SignJWT } from 'jose';
import { passThrough } from '../applications/connect/sign-in.js';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { byPassword, revoke, signInAt } from '../support/oauth.js';
import { createApp, getCode, signIn, type TestApplication } from '../support/people.js';
import type { TestServer } from '../support/server.js';
import type { DjangoSite } from './django-site.js';

/** Ada of test/support/people, as the sites know her. */
export const ADA = { username: 'ada', email: 'ada@example.com', first_name: 'Ada', last_name: 'Example' };

/** From the button of the site's first page to the one at which the person ends, by way of Latchkey. */
export async function signInByButton({ url }: DjangoSite, browser: Browser): Promise<Page> {
  return passThrough(browser, await browser.submit(await browser.open(`${url}/`)), 'ada');
}

/** What the page of examples/bare_django shows of the person. */
export function personOn(page: Page): Record<string, string> {
  const terms = page.html.querySelectorAll('dt').map(({ text }) => text);
  const values = page.html.querySelectorAll('dd').map(({ text }) => text);
  return Object.fromEntries(terms.map((term, index) => [term, values[index] ?? '']));
}

interface JsonAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire, whose shape is what the tests look at
  body: any;
}

/** A call of the single-page app, with the site's cookies. */
async function call(browser: Browser, path: string, body?: unknown): Promise<JsonAnswer> {
  // Cookies know no ports.
  const token = (await browser.jar.getCookies('http://localhost/')).find(({ key }) => key === 'csrftoken');
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    ...(token && { 'x-csrftoken': token.value }),
  };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const page = await browser.request(path, init);
  return { status: page.status, body: page.text && JSON.parse(page.text) };
}

async function callWith(authorization: string, url: string, init: RequestInit = {}): Promise<JsonAnswer> {
  const headers = { authorization, accept: 'application/json', 'content-type': 'application/json' };
  const response = await fetch(url, { ...init, headers });
  const text = await response.text();
  return { status: response.status, body: text && JSON.parse(text) };
}

/** The code that Latchkey gives the single-page app for Ada at the application's first redirect URI. */
async function getCodeOfAda(server: TestServer, app: TestApplication): Promise<string> {
  return getCode(await signIn(server, 'ada'), app, { scope: 'read' });
}

/** The back end of a single-page app with dj-rest-auth: a code becomes a JWT in cookies, which renews and ends. */
export async function useDjRestAuth(
  server: TestServer,
  app: TestApplication,
  site: DjangoSite,
): Promise<void> {
  const browser = newBrowser(site.url);
  const code = await getCodeOfAda(server, app);
  const answer = await call(browser, '/auth/latchkey/', { code });
  expect(answer).toMatchObject({ status: 200, body: { user: ADA, access: expect.stringMatching(/^ey/) } });
  const cookies = await browser.jar.getCookies(site.url);
  expect(cookies.filter(({ httpOnly }) => httpOnly).map(({ key }) => key)).toEqual(
    expect.arrayContaining(['access', 'refresh']),
  );

  const user = '/auth/user/';
  expect(await call(browser, user)).toMatchObject({ status: 200, body: ADA });
  expect((await callWith(`Bearer ${answer.body.access}`, site.url + user)).body).toMatchObject(ADA);
  const renewed = await call(browser, '/auth/token/refresh/', {});
  expect(renewed).toMatchObject({ status: 200, body: { access: expect.stringMatching(/^ey/) } });
  expect(renewed.body.access).not.toBe(answer.body.access);
  expect(await call(browser, '/auth/logout/', {})).toMatchObject({ status: 200 });
  expect(await call(browser, user)).toMatchObject({ status: 401 });

  const replayed = await call(newBrowser(site.url), '/auth/latchkey/', { code });
  expect(replayed).toMatchObject({ status: 400, body: { non_field_errors: [expect.any(String)] } });
}

/** The endpoints of rest-social-auth: session, token and JWT, the provider in the address or in the body. */
export async function useRestSocialAuth(
  server: TestServer,
  app: TestApplication,
  site: DjangoSite,
): Promise<void> {
  const login = async (browser: Browser, path: string, more = {}) => {
    const code = await getCodeOfAda(server, app);
    return call(browser, `/api/login/social/${path}`, { code, ...more });
  };
  const inBody = { provider: 'latchkey' };
  const me = `${site.url}/api/me/`;

  for (const [path, more] of [
    ['session/', inBody],
    ['session/latchkey/', {}],
  ] as const) {
    const browser = newBrowser(site.url);
    // For the cookie against forged requests.
    await browser.open('/');
    expect(await login(browser, path, more)).toMatchObject({ status: 200, body: ADA });
    expect(await call(browser, '/api/me/')).toMatchObject({ status: 200, body: ADA });
  }
  for (const [path, more] of [
    ['token/', { ...inBody, redirect_uri: app.redirectUris[0] }],
    ['token/latchkey/', {}],
  ] as const) {
    const { body } = await login(newBrowser(site.url), path, more);
    expect(await callWith(`Token ${body.token}`, me)).toMatchObject({ status: 200, body: ADA });
  }
  for (const [path, more] of [
    ['jwt-pair-user/', inBody],
    ['jwt-pair/latchkey/', {}],
  ] as const) {
    const { body } = await login(newBrowser(site.url), path, more);
    expect(await callWith(`Bearer ${body.token}`, me)).toMatchObject({ status: 200, body: ADA });
  }

  expect(await login(newBrowser(site.url), 'jwt-pair/')).toMatchObject({ status: 400 });
  const forged = await call(newBrowser(site.url), '/api/login/social/token/', { ...inBody, code: 'nobody' });
  expect(forged).toMatchObject({ status: 400 });
}

/**
 * An API of Django REST framework that is called with tokens of `caller`, which has the password grant. Ada is in
 * the group editors.
 */
export async function useResourceServer(
  server: TestServer,
  caller: TestApplication,
  site: DjangoSite,
): Promise<void> {
  const tokenFor = async (scope: string) => (await byPassword(server, caller, 'ada', { scope })).access_token;
  const notes = `${site.url}/api/notes/`;
  const groups = `${site.url}/api/groups/`;
  const post = (text: string) => ({ method: 'POST', body: JSON.stringify({ text }) });

  const read = `Bearer ${await tokenFor('read')}`;
  const write = `Bearer ${await tokenFor('write')}`;
  const all = `Bearer ${await tokenFor('read write groups')}`;
  expect(await callWith(read, notes)).toMatchObject({ status: 200, body: { username: 'ada', notes: [] } });
  expect(await callWith(read, notes, post('no'))).toMatchObject({ status: 403 });
  expect(await callWith(write, notes, post('yes'))).toMatchObject({ status: 201, body: { notes: ['yes'] } });
  expect(await callWith(write, notes)).toMatchObject({ status: 403 });
  expect(await callWith(read, groups)).toMatchObject({ status: 403 });
  expect(await callWith(all, groups)).toMatchObject({ status: 200, body: { groups: ['editors'] } });

  for (const wrong of ['Bearer', 'Bearer nobody', `Bearer ${'a'.repeat(43)}`, `${read}x`])
    expect((await callWith(wrong, notes)).status).toBe(401);
  const unasked = await fetch(notes);
  expect([unasked.status, unasked.headers.get('www-authenticate')]).toEqual([
    401,
    expect.stringMatching(/^Bearer /),
  ]);
}

/** How soon a resource server that asks about each token hears that one was revoked: it is refused within `seconds`. */
export async function expectRevocationToBeHeard(
  server: TestServer,
  caller: TestApplication,
  site: DjangoSite,
  seconds: number,
): Promise<void> {
  const { access_token: token } = await byPassword(server, caller, 'ada', { scope: 'read' });
  const statusNow = async () => (await callWith(`Bearer ${token}`, `${site.url}/api/notes/`)).status;
  expect(await statusNow()).toBe(200);
  await revoke(server, caller, token);
  const end = Date.now() + seconds * 1000;
  while ((await statusNow()) === 200 && Date.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await statusNow()).toBe(401);
}

/** What looks like a token to who checks signatures alone. */
export async function refusesForeignJwts(
  server: TestServer,
  caller: TestApplication,
  site: DjangoSite,
): Promise<void> {
  const { id_token = '', access_token } = await signInAt(server, await signIn(server, 'ada'), caller, {
    scope: 'openid read',
  });
  const statusWith = async (token: string) =>
    (await callWith(`Bearer ${token}`, `${site.url}/api/notes/`)).status;
  expect(await statusWith(access_token)).toBe(200);

  const [header = '', payload = '', signature] = access_token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const widened = Buffer.from(JSON.stringify({ ...claims, scope: 'read write' })).toString('base64url');
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  const protectedHeader = JSON.parse(Buffer.from(header, 'base64url').toString());
  const { privateKey } = await generateKeyPair(protectedHeader.alg);
  const foreign = await new SignJWT(claims).setProtectedHeader(protectedHeader).sign(privateKey);
  const opaque = await createApp(server, { grantTypes: ['password'] });
  const others = [
    id_token,
    `${header}.${widened}.${signature}`,
    `${unsigned}.${payload}.`,
    foreign,
    (await byPassword(server, opaque, 'ada')).access_token,
  ];
  for (const other of others) expect(await statusWith(other)).toBe(401);
}
