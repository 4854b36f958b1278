/** Teams: who is in one, who may change that, and what becomes of it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sweep } from '../../../src/tokens/sweep.js';
import { eventsOf, fromRequest } from '../../audit/events-of.js';
import type { Browser, Page } from '../../support/browser.js';
import { backToPresent } from '../../support/clock.js';
import { createApp, createPerson, signIn } from '../../support/people.js';
import { postTo } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { snapshot } from '../../support/snapshot.js';
import { invite, join, makeTeam, members } from './team-pages.js';

let server: TestServer;
let alice: Browser;
let bob: Browser;
let carol: Browser;
const ids: Record<string, number> = {};

beforeAll(async () => {
  server = await startTestServer({ ACCOUNT_DELETION_GRACE_DAYS: '0' });
  for (const name of ['alice', 'bob', 'carol']) ids[name] = (await createPerson(server, name)).id;
  [alice, bob, carol] = (await Promise.all(
    ['alice', 'bob', 'carol'].map((name) => signIn(server, name)),
  )) as [Browser, Browser, Browser];
});

/** How many teams one is in, and how many one makes in an hour, is limited. */
beforeEach(async () => {
  for (const table of ['throttles', 'team_applications', 'teams']) await server.database.knex(table).delete();
});

afterEach(backToPresent);

afterAll(() => server.stop());

const problem = (page: Page) => [page.status, page.html.querySelector('h1')?.text];

async function withMembers(...names: [Browser, string, string][]): Promise<string> {
  const path = await makeTeam(alice);
  for (const [browser, name, role] of names) {
    await invite(alice, path, name, role);
    await join(browser);
  }
  return path;
}

test('somebody makes a team, and is its owner', async () => {
  const events = await eventsOf(server, async () => {
    const page = await alice.open(await makeTeam(alice));
    expect(members(page)).toEqual({ alice: 'owner' });
  });
  expect(events).toMatchObject([{ event: 'team.created', account_id: ids.alice, ...fromRequest }]);
});

test.each([
  ['', 'is missing'],
  ['x'.repeat(101), 'at most 100'],
  ['Goo\u200bgle', 'control characters'],
  ['a\nb', 'control characters'],
])('a name that is no name makes none: %j', async (name, said) => {
  const before = await snapshot(server);
  const page = await postTo(alice, '/applications/teams', { name });
  expect([page.status, page.html.querySelector('#name-error')?.text]).toEqual([
    422,
    expect.stringContaining(said),
  ]);
  expect(await snapshot(server)).toEqual(before);
});

describe('owners and members', () => {
  test('an owner makes another one, and a member again', async () => {
    const path = await withMembers([bob, 'bob', 'member']);
    const events = await eventsOf(server, async () => {
      await postTo(alice, `${path}/members/${ids.bob}/role`, { role: 'owner' });
      expect(members(await bob.open(path))).toEqual({ alice: 'owner', bob: 'owner' });
      await postTo(bob, `${path}/members/${ids.alice}/role`, { role: 'member' });
      expect(members(await bob.open(path))).toEqual({ alice: 'member', bob: 'owner' });
    });
    expect(events).toMatchObject([
      { event: 'team.role_changed', account_id: ids.bob, actor_id: ids.alice, details: { role: 'owner' } },
      { event: 'team.role_changed', account_id: ids.alice, actor_id: ids.bob, details: { role: 'member' } },
    ]);
  });

  test('a member changes nothing of the team', async () => {
    const path = await withMembers([bob, 'bob', 'member']);
    const before = await snapshot(server);
    for (const [at, fields] of [
      ['/rename', { name: 'Mine' }],
      ['/delete', {}],
      ['/invitations', { who: 'carol' }],
      [`/members/${ids.bob}/role`, { role: 'owner' }],
      [`/members/${ids.alice}/remove`, {}],
    ] as [string, Record<string, string>][])
      expect([at, (await postTo(bob, path + at, fields)).status]).toEqual([at, 403]);
    expect(await snapshot(server)).toEqual(before);
    expect((await bob.open(path)).html.querySelector('form[action$="/rename"]')).toBeNull();
  });

  test('a role that is none, and a person who is not in it', async () => {
    const path = await withMembers([bob, 'bob', 'member']);
    expect((await postTo(alice, `${path}/members/${ids.bob}/role`, { role: 'god' })).status).toBe(404);
    expect((await postTo(alice, `${path}/members/${ids.carol}/role`, { role: 'owner' })).status).toBe(404);
    expect((await postTo(alice, `${path}/members/${ids.carol}/remove`)).status).toBe(404);
  });

  test('the last owner neither leaves nor becomes a member, also when two go at the same moment', async () => {
    const path = await withMembers([bob, 'bob', 'owner']);
    const answers = await Promise.all([postTo(alice, `${path}/leave`), postTo(bob, `${path}/leave`)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422]);
    const left = answers[0]!.status === 422 ? alice : bob;
    const name = left === alice ? 'alice' : 'bob';
    expect(members(await left.open(path))).toEqual({ [name]: 'owner' });
    expect(problem(await postTo(left, `${path}/members/${ids[name]}/role`, { role: 'member' }))).toEqual([
      422,
      expect.stringContaining('Nobody else is an owner of the team'),
    ]);
  });

  test('an owner whose account is disabled is none that counts', async () => {
    const path = await withMembers([bob, 'bob', 'owner']);
    await server.database.knex('accounts').where({ id: ids.bob }).update({ disabled_at: new Date() });
    expect((await postTo(alice, `${path}/leave`)).status).toBe(422);
    await server.database.knex('accounts').where({ id: ids.bob }).update({ disabled_at: null });
    expect((await postTo(alice, `${path}/leave`)).status).toBe(303);
  });

  test('who is removed sees neither the team nor its applications any more', async () => {
    const path = await withMembers([bob, 'bob', 'member']);
    await postTo(alice, `${path}/members/${ids.bob}/remove`);
    expect((await bob.open(path)).status).toBe(404);
  });

  // Whoever was removed came back by an invitation that they had sent to themselves before.
  test('who is removed, or is an owner no more, has invited nobody', async () => {
    for (const end of ['remove', 'role']) {
      const path = await withMembers([bob, 'bob', 'owner']);
      await invite(bob, path, 'carol', 'owner');
      expect(await server.database.knex('team_invitations')).toHaveLength(1);
      await postTo(alice, `${path}/members/${ids.bob}/${end}`, { role: 'member' });
      expect(await server.database.knex('team_invitations')).toEqual([]);
    }
  });
});

test('a team is renamed, and deleted once it owns nothing', async () => {
  const path = await makeTeam(alice);
  const events = await eventsOf(server, async () => {
    await alice.submit(await alice.open(path), { name: 'Renamed' }, '/rename');
    expect((await alice.open(path)).html.querySelector('h1')?.text).toBe('Renamed');
    const app = await createApp(server, {}, ids.alice);
    await postTo(alice, `/applications/${app.id}/transfer`, { owned_by: path.split('/').at(-1)! });
    expect(problem(await postTo(alice, `${path}/delete`))).toEqual([
      409,
      'The team Renamed still owns applications.',
    ]);
    await postTo(alice, `/applications/${app.id}/delete`);
    await alice.submit(await alice.open(`${path}/delete`), {}, '/delete');
    expect((await alice.open(path)).status).toBe(404);
  });
  expect(events.map(({ event }) => event).filter((event) => event.startsWith('team.'))).toEqual([
    'team.renamed',
    'team.deleted',
  ]);
});

test('somebody is in twenty teams at most', async () => {
  await createPerson(server, 'trent');
  const trent = await signIn(server, 'trent');
  const answers = await Promise.all(
    Array.from({ length: 23 }, (_, index) => postTo(trent, '/applications/teams', { name: `T${index}` })),
  );
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(20);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(3);
});

describe('a team is answered like one that does not exist to whoever is not in it (DP-01)', () => {
  const REQUESTS = (id: number | string): ['GET' | 'POST', string, Record<string, string>?][] => [
    ['GET', `/applications/teams/${id}`],
    ['GET', `/applications/teams/${id}/delete`],
    ['POST', `/applications/teams/${id}/rename`, { name: 'Mine' }],
    ['POST', `/applications/teams/${id}/delete`],
    ['POST', `/applications/teams/${id}/leave`],
    ['POST', `/applications/teams/${id}/invitations`, { who: 'carol', role: 'owner' }],
    ['POST', `/applications/teams/${id}/invitations/1/withdraw`],
    ['POST', `/applications/teams/${id}/members/${ids.alice}/role`, { role: 'member' }],
    ['POST', `/applications/teams/${id}/members/${ids.alice}/remove`],
  ];

  const seen = (page: Page, id: number | string) =>
    page.text
      .replace(/request id <code>[^<]+/, '')
      .replaceAll(/(csrf_token" value=)"[^"]+"/g, '$1')
      .replaceAll(`/${id}`, '/ID');

  test.each(REQUESTS(':id').map(([method, path], index) => ({ title: `${method} ${path}`, index })))(
    '$title',
    async ({ index }) => {
      const id = (await makeTeam(alice)).split('/').at(-1)!;
      const before = await snapshot(server);
      const ask = async (at: number | string) => {
        const [method, path, fields] = REQUESTS(at)[index]!;
        return method === 'GET' ? carol.request(path) : postTo(carol, path, fields);
      };
      const [hers, nobodys] = [await ask(id), await ask(99_999_999)];
      expect([hers.status, nobodys.status]).toEqual([404, 404]);
      expect(seen(hers, id)).toBe(seen(nobodys, 99_999_999));
      expect(await snapshot(server)).toEqual(before);
    },
  );
});

describe('somebody who deletes their account', () => {
  async function personWith(name: string): Promise<[Browser, number]> {
    const { id } = await createPerson(server, name);
    return [await signIn(server, name), id];
  }
  const leaveForGood = async (browser: Browser) =>
    browser.submit(await browser.open('/account/data/delete'), {}, '/account/data/delete');

  test('first hands over the team that others are in and only they own', async () => {
    const [dave] = await personWith('dave');
    const path = await makeTeam(dave);
    await invite(dave, path, 'bob');
    await join(bob);
    const refused = await leaveForGood(dave);
    expect(problem(refused)).toEqual([409, expect.stringMatching(/^You are the only owner of the team /)]);
    await postTo(dave, `${path}/members/${ids.bob}/role`, { role: 'owner' });
    expect((await leaveForGood(dave)).status).toBe(200);
    expect(members(await bob.open(path))).toEqual({ bob: 'owner' });
  });

  test('takes along a team that is theirs alone', async () => {
    const [erin, id] = await personWith('erin');
    const teamId = Number((await makeTeam(erin)).split('/').at(-1));
    const events = await eventsOf(server, () => leaveForGood(erin));
    expect(events.map(({ event }) => event)).toEqual(['team.left', 'team.deleted', 'account.deleted']);
    expect(events.every((event) => event.account_id === id)).toBe(true);
    expect(await server.database.knex('teams').where({ id: teamId })).toEqual([]);
  });

  // The days of grace are long enough for the other owners to go as well.
  test('leaves a team to its eldest member when no owner is left by then', async () => {
    const [frank, id] = await personWith('frank');
    const path = await makeTeam(frank);
    for (const [browser, name] of [
      [bob, 'bob'],
      [carol, 'carol'],
    ] as const) {
      await invite(frank, path, name);
      await join(browser);
    }
    const past = new Date(Date.now() - 1000);
    await server.database.knex('account_deletions').insert({ account_id: id, asked_at: past, due_at: past });
    await sweep(server.database, { auditKeepDays: 365 }, new Date());
    expect(members(await bob.open(path))).toEqual({ bob: 'owner', carol: 'member' });
  });

  test('finds the teams in what they can download', async () => {
    const [grace] = await personWith('grace');
    await makeTeam(grace);
    const data = JSON.parse(
      (await grace.submit(await grace.open('/account/data'), {}, '/account/data/export')).text,
    );
    expect(data.teams).toEqual([{ name: expect.stringMatching(/^Team /), role: 'owner' }]);
  });
});

test('a superuser sees and manages every team', async () => {
  const path = await makeTeam(alice);
  await createPerson(server, 'root', { isSuperuser: true });
  const root = await signIn(server, 'root');
  expect((await root.open('/applications/teams')).text).toContain('All other teams');
  await root.submit(await root.open(path), { name: 'Watched' }, '/rename');
  expect((await alice.open(path)).html.querySelector('h1')?.text).toBe('Watched');
});
