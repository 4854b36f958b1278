/**
 * From nothing to a working sign-in, and out of trouble: what the portal promises a developer who is new here. Their site
 * is the snippet of a Connect page, run as it was pasted.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { describeWith, nodePackages } from '../applications/connect/programs.js';
import { PASSWORD } from '../support/people.js';
import { findFreePort, type RunningProgram, start } from '../support/program.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage } from './chromium.js';

describeInChromium('a newcomer', () => {
  describeWith(nodePackages)('with a website on Node.js', () => {
    let server: TestServer;
    let browser: Browser;
    let site: RunningProgram | undefined;
    let folder = '';

    beforeAll(async () => {
      [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
      folder = mkdtempSync(join(nodePackages.path!, 'latchkey-newcomer-'));
    });
    afterAll(async () => {
      await site?.stop();
      rmSync(folder, { recursive: true, force: true });
      await browser?.close();
      await server?.stop();
    });

    const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
    const follow = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click();

    /** At the site, whose sign-in leads here and back: the person as it knows them. */
    async function expectSignedIn(page: Page, url: string): Promise<void> {
      await page.waitForURL(`${url}/`);
      expect(await page.locator('body').textContent()).toContain('"preferred_username":"grace"');
    }

    test('signs up, registers, pastes, signs in, breaks the redirect URI, reads why, repairs it by a button, and signs in', async () => {
      const port = await findFreePort();
      const url = `http://localhost:${port}`;
      const { page } = await openPage(browser, { baseURL: server.url });
      await page.goto('/signup');
      await page.locator('#username').fill('grace');
      await page.locator('#email').fill('grace@example.com');
      await page.locator('#password').fill(PASSWORD);
      await page.locator('main form button[type=submit]').first().click();

      await page.goto('/applications/register');
      await page.locator('#name').fill('My shop');
      await page.locator('#redirect_uris').fill('https://shop.example/callback');
      await page.locator('form[action$="/register"] button[type=submit]').click();
      const secret = (await page.locator('code[aria-labelledby=client-secret]').textContent()) ?? '';
      await follow(page, 'Connect it');
      await follow(page, 'openid-client');
      await page.getByLabel('Your site').fill(url);
      await click(page, 'Fill in');
      await click(page, 'Register this redirect URI');
      await page.getByText('It is registered.').waitFor();
      const pasted = (await page.locator('[data-file="server.mjs"]').textContent()) ?? '';
      writeFileSync(join(folder, 'server.mjs'), pasted.replaceAll('CLIENT_SECRET', secret));
      site = start(process.execPath, ['server.mjs'], { cwd: folder, env: { PORT: String(port) } });
      await site.untilAnswers(`${url}/`);
      const portal = new URL(page.url()).pathname.replace(/\/connect.*/, '');

      // What was read of the application before may be used again for a second.
      const isAsked = async () => (await page.goto(`${url}/login`))?.status() === 200;
      for (let tries = 0; tries < 20 && !(await isAsked()); tries++) await page.waitForTimeout(100);
      await click(page, 'Allow');
      await expectSignedIn(page, url);

      await page.goto(`${server.url}${portal}/update`);
      await page.locator('#redirect_uris').fill(`https://shop.example/callback\n${url}/callback/`);
      await click(page, 'Save');
      const isRefused = async () => (await page.goto(`${url}/login`))?.status() === 400;
      for (let tries = 0; tries < 20 && !(await isRefused()); tries++) await page.waitForTimeout(100);
      await page.getByRole('link', { name: /^For the developer/ }).click();
      await page.getByRole('heading', { name: 'The redirect URI is not registered' }).waitFor();
      expect(await page.locator('.comparison .hint').first().textContent()).toContain(
        'Differs in: trailing slash',
      );
      await click(page, 'Register this redirect URI');
      await page.getByText('This redirect URI is registered now.').waitFor();

      const isBack = async () => {
        await page.goto(`${url}/login`);
        return page.url() === `${url}/`;
      };
      for (let tries = 0; tries < 20 && !(await isBack()); tries++) await page.waitForTimeout(100);
      await expectSignedIn(page, url);
    });
  });
});
