import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hasChromium, launchChromium, openPage, WHERE_CHROMIUM_IS_LOOKED_FOR } from '../browser/headless.js';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import {
  type DjangoSite,
  describeWithDjango,
  EXAMPLES,
  environmentOf,
  findFreePort,
  startDjango,
} from './django-site.js';
import { useDjRestAuth } from './django-walks.js';

if (!hasChromium)
  process.stderr.write(`Skipping a single-page app: no Chromium ${WHERE_CHROMIUM_IS_LOOKED_FOR}.\n`);

describeWithDjango('dj-rest-auth/requirements.txt')('examples/dj-rest-auth', () => {
  let server: TestServer;
  let app: TestApplication;
  let site: DjangoSite;

  beforeAll(async () => {
    server = await startTestServer();
    await createPerson(server, 'ada');
    const port = await findFreePort();
    app = await createApp(server, { redirectUris: [`http://localhost:${port}/callback`] });
    site = await startDjango(join(EXAMPLES, 'dj-rest-auth'), port, environmentOf(server, app));
  });
  afterAll(async () => {
    await site?.stop();
    await server.stop();
  });

  test('takes the code of the single-page app for a JWT in cookies, once', () =>
    useDjRestAuth(server, app, site));

  (hasChromium ? test : test.skip)(
    'its single-page app signs a person in, who is still there after a reload',
    async () => {
      const chromium = await launchChromium();
      try {
        const { page, complaints } = await openPage(chromium);
        await page.goto(site.url);
        await page.getByRole('button', { name: 'Sign in with Latchkey' }).click();
        await page.getByLabel('Username').fill('ada');
        await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
        await page.getByRole('button', { name: 'Sign in', exact: true }).click();
        const allow = page.getByRole('button', { name: /^Allow/ });
        const hello = page.getByRole('heading', { name: 'Hello, ada (ada@example.com)' });
        await allow.or(hello).waitFor();
        if (await allow.isVisible()) await allow.click();
        await hello.waitFor();
        expect(page.url()).toBe(`${site.url}/`);
        await page.reload();
        await hello.waitFor();
        // Before the sign-in the app asks who is there, and is told that nobody is.
        expect(complaints.filter((complaint) => !complaint.startsWith('401 for'))).toEqual([]);
      } finally {
        await chromium.close();
      }
    },
  );
});
