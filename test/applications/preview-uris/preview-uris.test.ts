/** Redirect URIs of preview deployments: bounded by a pattern the owner approved, exact, and over by themselves. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { makeToken, type Script, scriptWith } from '../../applications-api/script.js';
import type { Browser } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { exchange } from '../../support/oauth.js';
import { authorizeUrl, createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const PATTERN = 'https://*--site.netlify.app/cb';
const PREVIEW = 'https://deploy-42--site.netlify.app/cb';
const DAY = 86_400;

let server: TestServer;
let ada: Browser;
let app: TestApplication;
let script: Script;

beforeAll(async () => {
  server = await startTestServer();
  const { id } = await createPerson(server, 'ada');
  app = await createApp(server, { redirectUris: ['https://site.test/cb'], consent: 'skip' }, id);
  ada = await signIn(server, 'ada');
  script = scriptWith(server, await makeToken(ada, { permission: 'previews', application: String(app.id) }));
});
afterEach(backToPresent);
afterAll(() => server.stop());

const page = () => `/applications/${app.id}/previews`;
const add = (uri: string, days = 7) =>
  script('POST', `/${app.clientId}/preview-redirect-uris`, { redirect_uri: uri, days });
const approve = async (pattern: string) => ada.submit(await ada.open(page()), { pattern }, '/previews');

/** What the authorization endpoint says to a request with this redirect URI. */
async function authorize(uri: string): Promise<string> {
  // An application is read anew once a second.
  travel(2);
  const answer = await ada.request(authorizeUrl(app, { redirect_uri: uri }));
  return answer.location ? 'on' : `${answer.status}`;
}

test('a script adds a redirect URI within the approved pattern, people sign in at it, and after its days it is refused', async () => {
  expect((await add(PREVIEW)).body.message).toBe('No pattern is approved for this application.');
  await approve(PATTERN);
  const added = await add(PREVIEW);
  expect([added.status, added.body.redirect_uri]).toEqual([201, PREVIEW]);
  travel(2);
  const preview = { ...app, redirectUris: [PREVIEW] };
  // Asked, although this application skips consent: a script has added where the person is led.
  const asked = await ada.open(authorizeUrl(app, { redirect_uri: PREVIEW }));
  const back = await ada.submit(asked, {}, '/consent');
  const code = new URL(back.location ?? '').searchParams.get('code') ?? '';
  expect((await exchange(server, preview, code)).status).toBe(200);
  expect(await authorize('https://deploy-43--site.netlify.app/cb')).toBe('400');
  expect(await authorize(`${PREVIEW}?x=1`)).toBe('400');
  expect(await authorize(`${PREVIEW}/`)).toBe('400');
  travel(7 * DAY + 60);
  ada = await signIn(server, 'ada');
  expect(await authorize(PREVIEW)).toBe('400');
});

test.each([
  // The attack of DOT#1619: a site of somebody else whose name ends like ours.
  ['https://1--evil-site.netlify.app/cb'],
  ['https://deploy--site.netlify.app.evil.test/cb'],
  ['https://evil.test/deploy--site.netlify.app/cb'],
  ['https://a.b--site.netlify.app/cb'],
  ['https://--site.netlify.app/cb'],
  ['https://deploy--site.netlify.app/cb/more'],
  ['https://deploy--site.netlify.app/cb?x=1'],
  ['http://deploy--site.netlify.app/cb'],
  ['https://user@deploy--site.netlify.app/cb'],
  ['https://deploy--site.netlify.app:444/cb'],
  ['https://DEPLOY--site.netlify.app/cb'],
  ['javascript:alert(1)//--site.netlify.app/cb'],
])('%s does not fit the pattern', async (uri) => {
  await approve(PATTERN);
  const answer = await add(uri);
  expect([answer.status, answer.body.fields?.redirect_uri]).toEqual([422, expect.stringContaining(uri)]);
});

test.each([
  ['https://*.netlify.app/cb', 'a * alone lets in the deployments of everybody'],
  ['https://*site.netlify.app/cb', 'there has to be a hyphen'],
  ['https://*-site.app/cb', 'at least two parts'],
  ['https://site.*.app/cb', 'Write https://'],
  ['http://*--site.netlify.app/cb', 'Write https://'],
  ['https://*--*.netlify.app/cb', 'Write https://'],
  ['https://*--site.netlify.app/*', 'Write https://'],
  ['', 'Write https://'],
])('the pattern %s cannot be approved', async (pattern, reason) => {
  const refused = await approve(pattern);
  expect([refused.status, refused.html.querySelector('.field-error')?.text]).toEqual([
    422,
    expect.stringContaining(reason),
  ]);
});

test('whoever withdraws a pattern ends what was added within it', async () => {
  await approve(PATTERN);
  await add('https://deploy-50--site.netlify.app/cb');
  expect(await authorize('https://deploy-50--site.netlify.app/cb')).toBe('on');
  await ada.submit(await ada.open(page()), {}, '/withdraw');
  expect(await authorize('https://deploy-50--site.netlify.app/cb')).toBe('400');
});

// Its developer read of the nearest registered one, and was offered to register the preview for good.
test('a preview that is over is explained as one, and counts as registered while it lives', async () => {
  await approve(PATTERN);
  const uri = 'https://deploy-60--site.netlify.app/cb';
  const refused = await ada.request(authorizeUrl(app, { redirect_uri: uri }));
  expect(refused.status).toBe(400);
  const problem = () => ada.open(`/errors/${refused.headers.get('x-request-id')}`);
  const page = await problem();
  const told = page.html.querySelector('main')!.text.replace(/\s+/g, ' ');
  expect(told).toContain(`${uri}, which fits the approved preview pattern ${PATTERN}`);
  expect(told).toContain('has ended, was removed, or was never added');
  expect(page.html.querySelector('form[action$="/repair"]')).toBeNull();
  await add(uri, 1);
  expect((await problem()).text).toContain('This preview redirect URI counts as registered now.');
  expect(await authorize(uri)).toBe('on');
  travel(DAY + 60);
  ada = await signIn(server, 'ada');
  expect((await problem()).text).toContain('has ended, was removed, or was never added');
});

test('a token for previews can do nothing else, and days have a bound', async () => {
  await approve(PATTERN);
  expect((await script('PATCH', `/${app.clientId}`, { name: 'x' })).status).toBe(403);
  expect((await script('GET', `/${app.clientId}`)).status).toBe(403);
  expect((await script('GET', `/${app.clientId}/secrets`)).status).toBe(403);
  for (const days of [0, 31, 1.5]) expect((await add(PREVIEW, days)).status).toBe(422);
});
