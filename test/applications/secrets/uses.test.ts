/** When and from where a secret was last used: written down soon, seldom, and at nobody's cost. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pino from 'pino';
import { createSecretUses } from '../../../src/applications/secrets/secret-uses.js';
import { openDatabase } from '../../../src/database/database.js';
import { newBrowser } from '../../support/browser.js';
import { basic, post, token } from '../../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let ownerId: number;

beforeAll(async () => {
  server = await startTestServer({ TRUSTED_PROXIES: '127.0.0.0/8 ::1' });
  ({ id: ownerId } = await createPerson(server, 'alice'));
});

afterAll(() => server.stop());

const newApp = () => createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] }, ownerId);

interface Use {
  id: number;
  last_used_at: Date | null;
  last_network: string | null;
}

async function useOf(app: TestApplication): Promise<Use> {
  const [row] = await server.database
    .knex('client_secrets')
    .where({ application_id: app.id })
    .orderBy('id')
    .select('id', 'last_used_at', 'last_network');
  return row;
}

async function eventually<T>(look: () => Promise<T>, isIt: (found: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 300; tries++) {
    const found = await look();
    if (isIt(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return look();
}

const use = (app: TestApplication, from: string, url = server.url) =>
  post({ url }, '/o/token', { grant_type: 'client_credentials' }, { ...basic(app), 'X-Forwarded-For': from });

test('the page of secrets tells when a secret was used, and from which network', async () => {
  const app = await newApp();
  const browser = await signIn(server, 'alice');
  expect((await browser.open(`/applications/${app.id}/secrets`)).text).toContain('No use seen so far');
  expect((await use(app, '10.2.33.44')).status).toBe(200);
  const row = await eventually(
    () => useOf(app),
    (found) => found.last_used_at !== null,
  );
  expect(row.last_network).toBe('10.2.33.0/24');
  expect((await browser.open(`/applications/${app.id}/secrets`)).text).toContain(
    'Last used 1 minute ago from 10.2.33.0/24',
  );
});

test('a wrong secret is no use of any', async () => {
  const app = await newApp();
  expect((await token(server, { ...app, secret: `${app.secret}x` }, { grant_type: 'password' })).status).toBe(
    401,
  );
  const other = await startTestServer({ DATABASE_URL: server.databaseUrl });
  await use({ ...app, secret: 'wrong' }, '10.9.9.9', other.url);
  await other.stop();
  expect((await useOf(app)).last_used_at).toBeNull();
});

test('a node that stops writes down what it has seen', async () => {
  const app = await newApp();
  const node = await startTestServer({
    DATABASE_URL: server.databaseUrl,
    TRUSTED_PROXIES: '127.0.0.0/8 ::1',
  });
  await use(app, '192.0.2.200', node.url);
  await node.stop();
  expect(await useOf(app)).toMatchObject({
    last_used_at: expect.any(Date),
    last_network: '192.0.2.0/24',
  });
});

const silent = pino({ level: 'silent' });

test('of many uses the first is written soon, and the latest of the rest when its time has come', async () => {
  const app = await newApp();
  const { id } = await useOf(app);
  const uses = createSecretUses(server.database, silent, { soon: 1, apart: 60_000 });
  uses.note(id, '10.0.0.1');
  const first = await eventually(
    () => useOf(app),
    (found) => found.last_used_at !== null,
  );
  for (let count = 0; count < 100; count++) uses.note(id, '10.0.7.1');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await useOf(app)).toEqual(first);
  await uses.stop();
  expect((await useOf(app)).last_network).toBe('10.0.7.0/24');
});

test('of what two nodes have seen the later use stays', async () => {
  const app = await newApp();
  const { id } = await useOf(app);
  const [early, late] = [1, 2].map(() => createSecretUses(server.database, silent));
  early!.note(id, '10.0.1.1');
  await new Promise((resolve) => setTimeout(resolve, 5));
  late!.note(id, '10.0.2.1');
  await late!.stop();
  await early!.stop();
  expect((await useOf(app)).last_network).toBe('10.0.2.0/24');
});

// A retirement holds the rows it changes; whoever waited for them here could wait for the whole pool.
test('a secret that somebody is changing is passed over, and waits for nothing', async () => {
  const [app, free] = [await newApp(), await newApp()];
  const { id } = await useOf(app);
  await server.database.knex.transaction(async (transaction) => {
    await transaction('client_secrets').where({ id }).forUpdate();
    const uses = createSecretUses(server.database, silent);
    uses.note(id, '10.0.0.1');
    uses.note((await useOf(free)).id, '10.0.0.1');
    await uses.stop();
  });
  expect((await useOf(app)).last_used_at).toBeNull();
  expect((await useOf(free)).last_used_at).not.toBeNull();
});

test('a database out of reach costs no token request anything, and what was seen is written later', async () => {
  const app = await newApp();
  const { id } = await useOf(app);
  const broken = openDatabase('postgres://nobody@127.0.0.1:1/nothing', {
    poolSize: 1,
    preparedStatements: true,
  });
  let isBroken = true;
  const database = new Proxy(server.database, {
    get: (target, name) => Reflect.get(isBroken ? broken : target, name),
  });
  const uses = createSecretUses(database, silent, { soon: 1, apart: 20 });
  expect(() => uses.note(id, '10.0.0.1')).not.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 200));
  isBroken = false;
  await uses.stop();
  await broken.close();
  expect((await useOf(app)).last_network).toBe('10.0.0.0/24');
});

test('nobody else is told', async () => {
  const app = await newApp();
  const stranger = newBrowser(server.url);
  expect((await stranger.request(`/applications/${app.id}/secrets`)).status).toBe(303);
});
