/** Applications of teams, made and handed over by scripts: under the rules of the pages. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { invite, join, makeTeam } from '../applications/teams/team-pages.js';
import { eventsOf } from '../audit/events-of.js';
import { answerSchema, fetchDocument, operationsOf } from '../json-api/published-document.js';
import type { Browser } from '../support/browser.js';
import { createApp, createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { snapshot } from '../support/snapshot.js';
import { makeToken, type Script, scriptWith } from './script.js';

let server: TestServer;
let ada: Browser;
const ids: Record<string, number> = {};
const scripts: Record<string, Script> = {};
/** Ada owns both, Bob is a member of the first; Mallory is in none. */
let shop: number;
let press: number;

beforeAll(async () => {
  server = await startTestServer({ APPLICATIONS_PER_PERSON: '5' });
  const browsers: Record<string, Browser> = {};
  for (const name of ['ada', 'bob', 'mallory']) {
    ids[name] = (await createPerson(server, name)).id;
    browsers[name] = await signIn(server, name);
    scripts[name] = scriptWith(server, await makeToken(browsers[name]!));
    // That a token is used is noted the first time, and after a minute.
    await scripts[name]('GET', '');
  }
  ada = browsers.ada!;
  const idOf = (path: string) => Number(path.split('/').at(-1));
  const path = await makeTeam(ada);
  shop = idOf(path);
  press = idOf(await makeTeam(ada));
  await invite(ada, path, 'bob');
  await join(browsers.bob!);
});
afterAll(() => server.stop());

const JOB = { name: 'Job', kind: 'service' };

async function make(by: string, more: object = {}) {
  const { status, body } = await scripts[by]!('POST', '', { ...JOB, ...more });
  expect([status, body]).toEqual([201, expect.anything()]);
  return `/${body.application.client_id}`;
}
const teamOf = async (path: string, by = 'ada') => (await scripts[by]!('GET', path)).body.team_id;
const forget = async (path: string) => expect((await scripts.ada!('DELETE', path)).status).toBe(204);

test('a member registers an application of the team, which every member reads and changes, and nobody else', async () => {
  const path = await make('bob', { team_id: shop });
  expect(await teamOf(path)).toBe(shop);
  const changed = await scripts.ada!('PATCH', path, { name: 'Of the shop', team_id: shop });
  expect(changed.body).toMatchObject({ name: 'Of the shop', team_id: shop });
  const list = await scripts.bob!('GET', '?search=shop');
  expect(list.body.applications).toMatchObject([{ name: 'Of the shop', team_id: shop }]);
  expect((await scripts.mallory!('GET', path)).status).toBe(404);
  await forget(path);
});

test('without a team, and with null, it is of the maker of the token', async () => {
  for (const more of [{}, { team_id: null }]) {
    const path = await make('ada', more);
    expect(await teamOf(path)).toBeNull();
    expect((await scripts.bob!('GET', path)).status).toBe(404);
    await forget(path);
  }
});

test.each(['not of mine', 'not there', 'no number', 'no id'])(
  'a team that is %s is refused by its field, together with every other one, and nothing is made',
  async (which) => {
    const team = { 'not of mine': shop, 'not there': 999_999, 'no number': 'shop', 'no id': -1 }[which];
    const before = await snapshot(server);
    const answer = await scripts.mallory!('POST', '', { ...JOB, name: '', team_id: team });
    expect([answer.status, Object.keys(answer.body.fields)]).toEqual([
      422,
      // What is of the wrong type is refused before the settings are looked at.
      which === 'no number' || which === 'no id' ? ['team_id'] : ['name', 'team_id'],
    ]);
    expect(await snapshot(server)).toEqual(before);
  },
);

test('an owner hands an application over, to a team and to another and back, with what else is changed', async () => {
  const path = await make('ada');
  const events = await eventsOf(server, async () => {
    const into = await scripts.ada!('PATCH', path, { team_id: shop, name: 'Shared' });
    expect(into.body).toMatchObject({ team_id: shop, name: 'Shared' });
    expect(await teamOf(path, 'bob')).toBe(shop);
    expect((await scripts.ada!('PATCH', path, { team_id: press })).body.team_id).toBe(press);
    expect((await scripts.bob!('GET', path)).status).toBe(404);
    expect((await scripts.ada!('PATCH', path, { team_id: null })).body.team_id).toBeNull();
  });
  const changes = events.map(({ event, details }) => [
    event,
    (details.to as { team: number | null } | undefined)?.team,
    details.via,
  ]);
  expect(changes).toEqual([
    ['application.transferred', shop, 'API token deploy'],
    ['application.changed', undefined, 'API token deploy'],
    ['application.transferred', press, 'API token deploy'],
    ['application.transferred', null, 'API token deploy'],
  ]);
  await forget(path);
});

test('a member who is no owner takes nothing out of a team and brings nothing into one, and nothing is changed', async () => {
  const path = await make('ada', { team_id: shop });
  const own = await make('bob');
  const before = await snapshot(server);
  const out = await scripts.bob!('PATCH', path, { name: 'Taken', team_id: null });
  expect([out.status, out.body.error]).toEqual([403, 'owners_only']);
  const into = await scripts.bob!('PATCH', own, { name: 'Brought', team_id: shop });
  expect([into.status, Object.keys(into.body.fields)]).toEqual([422, ['team_id']]);
  expect(await snapshot(server)).toEqual(before);
  await forget(path);
});

test('a wrong setting leaves the application with the owner it has', async () => {
  const path = await make('ada');
  const before = await snapshot(server);
  const answer = await scripts.ada!('PATCH', path, { team_id: shop, access_token_lifetime: -1 });
  expect([answer.status, Object.keys(answer.body.fields)]).toEqual([422, ['access_token_lifetime']]);
  expect(await snapshot(server)).toEqual(before);
  await forget(path);
});

test('the owner it has may be named without a trace, and without being an owner of the team', async () => {
  const path = await make('ada', { team_id: shop });
  const before = await snapshot(server);
  expect((await scripts.bob!('PATCH', path, { team_id: shop, name: 'Job' })).status).toBe(200);
  expect(await snapshot(server)).toEqual(before);
  await forget(path);
});

test('a token of one application changes it, and hands it over to nobody', async () => {
  const app = await createApp(server, { name: 'Single' }, ids.ada);
  const single = scriptWith(server, await makeToken(ada, { application: String(app.id) }));
  const path = `/${app.clientId}`;
  expect((await single('PATCH', path, { name: 'Changed', team_id: null })).status).toBe(200);
  const before = await snapshot(server);
  const answer = await single('PATCH', path, { team_id: shop });
  expect([answer.status, answer.body.error]).toEqual([403, 'api_token_not_enough']);
  expect(await snapshot(server)).toEqual(before);
  await forget(path);
});

test('a team that has as many applications as one may have is given no other', async () => {
  for (let count = 0; count < 5; count++) await createApp(server, { name: 'Full' }, ids.ada);
  const full = (await scripts.ada!('GET', '?search=Full')).body.applications;
  for (const { client_id: id } of full) await scripts.ada!('PATCH', `/${id}`, { team_id: press });
  const own = await make('ada');
  expect((await scripts.ada!('PATCH', own, { team_id: press })).status).toBe(429);
  expect((await scripts.ada!('POST', '', { ...JOB, team_id: press })).status).toBe(429);
  expect(await teamOf(own)).toBeNull();
});

test('the document says what a team is named by, and when it is refused', async () => {
  const document = await fetchDocument(server.url, 'openapi-applications.json');
  const answer = await scripts.bob!('POST', '', { ...JOB, team_id: shop });
  const operation = operationsOf(document).find(({ name }) => name === 'POST /api/applications')!;
  expect(answerSchema(document, operation, 201)!.safeParse(answer.body).success).toBe(true);
  const text = JSON.stringify(document);
  for (const part of ['"team_id":', 'by the number in the address of its page', 'no owner of the team'])
    expect(text).toContain(part);
});
