import { join } from 'node:path';
import { afterAll, beforeAll, test } from '@jest/globals';
import { addToGroup } from '../../src/accounts/groups.js';
import type { ApplicationSettings } from '../../src/applications/application.js';
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
import { expectRevocationToBeHeard, refusesForeignJwts, useResourceServer } from './django-walks.js';

/** The API of the example, and an application that calls it for people. */
function runApi(name: string, callerSettings: Partial<ApplicationSettings>) {
  const api: { server: TestServer; caller: TestApplication; site: DjangoSite } = {} as never;
  beforeAll(async () => {
    api.server = await startTestServer();
    await createPerson(api.server, 'ada');
    await addToGroup(api.server.database.knex, 'ada', 'editors');
    const grantTypes: ApplicationSettings['grantTypes'] = ['authorization_code', 'password'];
    api.caller = await createApp(api.server, { grantTypes, ...callerSettings });
    const own = await createApp(api.server, { grantTypes: ['client_credentials'], introspectAny: true });
    const folder = join(EXAMPLES, 'drf-resource-server', name);
    api.site = await startDjango(folder, await findFreePort(), environmentOf(api.server, own));
  });
  afterAll(async () => {
    await api.site?.stop();
    await api.server?.stop();
  });
  return api;
}

const describeExample = (name: string) => describeWithDjango(`drf-resource-server/${name}/requirements.txt`);

describeExample('introspection')('examples/drf-resource-server/introspection', () => {
  const api = runApi('introspection', {});

  test('lets tokens do what their scopes say', () => useResourceServer(api.server, api.caller, api.site));

  test('refuses a revoked token after the five seconds for which it keeps an answer', () =>
    expectRevocationToBeHeard(api.server, api.caller, api.site, 7));
});

describeExample('jwks')('examples/drf-resource-server/jwks', () => {
  const api = runApi('jwks', { tokenFormat: 'jwt' });

  test('lets tokens do what their scopes say', () => useResourceServer(api.server, api.caller, api.site));

  test('refuses ID tokens, opaque tokens and signatures of others', () =>
    refusesForeignJwts(api.server, api.caller, api.site));
});
