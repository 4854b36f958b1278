/** What a superuser does on the pages, in a real browser: from the invitation to the end of somebody's access. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage, type WatchedPage } from './chromium.js';

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let root: WatchedPage;
  let ada: WatchedPage;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer({ SIGNUP: 'invitation' }), launchChromium()]);
    await createPerson(server, 'root', { isSuperuser: true });
    root = await openPage(browser, { baseURL: server.url });
    ada = await openPage(browser, { baseURL: server.url });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('a superuser signs in and invites somebody, who makes an account from the mail', async () => {
    const { page } = root;
    await page.goto('/login');
    await page.locator('#username').fill('root');
    await page.locator('#password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('link', { name: 'Administration' }).click();
    await page.getByRole('link', { name: 'Invitations' }).click();
    await page.getByLabel('Email address').fill('ada@example.com');
    await page.getByRole('button', { name: 'Invite' }).click();
    expect(await page.getByRole('status').textContent()).toContain('ada@example.com');

    await ada.page.goto('/dev/mails');
    await ada.page.locator('a[href*="/invitation?token="]').first().click();
    await ada.page.getByLabel('Username').fill('ada');
    await ada.page.getByLabel('Password').fill(PASSWORD);
    await ada.page.getByRole('button', { name: 'Make the account' }).click();
    await ada.page.goto('/account');
    expect(await ada.page.getByRole('main').textContent()).toMatch(/ada@example.com\s+verified/);
  });

  test('the superuser finds them, puts them into a group, and acts as them for a reason', async () => {
    const { page } = root;
    await page.goto('/admin/users');
    await page.getByRole('searchbox').fill('ADA@');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: 'ada', exact: true }).click();
    await page.getByLabel('Add to a group').fill('Mathematicians');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    expect(await page.getByRole('main').textContent()).toContain('Mathematicians');

    await page.getByRole('link', { name: 'Act as this person' }).click();
    await page.getByLabel('Reason').fill('She cannot find her groups');
    await page.getByRole('button', { name: 'Act as ada' }).click();
    await page.goto('/account');
    expect(await page.getByRole('complementary').textContent()).toContain('You are acting as ada');
    expect(await page.getByRole('main').textContent()).toContain('Mathematicians');
    await page.getByRole('button', { name: 'Stop acting' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('ada');
    await ada.page.goto('/dev/mails');
    expect(await ada.page.getByRole('main').textContent()).toContain('She cannot find her groups');
  });

  test('the superuser disables them, which the trail tells, and they are signed out', async () => {
    const { page } = root;
    await page.getByRole('link', { name: 'Disable' }).click();
    await page.getByLabel('Reason').fill('Left the society');
    await page.getByRole('button', { name: 'Disable' }).click();
    expect(await page.getByRole('status').textContent()).toContain('disabled');
    await ada.page.goto('/account');
    expect(new URL(ada.page.url()).pathname).toBe('/login');

    await page.getByRole('link', { name: 'All events' }).click();
    const trail = await page.getByRole('main').textContent();
    for (const event of ['invitation.used', 'group.joined', 'impersonation.started', 'account.disabled'])
      expect(trail).toContain(event);
    expect(trail).toContain('Left the society');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Save as CSV' }).click();
    expect((await download).suggestedFilename()).toMatch(/^audit-[\d-]+\.csv$/);
    expect([...root.complaints, ...ada.complaints]).toEqual([]);
  });
});
