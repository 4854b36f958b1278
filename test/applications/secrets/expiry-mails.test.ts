/** Whoever looks after an application hears of the end of its secrets in time, and once. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { addSecret } from '../../../src/applications/secrets/add-secret.js';
import { rotateSecret } from '../../../src/applications/secrets/rotate-secret.js';
import { warnOfExpiry } from '../../../src/applications/secrets/warn-of-expiry.js';
import { createPages } from '../../../src/http/pages.js';
import { createMails, type Mails } from '../../../src/mail/mails.js';
import { deriveKey } from '../../../src/secrets/derive-key.js';
import { backToPresent, travel } from '../../support/clock.js';
import { readMails } from '../../support/mails.js';
import { createApp, createPerson } from '../../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let mails: Mails;

beforeAll(async () => {
  server = await startTestServer();
  const { config } = server;
  const pages = await createPages(config);
  mails = createMails({ config, key: deriveKey(SECRET_KEY, 'mails'), pages, onPosted() {} });
});

afterEach(backToPresent);

afterAll(() => server.stop());

const DAY = 86_400;

const round = () => warnOfExpiry({ database: server.database, mails }, new Date());

async function secretOf(username: string, days: number) {
  const { id } = await createPerson(server, username);
  const app = await createApp(server, { name: `App of ${username}` }, id);
  const at = new Date();
  const expiresAt = new Date(at.getTime() + days * DAY * 1000);
  const secret = await addSecret(server.database.knex, app.id, { name: 'prod', expiresAt, at, by: {} });
  return { app, secret, mails: () => readMails(server, `${username}@example.com`) };
}

test('two weeks and a day before, once each, with the way to the next one', async () => {
  const { app, secret, mails: received } = await secretOf('alice', 30);
  await round();
  expect(await received()).toEqual([]);
  travel(16 * DAY + 60);
  await round();
  await round();
  const [first, ...more] = await received();
  expect(more).toEqual([]);
  expect(first).toMatchObject({
    subject: 'A secret of App of alice is about to expire',
    link: `${server.url}/applications/${app.id}/secrets`,
  });
  expect(first!.text).toContain(
    `The secret “prod”, ending in ${secret.slice(-4)}, of App of alice expires on`,
  );
  expect(first!.text).not.toContain(secret.slice(0, 20));
  travel(13 * DAY);
  await round();
  await round();
  expect(await received()).toHaveLength(2);
  travel(2 * DAY);
  await round();
  expect(await received()).toHaveLength(2);
});

test('of several nodes that look at the same moment one writes', async () => {
  const { mails: received } = await secretOf('bob', 15);
  travel(2 * DAY);
  await Promise.all(Array.from({ length: 5 }, round));
  expect(await received()).toHaveLength(1);
});

test('a server that was off for long sends the one that is due, and not two', async () => {
  const { mails: received } = await secretOf('carol', 30);
  travel(29 * DAY + 3600);
  await round();
  await round();
  expect(await received()).toHaveLength(1);
});

test('none about a secret whose owner has just chosen so near an end', async () => {
  const { app, mails: received } = await secretOf('dave', 1);
  await rotateSecret(server.database.knex, app.id, { overlap: 3600, at: new Date(), by: {} });
  await round();
  expect(await received()).toEqual([]);
});
