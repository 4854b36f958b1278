/** The playground is a client in the browser: only a browser shows that it goes through the flows. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { findApplicationByClientId } from '../../src/applications/find-application.js';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInChromium, launchChromium, openPage } from './chromium.js';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

describeInChromium('the playground', () => {
  let server: TestServer;
  let browser: Browser;
  let ownerId: number;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
    ({ id: ownerId } = await createPerson(server, 'ada'));
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** The owner, signed in, at the playground of the application. */
  async function openPlayground(app: TestApplication) {
    const { id } = (await findApplicationByClientId(server.database.knex, app.clientId))!;
    const watched = await openPage(browser, { baseURL: server.url });
    const { page } = watched;
    await page.goto(`/login?next=/applications/${id}/playground`);
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Playground' }).waitFor();
    return watched;
  }

  const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

  /** The response under the last exchange of this title. */
  async function responseTo(page: Page, title: string): Promise<string> {
    const shown = page.getByLabel(`Response: ${title}`).last();
    await shown.waitFor();
    return (await shown.textContent()) ?? '';
  }

  const jsonIn = (response: string) =>
    JSON.parse(response.slice(response.indexOf('\n\n') + 2)) as Record<string, unknown>;

  test('a sign-in by the code flow, its tokens decoded and checked, /profile, refresh, introspection and revocation', async () => {
    const app = await createApp(server, { redirectUris: ['https://c1.test/cb'] }, ownerId);
    const { page, complaints } = await openPlayground(app);
    await click(page, "Register the playground's redirect URI");
    await page.getByLabel('Client secret', { exact: true }).fill(app.secret!);
    for (const scope of ['read', 'openid']) await page.getByLabel(scope, { exact: true }).check();
    await click(page, 'Start a sign-in');
    await click(page, 'Allow');

    const tokens = jsonIn(await responseTo(page, 'Token request: the code is exchanged'));
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'read openid' });
    expect(new URL(page.url()).search).toBe('');
    await page.getByText('Its signature is right (RS256').waitFor();
    expect(await page.getByLabel('ID token, decoded').textContent()).toContain(`"aud": "${app.clientId}"`);
    const sent = await page.getByLabel('Request: Token request: the code is exchanged').textContent();
    expect(sent).toMatch(/^POST \/o\/token HTTP\/1.1\nHost: \S+\nAuthorization: Basic /);

    await click(page, 'Call /profile');
    expect(jsonIn(await responseTo(page, 'GET /profile'))).toMatchObject({ username: 'ada' });
    await click(page, 'Userinfo');
    expect(jsonIn(await responseTo(page, 'GET userinfo'))).toMatchObject({ sub: String(ownerId) });
    await click(page, 'Introspect');
    expect(jsonIn(await responseTo(page, 'Introspection'))).toMatchObject({ active: true, username: 'ada' });
    await click(page, 'Refresh');
    const refreshed = jsonIn(await responseTo(page, 'Token request: refresh'));
    expect(refreshed.access_token).not.toBe(tokens.access_token);
    await click(page, 'Revoke the access token');
    expect(await responseTo(page, 'Revocation of the access token')).toMatch(/^HTTP\/1.1 200/);
    expect(complaints).toEqual([]);

    // What is refused is shown like everything else. The browser itself complains of the status.
    await click(page, 'Call /profile');
    await page.getByText('401').first().waitFor();
    expect(await responseTo(page, 'GET /profile')).toMatch(/^HTTP\/1.1 401[\s\S]*www-authenticate: Bearer/);

    // Nothing of it outlives the tab's wish.
    await click(page, 'Forget all of this');
    await page.getByRole('heading', { name: 'On the wire' }).waitFor({ state: 'hidden' });
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await page.context().close();
  });

  test('client credentials with the secret in the body, and a wrong secret is answered as it is on the wire', async () => {
    const app = await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] }, ownerId);
    const { page } = await openPlayground(app);
    await click(page, 'Get a token');
    await page.getByText('Fill in the client secret first.').waitFor();
    await page.getByLabel('Client secret', { exact: true }).fill('wrong');
    await page.getByLabel('Send it in the body').check();
    await click(page, 'Get a token');
    const title = 'Token request: client credentials';
    expect(await responseTo(page, title)).toMatch(/^HTTP\/1.1 401[\s\S]*invalid_client/);
    await page.getByLabel('Client secret', { exact: true }).fill(app.secret!);
    await click(page, 'Get a token');
    await page.getByRole('heading', { name: 'Tokens' }).waitFor();
    expect(jsonIn(await responseTo(page, title))).toMatchObject({ scope: 'read write groups' });
    await page.context().close();
  });

  test('the password grant and the device flow of a public client', async () => {
    const grantTypes = ['password', DEVICE_CODE, 'refresh_token'] as TestApplication['grantTypes'];
    const app = await createApp(server, { grantTypes, redirectUris: [], clientType: 'public' }, ownerId);
    const { page } = await openPlayground(app);
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await click(page, 'Get tokens');
    expect(jsonIn(await responseTo(page, 'Token request: password'))).toMatchObject({ token_type: 'Bearer' });

    await click(page, 'Start as a device');
    const link = page.getByRole('link', { name: 'the device page' });
    await link.waitFor();
    const [device] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
    await device.getByRole('button', { name: 'The codes match' }).click();
    await device.getByRole('button', { name: 'Allow' }).click();
    await page
      .getByLabel('Response: Token request of the device')
      .filter({ hasText: 'access_token' })
      .waitFor();
    await page.context().close();
  });
});
