/** Longer words find their place: every page in every language, on phones and on a desktop. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { languageTags } from '../../src/languages/languages.js';
import { authorizeUrl, createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage } from './chromium.js';

/** Two things of the header that touch each other, or a word that leaves its button. */
const COLLISIONS = `(() => {
  const boxes = [...document.querySelectorAll('.brand, .site-nav a, .site-account .button, .site-account .who')]
    .map((element) => [element.textContent.trim(), element.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0);
  const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const brand = document.querySelector('.site-header .brand')?.getBoundingClientRect();
  const button = document.querySelector('.site-account .button')?.getBoundingClientRect();
  if (brand && button && button.top < brand.bottom && button.left - brand.right < 8) return ['no room beside the name'];
  const colliding = boxes.flatMap(([name, a], index) =>
    boxes.slice(index + 1).filter(([, b]) => touch(a, b)).map(([other]) => name + ' / ' + other));
  const spilling = [...document.querySelectorAll('.button, .tag, legend, label, dt')]
    .filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline')
    .map((element) => element.textContent.trim());
  return [...colliding, ...spilling];
})()`;

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let app: TestApplication;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
    await createPerson(server, 'ada.lovelace');
    app = await createApp(server, { name: 'Photo album of the botanical society' });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function measure(page: Page, path: string): Promise<[string, number, string[]]> {
    await page.goto(path);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    return [path, width, await page.evaluate<string[]>(COLLISIONS)];
  }

  test.each(languageTags.flatMap((language) => [320, 360, 1280].map((width) => ({ language, width }))))(
    'nothing overflows in $language at $width px',
    async ({ language, width }) => {
      const viewport = { width, height: 800 };
      const { page, complaints } = await openPage(browser, {
        baseURL: server.url,
        viewport,
        locale: language,
      });
      const found = [];
      for (const path of ['/', '/login', '/signup', '/o/device']) found.push(await measure(page, path));
      await page.goto('/login');
      await page.locator('#username').fill('ada.lovelace');
      await page.locator('#password').fill(PASSWORD);
      await page.locator('main button[type=submit]').first().click();
      await page.waitForURL((url) => url.pathname === '/');
      const consent = authorizeUrl(app, { scope: 'openid profile email read write', prompt: 'consent' });
      for (const path of [
        '/',
        '/account',
        '/account/edit',
        '/account/password',
        '/o/authorized_tokens',
        consent,
      ])
        found.push(await measure(page, path));
      expect(found.filter(([, measured, collisions]) => measured > width || collisions.length)).toEqual([]);
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      expect(complaints).toEqual([]);
    },
  );
});
