/**
 * Django sites on the same host as the server, and another port: cookies ignore ports, so the two would log each other
 * out if they had cookies of one name.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { follow } from '../applications/connect/sign-in.js';
import { newBrowser } from '../support/browser.js';
import { createApp, createPerson } from '../support/people.js';
import { findFreePort } from '../support/program.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type DjangoSite, describeWithDjango, environmentOf, startDjango } from './django-site.js';
import { ADA, personOn, signInByButton } from './django-walks.js';
import { exampleFolder } from './installed.js';

const CUSTOM = '/accounts/latchkey/login/callback/';
const OPENID = '/accounts/oidc/latchkey/login/callback/';

const CASES = [
  { folder: 'custom_provider', callback: CUSTOM, pkce: 'required', known: ADA },
  { folder: 'openid_connect', callback: OPENID, pkce: 'required', known: ADA },
  {
    folder: 'custom_provider_oldest',
    callback: CUSTOM,
    pkce: 'optional',
    known: ADA,
  },
  {
    folder: 'openid_connect_oldest',
    callback: CUSTOM,
    pkce: 'optional',
    // That release keeps the address beside the user.
    known: { ...ADA, email: '' },
  },
] as const;

for (const { folder, callback, pkce, known } of CASES) {
  describeWithDjango(`django-allauth/${folder}`)(`examples/django-allauth/${folder}`, () => {
    let server: TestServer;
    let site: DjangoSite | undefined;

    beforeAll(async () => {
      server = await startTestServer();
      await createPerson(server, 'ada');
    });
    afterEach(() => site?.stop());
    afterAll(() => server.stop());

    test('signs a person in who lands at /accounts/profile/, and neither side loses its session', async () => {
      const port = await findFreePort();
      const app = await createApp(server, { redirectUris: [`http://localhost:${port}${callback}`], pkce });
      site = await startDjango(exampleFolder(`django-allauth/${folder}`), port, environmentOf(server, app));
      const browser = newBrowser(server.url);

      const page = await signInByButton(site, browser);
      expect(page.url).toBe(`${site.url}/accounts/profile/`);
      expect(personOn(page)).toEqual(known);
      const cookies = (await browser.jar.getCookies(site.url)).map(({ key }) => key);
      expect(cookies).toEqual(expect.arrayContaining(['csrftoken', 'sessionid']));
      expect(cookies.filter((name) => !/^latchkey|^csrftoken$|^sessionid$|^messages$/.test(name))).toEqual(
        [],
      );
      expect((await browser.open('/account')).text).toContain('ada@example.com');

      // Signing out of the site, with its cookies, leaves the session here; a second sign-in is the same person.
      const left = await follow(browser, await browser.submit(page, {}, '/accounts/logout/'));
      expect(personOn(left)).toEqual({});
      expect((await browser.open('/account')).text).toContain('ada@example.com');
      expect(personOn(await signInByButton(site, browser))).toEqual(known);
    });
  });
}
