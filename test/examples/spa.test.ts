/** examples/spa in Chromium, started by the command of its README. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page, Request, Route } from 'playwright-core';
import { describeInChromium, launchChromium, openPage } from '../browser/chromium.js';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { findFreePort, type RunningProgram, start } from '../support/program.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInstalled, exampleFolder } from './installed.js';

/** Seconds; oidc-client-ts renews a minute before the end. */
const ACCESS_TOKEN_LIFETIME = 62;

describeInChromium('in Chromium', () => {
  describeInstalled('spa')('the single-page app', () => {
    let server: TestServer;
    let chromium: Browser;
    let app: TestApplication;
    let website: RunningProgram | undefined;
    let site: string;

    beforeAll(async () => {
      [server, chromium] = await Promise.all([startTestServer(), launchChromium()]);
      await createPerson(server, 'ada');
      await createPerson(server, 'grace');
      const port = await findFreePort();
      site = `http://localhost:${port}`;
      app = await createApp(server, {
        clientType: 'public',
        pkce: 'required',
        redirectUris: [`${site}/callback`],
        postLogoutRedirectUris: [`${site}/`],
        accessTokenLifetime: ACCESS_TOKEN_LIFETIME,
      });
      const env = { LATCHKEY_URL: server.url, CLIENT_ID: app.clientId, PORT: String(port) };
      website = start('npm', ['start'], { cwd: exampleFolder('spa'), env });
      await website.untilAnswers(site);
    });
    afterAll(async () => {
      await chromium?.close();
      await website?.stop();
      await server?.stop();
    });

    async function signIn(page: Page): Promise<void> {
      await page.goto(site);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('[name=username]').fill('ada');
      await page.locator('[name=password]').fill(PASSWORD);
      await page.locator('main form [type=submit]').first().click();
      // Asked once; in the tests that follow it is remembered.
      const signedIn = page.getByText('Signed in as ada (ada@example.com)');
      await page.locator('#allow').or(signedIn).waitFor();
      if (await page.locator('#allow').isVisible()) await page.locator('#allow').click();
      await signedIn.waitFor();
    }

    /**
     * Lets refreshes through two at a time, so that the server gets them in the same moment, as it may always happen.
     * @returns the next two
     */
    async function pairRefreshes(page: Page): Promise<() => Promise<Request[]>> {
      const held: Route[] = [];
      const pairs: Request[][] = [];
      let tell = () => {};
      await page.context().route(`${server.url}/o/token`, async (route, request) => {
        if (!request.postData()?.includes('grant_type=refresh_token')) return route.continue();
        held.push(route);
        if (held.length < 2) return;
        const pair = held.splice(0);
        pairs.push(pair.map((each) => each.request()));
        await Promise.all(pair.map((each) => each.continue()));
        tell();
      });
      return async () => {
        while (!pairs.length) {
          await new Promise<void>((resolve) => {
            tell = resolve;
          });
        }
        return pairs.shift()!;
      };
    }

    const storedTokens = (page: Page) =>
      page.evaluate<{ access_token: string; refresh_token: string }>(
        'JSON.parse(Object.entries(localStorage).find(([key]) => key.startsWith("oidc.user:"))[1])',
      );

    test('two tabs renew their token in the same moment, again and again, and nobody is logged out', async () => {
      const { page: first, complaints } = await openPage(chromium);
      const nextPair = await pairRefreshes(first);
      await signIn(first);
      expect(first.url()).toBe(`${site}/`);
      let before = await storedTokens(first);
      const second = await first.context().newPage();
      await second.goto(site);

      for (const round of [1, 2]) {
        const requests = await nextPair();
        const answers = await Promise.all(
          requests.map(async (request) => (await request.response())!.json()),
        );
        const presented = requests.map((request) =>
          new URLSearchParams(request.postData()!).get('refresh_token'),
        );
        expect([round, presented]).toEqual([round, [before.refresh_token, before.refresh_token]]);
        // The grace window: the second to come gets what the first one got.
        const [answer, again] = answers.map(({ access_token, refresh_token }) => ({
          access_token,
          refresh_token,
        }));
        expect(again).toEqual(answer);
        expect(answer!.refresh_token).not.toBe(before.refresh_token);
        await first.waitForFunction(
          '(token) => Object.values(localStorage).join().includes(token)',
          answer!.access_token,
        );
        for (const tab of [first, second]) await tab.getByText('Signed in as ada').waitFor();
        before = answer!;
      }
      expect(complaints).toEqual([]);
      await first.context().unrouteAll({ behavior: 'ignoreErrors' });
    });

    test('signing out in one tab does so in the other, at the server, and for the tokens', async () => {
      const { page: first } = await openPage(chromium);
      await signIn(first);
      const second = await first.context().newPage();
      await second.goto(site);
      await second.getByText('Signed in as ada').waitFor();
      const { access_token: token } = await storedTokens(first);

      await first.getByRole('button', { name: 'Sign out' }).click();
      await first.locator('main form [type=submit]').first().click();
      await first.waitForURL(`${site}/`);
      await first.getByRole('button', { name: 'Sign in' }).waitFor();
      await second.getByRole('button', { name: 'Sign in' }).waitFor();
      const profile = await fetch(`${server.url}/profile`, { headers: { authorization: `Bearer ${token}` } });
      expect(profile.status).toBe(401);
      await first.goto(`${server.url}/account`);
      expect(new URL(first.url()).pathname).toBe('/login');
    });

    test('somebody who does not allow it is told so, and can try again', async () => {
      const { page } = await openPage(chromium);
      await page.goto(site);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('[name=username]').fill('grace');
      await page.locator('[name=password]').fill(PASSWORD);
      await page.locator('main form [type=submit]').first().click();
      await page.locator('#deny').click();
      await page.getByRole('alert').waitFor();
      expect(await page.getByRole('alert').textContent()).toBe('the person did not allow it');
      expect(await page.getByRole('button', { name: 'Sign in' }).isVisible()).toBe(true);
    });
  });
});
