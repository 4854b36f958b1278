/** The button that copies a snippet of a Connect page. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { createApp, createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage } from './chromium.js';

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('a snippet and the redirect URI are put on the clipboard as they are', async () => {
    const { id: ownerId } = await createPerson(server, 'ada');
    const { id } = await createApp(server, {}, ownerId);
    const { page, complaints } = await openPage(browser, { baseURL: server.url });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(`/login?next=/applications/${id}/connect/passport`);
    await page.locator('[name=username]').fill('ada');
    await page.locator('[name=password]').fill(PASSWORD);
    await page.locator('main form [type=submit]').first().click();

    for (const [name, shown] of [
      ['server.mjs', '[data-file="server.mjs"]'],
      ['the redirect URI', '[data-redirect-uri]'],
    ]) {
      await page.getByRole('button', { name: `Copy ${name}` }).click();
      await page.getByRole('button', { name: `Copied ${name}` }).waitFor();
      const copied = await page.evaluate<string>('navigator.clipboard.readText()');
      expect(copied).toBe(await page.locator(shown!).textContent());
    }
    expect(complaints).toEqual([]);
  });
});
