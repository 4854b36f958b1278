import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { findFreePort } from '../support/program.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type DjangoSite, describeWithDjango, environmentOf, startDjango } from './django-site.js';
import { ADA, personOn, signInByButton, useRestSocialAuth } from './django-walks.js';
import { exampleFolder } from './installed.js';

describeWithDjango('rest-social-auth')('examples/rest-social-auth', () => {
  let server: TestServer;
  let app: TestApplication;
  let site: DjangoSite;

  beforeAll(async () => {
    server = await startTestServer();
    await createPerson(server, 'ada');
    const port = await findFreePort();
    app = await createApp(server, {
      redirectUris: [
        `http://localhost:${port}/callback`,
        `http://localhost:${port}/social/complete/latchkey/`,
      ],
      redirectMatch: 'extra-query',
    });
    site = await startDjango(exampleFolder('rest-social-auth'), port, environmentOf(server, app));
  });
  afterAll(async () => {
    await site?.stop();
    await server.stop();
  });

  test('takes a code for a session, a token or a JWT, with the provider in the address or in the body', () =>
    useRestSocialAuth(server, app, site));

  test('signs the same person in through its own pages, with a redirect_state', async () => {
    const page = await signInByButton(site, newBrowser(server.url));
    expect(page.url).toBe(`${site.url}/accounts/profile/`);
    expect(personOn(page)).toEqual(ADA);
  });
});
