import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findApplicationByClientId } from '../../../src/applications/find-application.js';
import type { Browser } from '../../support/browser.js';
import { createApp, createPerson, signIn } from '../../support/people.js';
import { postTo } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let owner: Browser;
let stranger: Browser;
let ownerId: number;

beforeAll(async () => {
  server = await startTestServer();
  ({ id: ownerId } = await createPerson(server, 'ada'));
  await createPerson(server, 'mallory');
  [owner, stranger] = [await signIn(server, 'ada'), await signIn(server, 'mallory')];
});
afterAll(() => server.stop());

async function create(settings: Parameters<typeof createApp>[1] = {}) {
  const { clientId } = await createApp(
    server,
    { redirectUris: ['https://c1.test/cb'], ...settings },
    ownerId,
  );
  const read = async () => (await findApplicationByClientId(server.database.knex, clientId))!;
  const { id } = await read();
  return {
    read,
    path: `/applications/${id}/playground`,
    uri: `${server.url}/applications/${id}/playground/callback`,
  };
}

test('the playground registers its redirect URI by a button, as a change of the application, and removes it again', async () => {
  const { read, path, uri } = await create();
  const page = await owner.open(path);
  expect(page.html.querySelectorAll('form[data-flow]').map((form) => form.getAttribute('data-flow'))).toEqual(
    [],
  );
  const back = await owner.submit(page, {}, '/redirect-uri');
  expect([back.status, new URL(back.url).pathname]).toEqual([200, path]);
  expect((await read()).redirectUris).toEqual(['https://c1.test/cb', uri]);

  const ready = await owner.open(path);
  expect(ready.html.querySelector('form[data-flow=authorization_code]')).toBeTruthy();
  await owner.submit(ready, { remove: 'yes' }, '/redirect-uri');
  expect((await read()).redirectUris).toEqual(['https://c1.test/cb']);
  const events = await server.database.knex('audit_events').where({ event: 'application.changed' });
  expect(events).toHaveLength(2);
});

test('the last redirect URI of an application that needs one cannot be removed, and the reason is said', async () => {
  const { read, path, uri } = await create({ redirectUris: ['https://c2.test/cb'] });
  await server.database
    .knex('applications')
    .where({ id: (await read()).id })
    .update({ redirect_uris: [uri] });
  const refused = await postTo(owner, `${path}/redirect-uri`, { remove: 'yes' });
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('needs at least one redirect URI');
  expect((await read()).redirectUris).toEqual([uri]);
});

test('it offers the flows the application has, and no other', async () => {
  const grantTypes = ['client_credentials', 'password'] as const;
  const { path } = await create({ grantTypes: [...grantTypes], redirectUris: [] });
  const page = await owner.open(path);
  expect(page.html.querySelectorAll('form[data-flow]').map((form) => form.getAttribute('data-flow'))).toEqual(
    ['client_credentials', 'password'],
  );
});

test("somebody else's playground is not there", async () => {
  const { read, path } = await create();
  const unknown = await stranger.open('/applications/999999/playground');
  for (const answer of [await stranger.open(path), await postTo(stranger, `${path}/redirect-uri`)]) {
    expect([answer.status, answer.html.querySelector('h1')?.text]).toEqual([
      404,
      unknown.html.querySelector('h1')?.text,
    ]);
  }
  expect((await read()).redirectUris).toEqual(['https://c1.test/cb']);
});
