/** What people and developers do on the pages, in a real browser, which is the judge of our Content-Security-Policy. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage, type WatchedPage } from './chromium.js';

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let watched: WatchedPage;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
    watched = await openPage(browser, { baseURL: server.url });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('a person signs up, edits the profile and the password', async () => {
    const { page, complaints } = watched;
    await page.goto('/');
    await page.getByRole('link', { name: 'Sign up' }).first().click();
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Email').fill('ada@example.com');
    await page.getByLabel('First name').fill('Ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign up' }).click();

    await page.getByRole('link', { name: 'Profile' }).first().click();
    await page.getByRole('link', { name: 'Edit profile' }).click();
    await page.getByLabel('Last name').fill('Lovelace');
    await page.getByText('More about you').click();
    await page.getByLabel('Town').fill('London');
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await page.getByRole('main').textContent()).toMatch(/Ada Lovelace[\s\S]*London/);

    await page.getByRole('link', { name: 'Security' }).click();
    await page.getByRole('link', { name: 'Change password' }).click();
    await page.getByLabel('Current password').fill(PASSWORD);
    await page.getByLabel('New password').fill('a new one for the browser');
    await page.getByRole('button', { name: 'Change password' }).click();
    expect(await page.getByRole('status').textContent()).toMatch(/changed/);
    expect(complaints).toEqual([]);
  });

  test('a developer registers an application, edits it, and replaces its secret', async () => {
    const { page, complaints } = watched;
    await page.goto('/applications');
    await page.getByRole('link', { name: 'Register an application' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Website');
    await page.getByLabel('Redirect URIs', { exact: true }).fill('http://localhost:9999/callback');
    await page.getByRole('button', { name: 'Register' }).click();
    const [, secret] = await page.locator('section[aria-labelledby=credentials] code').allInnerTexts();
    expect(secret).toMatch(/^[A-Za-z0-9]{128}$/);

    await page.getByRole('link', { name: 'Go to the application' }).click();
    expect(await page.content()).not.toContain(secret);
    await page.getByRole('link', { name: /^(Edit|Change)/ }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('My website');
    await page.getByLabel('Access token lifetime').fill('600');
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('My website');
    expect(await page.getByRole('main').textContent()).toContain('600');

    await page.getByRole('link', { name: 'Secrets', exact: true }).click();
    await page.getByRole('button', { name: 'Make a secret' }).click();
    const added = (await page.getByRole('status').locator('code').textContent()) ?? '';
    expect(added).not.toBe(secret);
    const old = page.locator('tr', { hasText: secret?.slice(-4) ?? '' });
    await old.getByRole('link', { name: /^Retire/ }).click();
    await page.getByRole('button', { name: 'Retire it' }).click();
    const left = (await page.locator('tbody').first().textContent()) ?? '';
    expect(left).toContain(added.slice(-4));
    expect(left).not.toContain(secret?.slice(-4));
    expect(complaints).toEqual([]);
  });

  test('a person signs out, and is asked to sign in again', async () => {
    const { page, complaints } = watched;
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto('/account');
    expect(new URL(page.url()).pathname).toBe('/login');
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password').fill('a new one for the browser');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    expect(new URL(page.url()).pathname).toBe('/account');
    expect(complaints).toEqual([]);
  });
});
