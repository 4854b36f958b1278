/** Applications of a team: its members are to them what a single owner would be. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventsOf } from '../../audit/events-of.js';
import type { Browser } from '../../support/browser.js';
import { latchkey } from '../../support/command.js';
import { lastMail } from '../../support/mails.js';
import { token } from '../../support/oauth.js';
import { authorizeUrl, createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { credentialsOn, pathOn, postTo, register } from '../../support/portal.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let teamId: string;
const browsers: Record<string, Browser> = {};
const ids: Record<string, number> = {};

const run = (...args: string[]) =>
  latchkey(args, { environment: { DATABASE_URL: server.databaseUrl, SECRET_KEY } });

beforeAll(async () => {
  server = await startTestServer({ APPLICATIONS_PER_PERSON: '3' });
  for (const name of ['alice', 'bob', 'carol', 'mallory']) {
    ids[name] = (await createPerson(server, name)).id;
    browsers[name] = await signIn(server, name);
  }
  const made = await run('team', 'create', '--name', 'Web shop', '--owner', 'alice');
  teamId = /team_id: +(\d+)/.exec(made.stdout)![1]!;
  await run('team', 'add', teamId, 'bob');
});

afterAll(() => server.stop());

async function teamApp(): Promise<TestApplication> {
  const app = await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] }, ids.alice);
  await postTo(browsers.alice!, `/applications/${app.id}/transfer`, { owned_by: teamId });
  return app;
}

const forget = (app: TestApplication) => postTo(browsers.alice!, `/applications/${app.id}/delete`);

test('a member registers for the team, and every member sees it, with the name of the team', async () => {
  const form = await browsers.bob!.open('/applications/register');
  expect(form.html.querySelectorAll('select[name=owned_by] option').map((option) => option.text)).toEqual([
    'Me',
    'The team Web shop',
  ]);
  const page = await register(browsers.bob!, { name: 'Of the team', owned_by: teamId });
  const { clientId } = credentialsOn(page);
  const path = pathOn(page);
  expect(await server.database.knex('applications').where({ client_id: clientId }).first()).toMatchObject({
    owner_id: null,
  });
  for (const name of ['alice', 'bob']) {
    expect((await browsers[name]!.open('/applications')).text).toContain('the team Web shop');
    expect((await browsers[name]!.open(path)).status).toBe(200);
  }
  expect((await browsers.mallory!.open(path)).status).toBe(404);
  expect((await browsers.mallory!.open('/applications')).text).not.toContain('Of the team');
  await postTo(browsers.bob!, `${path}/delete`);
});

test('who is in no team is asked for no owner, and a team that one is not in is refused (DP-07)', async () => {
  const form = await browsers.mallory!.open('/applications/register');
  expect(form.html.querySelector('[name=owned_by]')).toBeNull();
  const page = await register(browsers.mallory!, { name: 'Stolen', owned_by: teamId });
  expect(page.status).toBe(422);
  for (const owner of ['0', '-1', 'x', String(ids.alice), '99999999'])
    expect((await register(browsers.mallory!, { name: 'Stolen', owned_by: owner })).status).toBe(422);
  expect(await server.database.knex('applications').where({ name: 'Stolen' })).toEqual([]);
});

test('a member changes it, makes and retires its secrets, and deletes it, each recorded with who did it', async () => {
  const app = await teamApp();
  const bob = browsers.bob!;
  const path = `/applications/${app.id}`;
  const events = await eventsOf(server, async () => {
    await bob.submit(await bob.open(`${path}/update`), { name: 'Renamed by Bob' }, '/update');
    const { secret } = credentialsOn(await bob.submit(await bob.open(`${path}/secrets`), {}, '/secrets'));
    const answer = await token(server, { ...app, secret: secret! }, { grant_type: 'client_credentials' });
    expect([200, 401]).toContain(answer.status);
    const tried = await postTo(bob, `${path}/secrets/test`, { secret: app.secret });
    expect(tried.html.querySelector('[role=status]')?.text).toContain('is right');
    await postTo(bob, `${path}/delete`);
  });
  expect(events.map(({ event }) => event)).toEqual([
    'application.changed',
    'secret.added',
    'application.deleted',
  ]);
  for (const event of events)
    expect(event).toMatchObject({ actor_id: ids.bob, account_id: null, client_id: app.clientId });
});

test('the consent page names the team, and as a team', async () => {
  const app = await createApp(server, {}, ids.alice);
  await postTo(browsers.alice!, `/applications/${app.id}/transfer`, { owned_by: teamId });
  const page = await browsers.carol!.open(authorizeUrl(app));
  expect(page.text).toContain('registered by the team <strong>Web shop</strong>');
  await forget(app);
});

test('mails about it go to every member', async () => {
  const app = await teamApp();
  await fetch(`${server.url}/secret-scanning`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ token: app.secret }]),
  });
  for (const name of ['alice', 'bob'])
    expect((await lastMail(server, `${name}@example.com`)).subject).toBe(
      'A secret of Example app was found in public',
    );
  await forget(app);
});

describe('an application is handed over', () => {
  test('by an owner of the team, in and out; its secrets work on', async () => {
    const alice = browsers.alice!;
    const app = await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] }, ids.alice);
    const path = `/applications/${app.id}/transfer`;
    const events = await eventsOf(server, async () => {
      await alice.submit(await alice.open(path), { owned_by: teamId }, '/transfer');
      expect((await browsers.bob!.open(`/applications/${app.id}`)).status).toBe(200);
      await alice.submit(await alice.open(path), { owned_by: '' }, '/transfer');
      expect((await browsers.bob!.open(`/applications/${app.id}`)).status).toBe(404);
    });
    expect((await token(server, app, { grant_type: 'client_credentials' })).status).toBe(200);
    const team = Number(teamId);
    expect(events).toMatchObject([
      {
        event: 'application.transferred',
        account_id: ids.alice,
        details: { from: { owner: ids.alice, team: null }, to: { owner: null, team } },
      },
      {
        event: 'application.transferred',
        account_id: ids.alice,
        details: { from: { owner: null, team }, to: { owner: ids.alice, team: null } },
      },
    ]);
    await forget(app);
  });

  test('by no member, neither out of the team nor into it', async () => {
    const app = await teamApp();
    const bob = browsers.bob!;
    expect((await bob.open(`/applications/${app.id}/transfer`)).status).toBe(403);
    expect((await postTo(bob, `/applications/${app.id}/transfer`, { owned_by: '' })).status).toBe(403);
    const own = await createApp(server, {}, ids.bob);
    expect((await postTo(bob, `/applications/${own.id}/transfer`, { owned_by: teamId })).status).toBe(422);
    expect(await server.database.knex('applications').where({ id: own.id }).first()).toMatchObject({
      owner_id: ids.bob,
    });
    await forget(app);
  });

  test('to anybody by the command line', async () => {
    const app = await teamApp();
    expect((await run('app', 'transfer', app.clientId, '--owner', 'carol')).stdout).toBe(
      'Handed Example app over.\n',
    );
    expect((await browsers.carol!.open(`/applications/${app.id}`)).status).toBe(200);
    expect((await browsers.alice!.open(`/applications/${app.id}`)).status).toBe(404);
    expect((await run('app', 'transfer', app.clientId, '--team', teamId)).code).toBe(0);
    expect((await browsers.alice!.open(`/applications/${app.id}`)).status).toBe(200);
    expect((await run('app', 'transfer', app.clientId)).code).toBe(2);
    expect((await run('app', 'transfer', app.clientId, '--team', '99999')).code).toBe(1);
    await forget(app);
  });
});

test('the quota counts for a person and for a team, each by itself (APPLICATIONS_PER_PERSON)', async () => {
  const { id } = await createPerson(server, 'dave');
  await run('team', 'add', teamId, 'dave');
  const dave = await signIn(server, 'dave');
  const made = await Promise.all(
    Array.from({ length: 5 }, async () => (await register(dave, { owned_by: '' })).status),
  );
  expect(made.sort()).toEqual([200, 200, 200, 429, 429]);
  const forTeam = await Promise.all(
    Array.from({ length: 5 }, async () => (await register(dave, { owned_by: teamId })).status),
  );
  expect(forTeam.sort()).toEqual([200, 200, 200, 429, 429]);
  const spare = await createApp(server, {}, ids.alice);
  const page = await postTo(browsers.alice!, `/applications/${spare.id}/transfer`, { owned_by: teamId });
  expect([page.status, page.html.querySelector('h1')?.text]).toEqual([
    429,
    'The team has 3 applications, and that is the most one may have.',
  ]);
  expect(await server.database.knex('applications').where({ owner_id: id })).toHaveLength(3);
});
