import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { follow } from '../applications/connect/sign-in.js';
import { newBrowser } from '../support/browser.js';
import { createApp, createPerson } from '../support/people.js';
import { findFreePort } from '../support/program.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeWithDjango, environmentOf, startDjango } from './django-site.js';
import { ADA, personOn, signInByButton } from './django-walks.js';
import { exampleFolder } from './installed.js';

describeWithDjango('python-social-auth')('examples/python-social-auth', () => {
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
    const site = await startDjango(exampleFolder('python-social-auth'), port, environmentOf(server, app));
    try {
      const leaving = newBrowser(site.url);
      const start = await leaving.submit(await leaving.open('/'), {}, '/social/login/latchkey/');
      const redirectUri = new URL(start.location ?? '').searchParams.get('redirect_uri') ?? '';
      expect(new URL(redirectUri).searchParams.get('redirect_state')).toBeTruthy();

      const browser = newBrowser(server.url);
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
