/** How the pages hold up: framed by strangers (LG-03), with names that are markup (LG-06), on a phone, in the dark. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { authorizeUrl, createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage, type WatchedPage } from './chromium.js';

// Each would open a dialog, load something or compute something if a page took it for more than text.
const CANARIES = [
  `"><img src=x onerror=alert(1)>`,
  `'><script>alert(2)</script>`,
  '</textarea></title><svg onload=alert(3)>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: to be shown as it stands
  '<%= 7*7 %>{{7*7}}${7*7}',
];

const COLORS_OF_THE_PAGE =
  '(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))';

/** Of a color as the browser computes it, rgb(0, 0, 0) to rgb(255, 255, 255). */
function brightness(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return red + green + blue;
}

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let app: TestApplication;
  let ownId: number;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
    const [name = '', firstName = '', lastName = ''] = CANARIES;
    const { id } = await createPerson(server, 'ada', { firstName, lastName });
    app = await createApp(server, { name, redirectUris: ['https://c1.test/cb'] }, id);
    ownId = app.id;
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function signIn({ page }: WatchedPage): Promise<void> {
    await page.goto('/login');
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL((url) => url.pathname !== '/login');
  }

  const pagesOfEverybody = () => ['/', '/login', '/signup', '/o/device', authorizeUrl(app), '/nothing/here'];
  const pagesOfAda = () => [
    '/',
    '/account',
    '/account/edit',
    '/account/security',
    '/account/password',
    '/account/sessions',
    '/account/tokens',
    '/account/tokens/new',
    '/account/activity',
    '/account/data',
    '/account/data/delete',
    '/applications',
    '/applications/register',
    `/applications/${ownId}`,
    `/applications/${ownId}/update`,
    `/applications/${ownId}/delete`,
    '/o/authorized_tokens',
    '/o/logout',
    authorizeUrl(app),
  ];

  test('no page lets a stranger frame it (LG-03)', async () => {
    const stranger = await serveFrames(pagesOfEverybody().map((path) => server.url + path));
    const { page, complaints } = await openPage(browser);
    await page.goto(stranger.url);
    await expectPoll(() => complaints.length, pagesOfEverybody().length);
    for (const complaint of complaints) expect(complaint).toMatch(/frame-ancestors|X-Frame-Options/i);
    for (const frame of page.frames()) expect(frame.url()).not.toContain(server.url);
    await stranger.stop();
  });

  test('markup in names is shown as text, and runs nowhere (LG-06)', async () => {
    const watched = await openPage(browser, { baseURL: server.url });
    await signIn(watched);
    for (const path of pagesOfAda()) {
      await watched.page.goto(path);
      expect(await watched.page.locator('img, svg[onload], main script:not([src^="/assets/"])').count()).toBe(
        0,
      );
    }
    await watched.page.goto('/account');
    const shown = await watched.page.getByRole('main').textContent();
    for (const canary of CANARIES.slice(1, 3)) expect(shown).toContain(canary);

    const hint = await openPage(browser, { baseURL: server.url });
    for (const canary of CANARIES) {
      await hint.page.goto(authorizeUrl(app, { login_hint: canary, ui_locales: canary, state: canary }));
      expect(await hint.page.getByLabel('Username').inputValue()).toBe(canary);
      expect(await hint.page.getByRole('main').textContent()).toContain(CANARIES[0]);
      await hint.page.goto(`/login?${new URLSearchParams({ next: canary })}`);
      await hint.page.goto(`/o/device?${new URLSearchParams({ user_code: canary })}`);
    }
    expect([...watched.complaints, ...hint.complaints]).toEqual([]);
  });

  test.each([
    ['a small phone, light', { width: 320, height: 640 }, 'light'],
    ['a small phone, dark', { width: 320, height: 640 }, 'dark'],
    ['a desktop, dark', { width: 1280, height: 800 }, 'dark'],
  ] as const)('no page scrolls sideways: %s', async (_, viewport, colorScheme) => {
    const watched = await openPage(browser, { baseURL: server.url, viewport, colorScheme });
    const { page } = watched;
    const widths: Record<string, number> = {};
    const measure = async (path: string) => {
      await page.goto(path);
      widths[path] = await page.evaluate<number>('document.documentElement.scrollWidth');
    };
    for (const path of pagesOfEverybody()) await measure(path);
    await signIn(watched);
    for (const path of pagesOfAda()) await measure(path);
    expect(Object.entries(widths).filter(([, width]) => width > viewport.width)).toEqual([]);

    const [text = 0, background = 0] = (await page.evaluate<string[]>(COLORS_OF_THE_PAGE)).map(brightness);
    if (colorScheme === 'dark') expect(text).toBeGreaterThan(background);
    else expect(text).toBeLessThan(background);
  });
});

async function expectPoll(read: () => number, least: number): Promise<void> {
  for (let tries = 0; read() < least && tries < 50; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(read()).toBeGreaterThanOrEqual(least);
}

/** A page of another origin that frames these URLs. */
async function serveFrames(urls: string[]): Promise<{ url: string; stop(): Promise<void> }> {
  const frames = urls.map((url) => `<iframe src="${url.replaceAll('&', '&amp;')}"></iframe>`).join('');
  const server: Server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>Stranger</title><link rel="icon" href="data:,">${frames}`);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
