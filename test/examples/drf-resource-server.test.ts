import { afterAll, beforeAll, test } from '@jest/globals';
import { addToGroup } from '../../src/accounts/groups.js';
import type { ApplicationSettings } from '../../src/applications/application.js';
import { createApp, createPerson, type TestApplication } from '../support/people.js';
import { findFreePort } from '../support/program.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type DjangoSite, describeWithDjango, environmentOf, startDjango } from './django-site.js';
import { expectRevocationToBeHeard, refusesForeignJwts, useResourceServer } from './django-walks.js';
import { exampleFolder } from './installed.js';

/** The API of the example, and an application that calls it for people. */
function runApi(example: string, callerSettings: Partial<ApplicationSettings>) {
  const api: { server: TestServer; caller: TestApplication; site: DjangoSite } = {} as never;
  beforeAll(async () => {
    api.server = await startTestServer();
    await createPerson(api.server, 'ada');
    await addToGroup(api.server.database.knex, 'ada', 'editors');
    const grantTypes: ApplicationSettings['grantTypes'] = ['authorization_code', 'password'];
    api.caller = await createApp(api.server, { grantTypes, ...callerSettings });
    const own = await createApp(api.server, { grantTypes: ['client_credentials'], introspectAny: true });
    api.site = await startDjango(
      exampleFolder(example),
      await findFreePort(),
      environmentOf(api.server, own),
    );
  });
  afterAll(async () => {
    await api.site?.stop();
    await api.server?.stop();
  });
  return api;
}

describeWithDjango('drf-resource-server/introspection')('examples/drf-resource-server/introspection', () => {
  const api = runApi('drf-resource-server/introspection', {});

  test('lets tokens do what their scopes say', () => useResourceServer(api.server, api.caller, api.site));

  // It used to refuse every JWT: introspection told it of an audience, which was not itself.
  test('takes a JWT as well, and refuses it when it was revoked, after the five seconds for which it keeps an answer', async () => {
    const caller = await createApp(api.server, { grantTypes: ['password'], tokenFormat: 'jwt' });
    await expectRevocationToBeHeard(api.server, caller, api.site, 7);
  });
});

describeWithDjango('drf-resource-server/jwks')('examples/drf-resource-server/jwks', () => {
  const api = runApi('drf-resource-server/jwks', { tokenFormat: 'jwt' });

  test('lets tokens do what their scopes say', () => useResourceServer(api.server, api.caller, api.site));

  test('refuses ID tokens, opaque tokens and signatures of others', () =>
    refusesForeignJwts(api.server, api.caller, api.site));
});
