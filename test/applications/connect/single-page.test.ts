/** oidc-client-ts in a single-page app, which only a browser can run. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { describeInChromium, launchChromium, openPage } from '../../browser/chromium.js';
import { createApp, createPerson, PASSWORD, signIn } from '../../support/people.js';
import { findFreePort, type RunningProgram, start } from '../../support/program.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { describeWith, nodePackages } from './programs.js';
import { type Folder, paste } from './site.js';
import { openStack, redirectUriOn } from './snippets.js';

describeInChromium('in Chromium', () => {
  describeWith(nodePackages)('the snippets for oidc-client-ts', () => {
    let server: TestServer;
    let chromium: Browser;
    let folder: Folder | undefined;
    let website: RunningProgram | undefined;

    beforeAll(async () => {
      [server, chromium] = await Promise.all([startTestServer(), launchChromium()]);
    });
    afterAll(async () => {
      await chromium?.close();
      await website?.stop();
      folder?.remove();
      await server.stop();
    });

    test('sign somebody in and out', async () => {
      const { id } = await createPerson(server, 'ada');
      const app = await createApp(server, { clientType: 'public', pkce: 'required' }, id);
      const port = await findFreePort();
      const site = `http://localhost:${port}`;
      const stack = await openStack(await signIn(server, 'ada'), {
        application: `/applications/${app.id}`,
        stack: 'oidc-client-ts',
        site,
      });
      expect(redirectUriOn(stack)).toBe(`${site}/callback`);
      folder = paste(stack, { files: ['auth.js', 'index.html', 'main.js'] }, nodePackages.path);
      const vite = join(nodePackages.path!, 'node_modules', 'vite', 'bin', 'vite.js');
      website = start(process.execPath, [vite, '--port', String(port), '--strictPort'], { cwd: folder.path });
      await website.untilAnswers(site);

      const { page, complaints } = await openPage(chromium);
      await page.goto(site);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('[name=username]').fill('ada');
      await page.locator('[name=password]').fill(PASSWORD);
      await page.locator('main form [type=submit]').first().click();
      await page.locator('#allow').click();
      await page.getByText('ada@example.com').waitFor();
      // A reload finds the sign-in where it was kept, and the address bar has no code in it.
      await page.reload();
      await page.getByText('ada@example.com').waitFor();
      expect(page.url()).toBe(`${site}/`);

      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(`${server.url}/o/logout**`);
      await page.goto(site);
      await page.getByText('Nobody is signed in.').waitFor();
      expect(complaints).toEqual([]);
    });
  });
});
