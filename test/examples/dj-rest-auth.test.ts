import { join } from 'node:path';
import { afterAll, beforeAll, test } from '@jest/globals';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
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
import { testWithChromium, useSinglePageApp } from './single-page-app.js';

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

  testWithChromium('its single-page app signs a person in, who is still there after a reload', () =>
    useSinglePageApp(site),
  );
});
