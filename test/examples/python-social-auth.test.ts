import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { createApp, createPerson } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeWithDjango, EXAMPLES, environmentOf, findFreePort, startDjango } from './django-site.js';
import { ADA, follow, personOn, signInByButton } from './django-walks.js';

describeWithDjango('python-social-auth/requirements.txt')('examples/python-social-auth', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
    await createPerson(server, 'ada');
  });
  afterAll(() => server.stop());

  test('signs a person in with a redirect_state in its redirect URI, and refreshes', async () => {
    const port = await findFreePort();
    const app = await createApp(server, {
      redirectUris: [`http://localhost:${port}/social/complete/latchkey/`],
      redirectMatch: 'extra-query',
    });
    const site = await startDjango(join(EXAMPLES, 'python-social-auth'), port, environmentOf(server, app));
    try {
      const browser = newBrowser(server.url);
      const start = await browser.submit(await browser.open(`${site.url}/`), {}, '/social/login/latchkey/');
      const redirectUri = new URL(start.location ?? '').searchParams.get('redirect_uri') ?? '';
      expect(new URL(redirectUri).searchParams.get('redirect_state')).toBeTruthy();

      const page = await signInByButton(site, browser);
      expect(page.url).toBe(`${site.url}/accounts/profile/`);
      expect(personOn(page)).toEqual(ADA);

      for (let times = 0; times < 2; times++) {
        const fresh = await follow(browser, await browser.request(`${site.url}/fresh-profile/`));
        expect(JSON.parse(fresh.text)).toMatchObject(ADA);
      }
    } finally {
      await site.stop();
    }
  });
});
