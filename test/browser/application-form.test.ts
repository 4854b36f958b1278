/** The form of an application helps while it is filled in: it asks only what the kind needs, and reads along. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createApp, createPerson } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage } from './chromium.js';
import { send } from './tour/forms.js';
import { signInOnPage } from './tour/world.js';

describeInChromium('in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let ownerId: number;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
    ({ id: ownerId } = await createPerson(server, 'ada'));
    ({ page, complaints } = await openPage(browser, { baseURL: server.url }));
    await signInOnPage(page, 'ada');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const choose = (kind: string) => page.locator(`[name=kind][value=${kind}]`).check();
  const remarks = () => page.locator('.remarks li').allTextContents();
  const isShown = (name: string) => page.locator(`[name=${name}]`).first().isVisible();

  /** What is said once the server has been asked about what was typed. */
  async function type(uris: string): Promise<string[]> {
    const asked = page.waitForResponse('**/check-redirect-uris');
    await page.locator('#redirect_uris').fill(uris);
    await (await asked).finished();
    await page.waitForFunction(`document.querySelector('.remarks li')`);
    return remarks();
  }

  test('what a service does not need is not asked', async () => {
    await page.goto('/applications/register');
    expect(await isShown('redirect_uris')).toBe(true);
    expect(await isShown('pkce')).toBe(false);
    await page.locator('summary').click();
    expect(await isShown('pkce')).toBe(true);

    await choose('service');
    for (const name of ['redirect_uris', 'pkce', 'consent', 'refresh_token_lifetime'])
      expect([name, await isShown(name)]).toEqual([name, false]);
    expect(await isShown('access_token_lifetime')).toBe(true);

    await page.locator('[value=authorization_code]').check();
    expect(await isShown('redirect_uris')).toBe(true);
    await page.locator('[value=authorization_code]').uncheck();
    await page.locator('#name').fill('Nightly job');
    await send(page, '/register');
    expect(await page.locator('h1').textContent()).toBe('Your application is registered');
    expect(complaints).toEqual([]);
  });

  test('redirect URIs are judged line by line while they are typed', async () => {
    await page.goto('/applications/register');
    expect(await type('https://c1.test/cb\nhttps://c1.test/cb#top')).toEqual([
      'Line 2: https://c1.test/cb#top may not have a fragment (the part from # on).',
    ]);
    expect(await type('<img src=x>\nhttps://c1.test/cb')).toHaveLength(2);
    expect(await page.locator('.remarks img').count()).toBe(0);
    expect(await type('https://c1.test/cb')).toEqual(['It can be registered.']);

    const asked = page.waitForResponse('**/check-redirect-uris');
    await page.locator('#redirect_uris').fill('com.example.app:/cb');
    expect((await (await asked).json()).lines).toHaveLength(1);
    const again = page.waitForResponse('**/check-redirect-uris');
    await choose('native');
    expect((await (await again).json()).lines).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('another kind moves its usual settings along, and is saved as it is shown', async () => {
    const { id } = await createApp(server, {}, ownerId);
    await page.goto(`/applications/${id}/update`);
    await choose('device');
    expect(await page.locator('#client_type').inputValue()).toBe('public');
    expect(await page.locator('#pkce').inputValue()).toBe('required');
    expect(await page.locator('[name=grant_types]:checked').count()).toBe(2);
    await send(page, '/update');
    const [stored] = await server.database.knex('applications').where({ id });
    expect(stored).toMatchObject({
      kind: 'device',
      client_type: 'public',
      pkce: 'required',
      grant_types: ['refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris: [],
    });
    expect(complaints).toEqual([]);
  });
});
