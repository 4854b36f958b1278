/** A person looks after their account: sees where they are signed in, makes a token, reads what happened, and leaves. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { profile } from '../support/oauth.js';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage } from './chromium.js';

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
    await createPerson(server, 'ada');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function signIn(page: Page): Promise<void> {
    await page.goto('/login');
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL((url) => url.pathname !== '/login');
  }

  test('from the first look at the sessions to the end of the account', async () => {
    const [mine, other] = [
      await openPage(browser, { baseURL: server.url }),
      await openPage(browser, { baseURL: server.url }),
    ];
    const { page } = mine;
    await signIn(other.page);
    await signIn(page);
    await page.goto('/account');
    const section = (name: string) => page.getByLabel('Your account').getByRole('link', { name });

    await section('Sessions').click();
    expect(await page.getByRole('row').filter({ hasText: 'Chrome on Linux' }).count()).toBe(2);
    await page.getByRole('button', { name: 'Sign out all others' }).click();
    expect(await page.getByRole('status').textContent()).toBe('All other browsers were signed out.');
    await other.page.goto('/account');
    expect(new URL(other.page.url()).pathname).toBe('/login');

    await section('Access tokens').click();
    await page.getByRole('link', { name: 'Make a token' }).click();
    await page.getByLabel('Name', { exact: true }).fill('backup script');
    await page.getByLabel('Read your profile').check();
    await page.getByRole('button', { name: 'Make a token' }).click();
    const value = (await page.locator('code.copy-block').first().textContent()) ?? '';
    expect((await profile(server, value)).body.username).toBe('ada');
    await page.getByRole('link', { name: 'I have copied it' }).click();
    await page.getByRole('button', { name: 'Revoke backup script' }).click();
    expect((await profile(server, value)).status).toBe(401);

    await section('Activity').click();
    const told = await page.getByRole('rowheader').allTextContents();
    expect(told.slice(0, 3)).toEqual([
      'The access token “backup script” was revoked',
      'The access token “backup script” was made',
      'You signed out all other browsers',
    ]);

    await section('Your data').click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download as JSON' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('latchkey-account.json');

    await page.getByRole('link', { name: 'Delete the account' }).click();
    await page.getByRole('button', { name: 'Delete my account' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
      'Your account is going to be deleted',
    );
    await signIn(page);
    await page.getByRole('button', { name: 'Keep the account' }).click();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn(page);
    await page.goto('/account');
    expect(new URL(page.url()).pathname).toBe('/account');
    expect([...mine.complaints, ...other.complaints]).toEqual([]);
  });
});
