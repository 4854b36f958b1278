/** The developer portal for scripts: every operation of its document is asked, and answers as the document says. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { endAllAccess } from '../../src/accounts/end-all-access.js';
import {
  answerSchema,
  fetchDocument,
  operationsOf,
  type PublishedDocument,
} from '../json-api/published-document.js';
import type { Browser } from '../support/browser.js';
import { backToPresent, freezeAt, travel } from '../support/clock.js';
import { type Answer, basic, byPassword, post, profile } from '../support/oauth.js';
import { createApp, createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { makeToken, type Script, scriptWith } from './script.js';

let server: TestServer;
let document: PublishedDocument;
let ada: Browser;
let adaId: number;
let script: Script;

beforeAll(async () => {
  server = await startTestServer();
  ({ id: adaId } = await createPerson(server, 'ada'));
  await createPerson(server, 'mallory');
  ada = await signIn(server, 'ada');
  script = scriptWith(server, await makeToken(ada));
  document = await fetchDocument(server.url, 'openapi-applications.json');
});
afterEach(backToPresent);
afterAll(() => server.stop());

/** Asks, and holds the answer against the document. @param operation as `post /api/applications` */
async function ask(method: string, path: string, body?: unknown, by: Script = script): Promise<Answer> {
  const answer = await by(method, path, body);
  const asked = path.split('?')[0]!.split('/').length;
  const operation = operationsOf(document).find(
    (each) =>
      each.method === method &&
      each.path.replace('/api/applications', '').split('/').length === asked &&
      (asked < 3 || each.path.includes(path.split('/')[2]!)),
  )!;
  const schema = answerSchema(document, operation, answer.status);
  if (schema)
    expect([operation.name, schema.safeParse(answer.body).error?.issues]).toEqual([
      operation.name,
      undefined,
    ]);
  else expect(answer.body).toBe('');
  return answer;
}

const works = async (clientId: string, secret: string) => {
  // An application is read anew once a second.
  travel(2);
  return (
    (await post(server, '/o/token', { grant_type: 'client_credentials' }, basic({ clientId, secret })))
      .status === 200
  );
};

test('an application is registered, read, listed, changed and deleted, and each change names the token in the audit trail', async () => {
  const registered = await ask('POST', '', { name: 'Nightly job', kind: 'service' });
  expect(registered.status).toBe(201);
  const { application, client_secret: secret } = registered.body;
  expect(application).toMatchObject({
    kind: 'service',
    grant_types: ['client_credentials'],
    redirect_uris: [],
  });
  expect(await works(application.client_id, secret)).toBe(true);

  const path = `/${application.client_id}`;
  expect((await ask('GET', path)).body).toEqual(application);
  expect((await ask('GET', '?search=nightly')).body).toMatchObject({ total: 1, applications: [application] });
  const changed = await ask('PATCH', path, { name: 'Hourly job', access_token_lifetime: 60 });
  expect(changed.body).toMatchObject({ name: 'Hourly job', access_token_lifetime: 60, kind: 'service' });
  expect((await ask('PATCH', path, { access_token_lifetime: null })).body.access_token_lifetime).toBeNull();
  expect((await ask('DELETE', path)).status).toBe(204);
  expect((await ask('GET', path)).status).toBe(404);

  const events = await server.database
    .knex('audit_events')
    .where({ client_id: application.client_id })
    .orderBy('id');
  expect(events.map(({ event, account_id: id, details: { via } }) => [event, id, via])).toEqual(
    ['application.created', 'application.changed', 'application.changed', 'application.deleted'].map(
      (event) => [event, adaId, 'API token deploy'],
    ),
  );
});

test('the tokens of an application that is deleted are refused at once, though they were used a moment ago', async () => {
  const app = await createApp(server, { name: 'Given up', grantTypes: ['password'] }, adaId);
  const { access_token: accessToken } = await byPassword(server, app, 'ada', { scope: 'read' });
  // What was read about the token stays fresh for as long as this takes.
  freezeAt(new Date());
  expect((await profile(server, accessToken)).status).toBe(200);
  expect((await ask('DELETE', `/${app.clientId}`)).status).toBe(204);
  expect((await profile(server, accessToken)).status).toBe(401);
});

test('secrets are added, seen and retired, and the last one stays', async () => {
  const { body } = await ask('POST', '', { name: 'Rotating', kind: 'service' });
  const secrets = `/${body.application.client_id}/secrets`;
  const added = await ask('POST', secrets, { name: 'second', expires_in_days: 30 });
  expect(await works(body.application.client_id, added.body.client_secret)).toBe(true);
  const listed = (await ask('GET', secrets)).body.secrets;
  expect(listed).toMatchObject([
    { expires_at: null },
    { name: 'second', hint: added.body.client_secret.slice(-4) },
  ]);
  expect((await ask('DELETE', `${secrets}/${listed[0].id}`)).status).toBe(204);
  const { body: third } = await ask('POST', secrets, {});
  expect((await ask('DELETE', `${secrets}/${listed[1].id}`)).status).toBe(204);
  expect(await works(body.application.client_id, third.client_secret)).toBe(true);
  const [last] = (await ask('GET', secrets)).body.secrets;
  expect((await ask('DELETE', `${secrets}/${last.id}`)).status).toBe(422);
});

test('what is wrong is named by its field, and nothing is changed', async () => {
  const { body } = await ask('POST', '', {
    name: 'Website',
    kind: 'web',
    redirect_uris: ['https://c1.test/cb'],
  });
  const path = `/${body.application.client_id}`;
  const before = await snapshot(server);
  const refused = await ask('PATCH', path, {
    redirect_uris: ['http://c1.example/cb'],
    access_token_lifetime: -1,
  });
  expect([refused.status, Object.keys(refused.body.fields)]).toEqual([
    422,
    ['redirect_uris', 'access_token_lifetime'],
  ]);
  const unknown = await ask('PATCH', path, { owner_id: 1, client_id: 'x' });
  expect([unknown.status, Object.keys(unknown.body.fields)]).toEqual([422, ['owner_id', 'client_id']]);
  // What only superusers may set is no owner's to set.
  await ask('PATCH', path, { introspect_any: true, consent: 'skip' });
  expect((await ask('GET', path)).body).toMatchObject({ introspect_any: false, consent: 'once' });
  expect((await script('PATCH', path, 'not json', { 'content-type': 'application/json' })).status).toBe(400);
  expect(
    (await script('PATCH', path, 'name=x', { 'content-type': 'application/x-www-form-urlencoded' })).status,
  ).toBe(415);
  expect(await snapshot(server)).toEqual(before);
});

test("another person's application is not there, and a token for one application sees no other", async () => {
  const theirs = await createApp(server, { name: 'Theirs' });
  const mine = await createApp(server, { name: 'Mine' }, adaId);
  const other = await createApp(server, { name: 'Other' }, adaId);
  const single = scriptWith(server, await makeToken(ada, { application: String(mine.id) }));
  for (const [by, clientId] of [
    [script, theirs.clientId],
    [single, other.clientId],
    [script, 'nobody'],
  ] as const) {
    const answers = [
      await ask('GET', `/${clientId}`, undefined, by),
      await ask('PATCH', `/${clientId}`, { name: 'Taken' }, by),
      await ask('DELETE', `/${clientId}`, undefined, by),
    ];
    expect(answers.map(({ status, body: { request_id: _, ...body } }) => [status, body])).toEqual(
      Array(3).fill([404, expect.objectContaining({ error: 'not_found' })]),
    );
  }
  expect((await ask('GET', `/${mine.clientId}`, undefined, single)).status).toBe(200);
  expect((await ask('GET', '', undefined, single)).status).toBe(403);
  expect((await ask('POST', '', { name: 'New', kind: 'web' }, single)).status).toBe(403);
});

test('a token that is missing, wrong, revoked, over, or of somebody who is disabled is refused', async () => {
  const browser = await signIn(server, 'mallory');
  const value = await makeToken(browser, { days: '7' });
  const by = scriptWith(server, value);
  expect((await by('GET', '')).status).toBe(200);
  for (const wrong of ['', 'lka_short', `${value.slice(0, -1)}${value.endsWith('a') ? 'b' : 'a'}`]) {
    const answer = await scriptWith(server, wrong)('GET', '');
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('Bearer'),
    ]);
  }
  await server.database.knex('accounts').where({ username: 'mallory' }).update({ disabled_at: new Date() });
  expect((await by('GET', '')).status).toBe(401);
  await server.database.knex('accounts').where({ username: 'mallory' }).update({ disabled_at: null });
  await server.database
    .knex('application_tokens')
    .where({ hint: value.slice(-4) })
    .update({ expires_at: new Date() });
  expect((await by('GET', '')).status).toBe(401);

  const another = await makeToken(ada, { name: 'to be revoked' });
  await ada.submit(await ada.open('/applications/tokens'), {}, '/revoke');
  expect((await scriptWith(server, another)('GET', '')).status).toBe(401);
  expect(JSON.stringify(await server.database.knex('application_tokens'))).not.toContain(another);
});

test('a session cookie is not enough, and an access token of OAuth is none of the API', async () => {
  const page = await ada.request('/api/applications');
  expect(page.status).toBe(401);
  const documented = await ada.open('/api/docs/applications');
  expect(documented.text).toContain('POST /api/applications');
});

// Whoever had somebody's browser for a while made a token, and went on with it after everything else was ended.
test('a token ends with all other access of its maker, and is told by mail when it is made', async () => {
  const { id } = await createPerson(server, 'grace');
  const value = await makeToken(await signIn(server, 'grace'), { name: 'for a rainy day' });
  const by = scriptWith(server, value);
  expect((await by('GET', '')).status).toBe(200);
  const mails = await server.database.knex('outgoing_mails').where({ account_id: id });
  expect(mails.length).toBeGreaterThan(0);
  await server.database.knex.transaction((transaction) => endAllAccess(transaction, id));
  expect((await by('GET', '')).status).toBe(401);
});

// A token for one's own applications became one for everybody's when its maker was made a superuser.
test('a token of a superuser sees and changes their own applications alone', async () => {
  const { id } = await createPerson(server, 'root', { isSuperuser: true });
  const theirs = await createApp(server, { name: 'Not of root' }, adaId);
  const mine = await createApp(server, { name: 'Of root' }, id);
  const by = scriptWith(server, await makeToken(await signIn(server, 'root')));
  expect((await by('GET', '')).body.applications).toMatchObject([{ name: 'Of root' }]);
  expect((await by('GET', `/${theirs.clientId}`)).status).toBe(404);
  expect((await by('PATCH', `/${mine.clientId}`, { introspect_any: true })).body.introspect_any).toBe(false);
  expect((await by('GET', '/%00')).status).toBe(404);
});
