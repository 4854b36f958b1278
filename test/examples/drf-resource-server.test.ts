import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { addToGroup } from '../../src/accounts/groups.js';
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
import { expectRevocationToBeHeard, useResourceServer } from './django-walks.js';

const REQUIREMENTS = 'drf-resource-server/requirements.txt';

describeWithDjango(REQUIREMENTS)('examples/drf-resource-server', () => {
  let server: TestServer;
  let caller: TestApplication;
  let site: DjangoSite | undefined;

  beforeAll(async () => {
    server = await startTestServer();
    await createPerson(server, 'ada');
    await addToGroup(server.database.knex, 'ada', 'editors');
  });
  afterAll(() => server.stop());

  async function startSite(folder: string, environment: Record<string, string>): Promise<DjangoSite> {
    const port = await findFreePort();
    return startDjango(join(EXAMPLES, 'drf-resource-server', folder), port, environment);
  }

  describe('introspection', () => {
    beforeAll(async () => {
      caller = await createApp(server, { grantTypes: ['password'] });
      const api = await createApp(server, {
        grantTypes: ['client_credentials'],
        redirectUris: [],
        introspectAny: true,
      });
      site = await startSite('introspection', environmentOf(server, api));
    });
    afterAll(() => site?.stop());

    test('lets tokens do what their scopes say, and asks about each', () =>
      useResourceServer(server, caller, site!));

    test('refuses a revoked token after the five seconds for which it keeps an answer', () =>
      expectRevocationToBeHeard(server, caller, site!, 7));
  });
});
