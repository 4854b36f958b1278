/** What the owner of an application sees of it: sign-ins step by step, where each one stopped, and numbers by day. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { exchange, refresh, token } from '../../support/oauth.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let owner: Browser;
let ownerId: number;

beforeAll(async () => {
  server = await startTestServer();
  ({ id: ownerId } = await createPerson(server, 'ada'));
  await createPerson(server, 'hopper');
  owner = await signIn(server, 'ada');
});
afterEach(backToPresent);
afterAll(() => server.stop());

const create = (settings: Parameters<typeof createApp>[1] = {}) => createApp(server, settings, ownerId);

/** The page once it shows what is waited for: what has happened is written down once a second. */
async function untilShown<T>(app: TestApplication, read: (page: Page) => T, isThere: (shown: T) => boolean) {
  for (let tries = 0; ; tries++) {
    const page = await owner.open(`/applications/${app.id}/activity`);
    const shown = read(page);
    if (isThere(shown) || tries === 40) return { page, shown };
    await pause(100);
  }
}

/** The newest first: the state of each, and its steps. */
const signInsOn = ({ html }: Page): [string, string[]][] =>
  html
    .querySelectorAll('.flows > li')
    .map((each) => [
      each.querySelector('.tag')?.text ?? '',
      each
        .querySelectorAll('.flow li')
        .map((step) => (step.getAttribute('class') ?? '').replace('flow-', '')),
    ]);

const numbersOn = ({ html }: Page): Record<string, string> =>
  Object.fromEntries(
    html.querySelectorAll('tfoot td').map((cell) => [cell.getAttribute('data-label'), cell.text]),
  );

test('a sign-in is shown step by step, from the sign-in page to the tokens', async () => {
  const app = await create();
  const browser = newBrowser(server.url);
  let page = await browser.open(authorizeUrl(app, { scope: 'read' }));
  page = await browser.submit(page, { username: 'hopper', password: PASSWORD });
  const back = await browser.submit(page, {}, '/consent');
  await exchange(server, app, new URL(back.location ?? '').searchParams.get('code') ?? '');
  const isDone = ([first]: [string, string[]][]) => first?.[0] === 'signed in';
  const { shown, page: seen } = await untilShown(app, signInsOn, isDone);
  expect(shown).toEqual([
    ['signed in', ['login_page', 'signed_in', 'consent_page', 'allowed', 'code_sent', 'tokens']],
  ]);
  // Nothing about the person.
  expect(seen.text).not.toContain('hopper');
});

test('one that stops is shown with where it stopped, and a refused one with what went wrong', async () => {
  const app = await create();
  await newBrowser(server.url).open(authorizeUrl(app));
  await owner.request(authorizeUrl(app, { scope: 'nothing-of-that-name' }));
  const { shown, page } = await untilShown(app, signInsOn, (all) => all.length === 2);
  expect(shown).toEqual([
    ['refused', ['refused']],
    ['under way', ['login_page']],
  ]);
  expect(page.text).toContain('invalid_scope');
  const link = page.html.querySelector('.flow-refused a')?.getAttribute('href') ?? '';
  expect((await owner.open(link)).status).toBe(200);
});

test('sign-ins, tokens, refreshes, harmless double refreshes, reuse and refusals are counted', async () => {
  const app = await create({ grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'] });
  const { body } = await exchange(server, app, await getCode(owner, app, {}));
  const first = await refresh(server, app, body.refresh_token);
  await refresh(server, app, body.refresh_token);
  await token(server, app, { grant_type: 'client_credentials' });
  await token(server, app, { grant_type: 'client_credentials', scope: 'nothing-of-that-name' });
  await refresh(server, app, first.body.refresh_token);
  travel(60);
  await refresh(server, app, first.body.refresh_token);
  backToPresent();
  const expected = {
    'Sign-ins': '1',
    'Access tokens': '4',
    Refreshes: '2',
    'Harmless double refreshes': '1',
    'Reuse of refresh tokens': '1',
    'Refused requests': '2',
  };
  const isThere = (shown: object) => JSON.stringify(shown) === JSON.stringify(expected);
  const { shown, page } = await untilShown(app, numbersOn, isThere);
  expect(shown).toEqual(expected);
  expect(page.text).toContain('Last used');
});

test('steps are gone after a day', async () => {
  const app = await create();
  await newBrowser(server.url).open(authorizeUrl(app));
  await untilShown(app, signInsOn, (all) => all.length === 1);
  travel(86_400 + 60);
  owner = await signIn(server, 'ada');
  const page = await owner.open(`/applications/${app.id}/activity`);
  expect(page.text).toContain('Nobody has begun to sign in within the last day.');
});
