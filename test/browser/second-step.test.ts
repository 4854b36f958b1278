/** The second step in a real browser: set up by the page, asked for after signing out, on a phone as well. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { backToPresent, travel } from '../support/clock.js';
import { codeOf } from '../support/factors.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage, type WatchedPage } from './chromium.js';

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let watched: WatchedPage;
  let seed: string;
  let recoveryCodes: string[];

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
    await createPerson(server, 'ada');
    watched = await openPage(browser, { baseURL: server.url, viewport: { width: 320, height: 640 } });
  });
  afterAll(async () => {
    backToPresent();
    await browser?.close();
    await server?.stop();
  });

  async function enterPassword(): Promise<void> {
    const { page } = watched;
    await page.goto('/login?next=/account/security');
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  test('a person sets up an app and keeps the recovery codes', async () => {
    const { page, complaints } = watched;
    await enterPassword();
    await page.getByRole('link', { name: 'Set up an authenticator app' }).click();
    const picture = page.getByAltText('QR code that holds the key below');
    const { width = 0 } = (await picture.boundingBox()) ?? {};
    expect(width).toBeGreaterThan(150);
    seed = ((await page.locator('code.copy-block').textContent()) ?? '').replace(/\s/g, '');
    await page.getByLabel('Code that the app shows now').fill(codeOf(seed));
    await page.getByRole('button', { name: 'Turn it on' }).click();
    recoveryCodes = ((await page.locator('pre.copy-block').textContent()) ?? '').trim().split('\n');
    expect(recoveryCodes).toHaveLength(10);
    await page.getByRole('link', { name: 'I have kept them' }).click();
    expect(await page.getByRole('status').textContent()).toMatch(/is set up/);
    expect(complaints).toEqual([]);
  });

  test('signs out, and in again with a code', async () => {
    const { page, complaints } = watched;
    await page.getByRole('button', { name: 'Sign out' }).click();
    travel(30);
    await enterPassword();
    expect(new URL(page.url()).pathname).toBe('/login/second-step');
    expect(await page.locator('input:focus').getAttribute('name')).toBe('code');
    await page.getByLabel('Code from your authenticator app').fill(codeOf(seed));
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account/security');
    expect(complaints).toEqual([]);
  });

  test('signs in with a recovery code, and has the browser remembered', async () => {
    const { page, complaints } = watched;
    await page.getByRole('button', { name: 'Sign out' }).click();
    await enterPassword();
    await page.getByRole('link', { name: 'Use a recovery code' }).click();
    await page.getByLabel('Recovery code').fill(recoveryCodes[0] ?? '');
    await page.getByLabel('Do not ask for it in this browser for 30 days').check();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    expect(await page.getByRole('main').textContent()).toMatch(
      /9 codes left[\s\S]*Remembered browsers[\s\S]*Chrome/,
    );
    await page.getByRole('button', { name: 'Sign out' }).click();
    await enterPassword();
    expect(new URL(page.url()).pathname).toBe('/account/security');
    await page.getByRole('button', { name: /^Forget/ }).click();
    expect(await page.getByRole('main').textContent()).not.toContain('Remembered browsers');
    expect(complaints).toEqual([]);
  });
});
