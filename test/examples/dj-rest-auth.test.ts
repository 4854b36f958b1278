import { afterAll, beforeAll, test } from '@jest/globals';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { findFreePort } from '../support/program.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type DjangoSite, describeWithDjango, environmentOf, startDjango } from './django-site.js';
import { useDjRestAuth } from './django-walks.js';
import { exampleFolder } from './installed.js';
import { testWithChromium, useSinglePageApp } from './single-page-app.js';

describeWithDjango('dj-rest-auth')('examples/dj-rest-auth', () => {
  let server: TestServer;
  let app: TestApplication;
  let site: DjangoSite;

  beforeAll(async () => {
    server = await startTestServer();
    await createPerson(server, 'ada');
    const port = await findFreePort();
    app = await createApp(server, { redirectUris: [`http://localhost:${port}/callback`] });
    site = await startDjango(exampleFolder('dj-rest-auth'), port, environmentOf(server, app));
  });
  afterAll(async () => {
    await site?.stop();
    await server.stop();
  });

  test('takes the code of the single-page app for a JWT in cookies, once', () =>
    useDjRestAuth(server, app, site));

  testWithChromium('its single-page app signs a person in, who is still there after a reload', () =>
    useSinglePageApp(site),
  );
});
