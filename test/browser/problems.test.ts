/** What the portal is for: a developer whose sign-in is refused reads why, presses a button, and signs in. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage } from './chromium.js';
import { startWebsite, type Website } from './website.js';

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let website: Website;

  beforeAll(async () => {
    [server, browser, website] = await Promise.all([startTestServer(), launchChromium(), startWebsite()]);
    await createPerson(server, 'ada');
  });
  afterAll(async () => {
    await browser?.close();
    await website?.stop();
    await server?.stop();
  });

  test('a developer breaks the redirect URI, reads the explanation, repairs it and signs in', async () => {
    const { page, complaints } = await openPage(browser, { baseURL: server.url });
    await page.goto('/login?next=/applications/register');
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('#name').fill('Website');
    await page.locator('#redirect_uris').fill(`${website.url}/callback`);
    await page.locator('form[action$="/register"] button[type=submit]').click();
    const clientId = await page.locator('code[aria-labelledby=client-id]').textContent();

    const request = new URLSearchParams({
      response_type: 'code',
      client_id: clientId ?? '',
      redirect_uri: `${website.url}/callback/`,
      scope: 'read',
    });
    const signIn = `/o/authorize?${request}`;
    await page.goto(signIn);
    await page.getByRole('link', { name: /^For the developer/ }).click();

    await page.getByRole('heading', { name: 'The redirect URI is not registered' }).waitFor();
    expect(await page.locator('mark').allTextContents()).toEqual(['/']);
    expect(await page.locator('.comparison .hint').textContent()).toBe('Differs in: trailing slash');
    await page.getByRole('button', { name: 'Register this redirect URI' }).click();
    await page.getByText('This redirect URI is registered now.').waitFor();

    // So long may what was read of an application be used again.
    const isAsked = async () => (await page.goto(signIn))?.status() === 200;
    for (let tries = 0; tries < 20 && !(await isAsked()); tries++) await page.waitForTimeout(100);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    expect(page.url()).toMatch(`${website.url}/callback/?code=`);
    // The page of the refused sign-in is a 400, which the browser reports.
    expect(complaints.filter((each) => !/400/.test(each))).toEqual([]);
  });
});
