import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { addSecret } from '../../src/applications/secrets/add-secret.js';
import { listSecrets } from '../../src/applications/secrets/list-secrets.js';
import { retireSecret } from '../../src/applications/secrets/retire-secret.js';
import { rotateSecret } from '../../src/applications/secrets/rotate-secret.js';
import { backToPresent, travel } from '../support/clock.js';
import { token } from '../support/oauth.js';
import { createApp, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

// Seconds after which every node must have noticed.
const NOTICED = 5;
const HOUR = 3600;

let server: TestServer;
let otherNode: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  otherNode = await startTestServer({ DATABASE_URL: server.databaseUrl });
});

afterEach(backToPresent);
afterAll(async () => {
  await otherNode.stop();
  await server.stop();
});

const machine = () => createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] });
const change = () => ({ at: new Date(), by: {} });

/** The status on each node. */
async function statuses(app: TestApplication, secret: string): Promise<number[]> {
  const answers = await Promise.all(
    [server, otherNode].map((node) => token(node, { ...app, secret }, { grant_type: 'client_credentials' })),
  );
  return answers.map(({ status }) => status);
}

const events = (app: TestApplication, event: string) =>
  server.database.knex('audit_events').where({ client_id: app.clientId, event });

test('during the overlap the old and the new secret work, after it only the new one (TK-23)', async () => {
  const app = await machine();
  expect(await statuses(app, app.secret)).toEqual([200, 200]);
  const secret = await rotateSecret(server.database.knex, app.id, { ...change(), overlap: HOUR });
  travel(NOTICED);
  expect(await statuses(app, secret)).toEqual([200, 200]);
  expect(await statuses(app, app.secret)).toEqual([200, 200]);
  travel(HOUR);
  expect(await statuses(app, app.secret)).toEqual([401, 401]);
  expect(await statuses(app, secret)).toEqual([200, 200]);
  expect(await events(app, 'secret.added')).toHaveLength(1);
  expect(JSON.stringify(await events(app, 'secret.added'))).not.toContain(secret);
});

test('without an overlap the old secret is refused at once, and the new one works at once on a node that has not seen the application', async () => {
  const app = await machine();
  const secret = await rotateSecret(server.database.knex, app.id, { ...change(), overlap: 0 });
  expect(await statuses(app, secret)).toEqual([200, 200]);
  expect(await statuses(app, app.secret)).toEqual([401, 401]);
});

test('a second secret works beside the first until the first is retired', async () => {
  const app = await machine();
  expect(await statuses(app, app.secret)).toEqual([200, 200]);
  const second = await addSecret(server.database.knex, app.id, change());
  travel(NOTICED);
  expect(await statuses(app, app.secret)).toEqual([200, 200]);
  expect(await statuses(app, second)).toEqual([200, 200]);
  const [first] = await listSecrets(server.database.knex, app.id, new Date());
  await retireSecret(server.database.knex, app.id, first?.id ?? 0, change());
  travel(NOTICED);
  expect(await statuses(app, app.secret)).toEqual([401, 401]);
  expect(await statuses(app, second)).toEqual([200, 200]);
  expect(await events(app, 'secret.retired')).toHaveLength(1);
});

test('the stored form of a secret is no secret', async () => {
  const app = await machine();
  const rows = await server.database.knex('client_secrets').where({ application_id: app.id });
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(app.secret);
  expect(await statuses(app, rows[0].hash)).toEqual([401, 401]);
});
