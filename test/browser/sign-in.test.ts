/**
 * Sign-ins that begin and end at a website, in a real browser: Chromium applies form-action to the redirects that
 * follow a form, so that only a browser shows whether the way back to the website is open.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { exchange, post, profile, token } from '../support/oauth.js';
import { authorizeUrl, createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage, type WatchedPage } from './chromium.js';
import { startWebsite, type Website } from './website.js';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let website: Website;
  let app: TestApplication;

  beforeAll(async () => {
    [server, browser, website] = await Promise.all([startTestServer(), launchChromium(), startWebsite()]);
    await createPerson(server, 'ada');
    app = await createApp(server, {
      name: 'Website',
      redirectUris: [`${website.url}/callback`],
      postLogoutRedirectUris: [`${website.url}/bye`],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await website?.stop();
    await server?.stop();
  });

  const open = (): Promise<WatchedPage> => openPage(browser, { baseURL: server.url });

  async function fillIn(page: Page): Promise<void> {
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  async function signIn(
    page: Page,
    parameters: Record<string, string> = {},
  ): Promise<Record<string, string>> {
    await page.goto(authorizeUrl(app, parameters));
    if (await page.getByLabel('Password').count()) await fillIn(page);
    if (page.url().startsWith(server.url)) await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    return Object.fromEntries(new URL(page.url()).searchParams);
  }

  test('a person signs in and allows; the second time nothing is asked', async () => {
    const { page, complaints } = await open();
    const { code = '', state } = await signIn(page, { scope: 'read' });
    expect(state).toBe('xyz');
    const { body } = await exchange(server, app, code);
    expect((await profile(server, body.access_token)).body.username).toBe('ada');

    await page.goto(authorizeUrl(app, { scope: 'read' }));
    expect(page.url()).toMatch(`${website.url}/callback?code=`);
    expect(complaints).toEqual([]);
  });

  test('a person declines and is back at the website all the same', async () => {
    const { page, complaints } = await open();
    await page.goto(authorizeUrl(app, { scope: 'write', prompt: 'consent' }));
    await fillIn(page);
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
    expect(complaints).toEqual([]);
  });

  test('a person allows less than what is asked', async () => {
    const { page, complaints } = await open();
    await page.goto(authorizeUrl(app, { scope: 'read groups', prompt: 'consent' }));
    await fillIn(page);
    await page.getByLabel(/groups you belong to/).uncheck();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    const { body } = await exchange(server, app, new URL(page.url()).searchParams.get('code') ?? '');
    expect(body.scope).toBe('read');
    expect(complaints).toEqual([]);
  });

  test('the answer comes by form_post where the website asks for that', async () => {
    const { page, complaints } = await open();
    await page.goto(authorizeUrl(app, { scope: 'openid', response_mode: 'form_post' }));
    await fillIn(page);
    const posted = page.waitForRequest(`${website.url}/callback`);
    await page.getByRole('button', { name: 'Allow' }).click();
    const form = new URLSearchParams((await posted).postData() ?? '');
    expect((await exchange(server, app, form.get('code') ?? '')).status).toBe(200);
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('the website signs the person out here too, and gets them back', async () => {
    const { page, complaints } = await open();
    const { code = '' } = await signIn(page, { scope: 'openid' });
    const { body } = await exchange(server, app, code);
    const query = new URLSearchParams({
      id_token_hint: body.id_token,
      post_logout_redirect_uri: `${website.url}/bye`,
      state: 'gone',
    });
    await page.goto(`/o/logout?${query}`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    expect(page.url()).toBe(`${website.url}/bye?state=gone`);
    await page.goto('/account');
    expect(new URL(page.url()).pathname).toBe('/login');
    expect(complaints).toEqual([]);
  });

  test('a person connects a device by its code', async () => {
    const device = await createApp(server, {
      name: 'Television',
      grantTypes: [DEVICE_CODE],
      redirectUris: [],
    });
    const { body } = await post(server, '/o/device-authorization', {
      client_id: device.clientId,
      client_secret: device.secret,
      scope: 'read',
    });

    const { page, complaints } = await open();
    await page.goto(body.verification_uri);
    await page.getByLabel('Code').fill(body.user_code.toLowerCase());
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'The codes match' }).click();
    await fillIn(page);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('heading', { name: 'Your device is connected' }).waitFor();

    const tokens = await token(server, device, { grant_type: DEVICE_CODE, device_code: body.device_code });
    expect((await profile(server, tokens.body.access_token)).body.username).toBe('ada');
    expect(complaints).toEqual([]);
  });
});
