/** Invitations to a team: by username in the portal, by an address with a link. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventsOf } from '../../audit/events-of.js';
import type { Browser } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { lastMail, readMails } from '../../support/mails.js';
import { createPerson, signIn } from '../../support/people.js';
import { postTo } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { until } from '../../support/until.js';
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

describe('an invitation', () => {
  test('by username is answered in the portal, and told by mail', async () => {
    const path = await makeTeam(alice);
    const events = await eventsOf(server, async () => {
      expect((await invite(alice, path, 'BOB')).text).toContain('bob');
      const mail = await lastMail(server, 'bob@example.com');
      expect(mail.subject).toMatch(/^alice invites you to the team Team \d+$/);
      expect(mail.link).toBe(`${server.url}/applications/teams`);
      expect((await bob.open(path)).status).toBe(404);
      const page = await join(bob);
      expect(new URL(page.url).pathname).toBe(path);
      expect(members(page)).toEqual({ alice: 'owner', bob: 'member' });
    });
    expect(events).toMatchObject([
      { event: 'team.invited', account_id: ids.bob, actor_id: ids.alice, details: { role: 'member' } },
      { event: 'team.joined', account_id: ids.bob, actor_id: null },
    ]);
  });

  test('by an address is a link, with which whoever reads the mail joins under their own name', async () => {
    const path = await makeTeam(alice);
    await invite(alice, path, 'somebody@else.test', 'owner');
    const { link } = await lastMail(server, 'somebody@else.test');
    const page = await carol.open(link);
    expect(page.text).toContain('You join as <strong>carol</strong>');
    await carol.submit(page, { answer: 'accept' }, '/join');
    expect(members(await carol.open(path))).toEqual({ alice: 'owner', carol: 'owner' });
    expect((await bob.open(link)).status).toBe(410);
  });

  // Guards against an owner who is taken out while their invitation waits for the team, and comes back by it.
  test('of somebody who is no owner any more when its turn comes is refused', async () => {
    const { knex } = server.database;
    const path = await makeTeam(alice);
    await invite(alice, path, 'bob', 'owner');
    await join(bob);
    const id = Number(path.split('/').pop());
    const asked = await knex.transaction(async (transaction) => {
      await transaction('teams').where({ id }).forUpdate().first();
      const answer = invite(bob, path, 'carol', 'owner');
      await until(async () => {
        const { rows } = await knex.raw('SELECT FROM pg_locks WHERE NOT granted');
        return rows.length > 0;
      });
      await transaction('team_members')
        .where({ team_id: id, account_id: ids.bob })
        .update({ role: 'member' });
      return { answer };
    });
    expect((await asked.answer).status).toBe(403);
    expect(await knex('team_invitations').where({ team_id: id, account_id: ids.carol })).toEqual([]);
  });

  test('is answered the same for an address that is somebody here and for one that is not', async () => {
    const path = await makeTeam(alice);
    const pages = [
      await invite(alice, path, 'bob@example.com'),
      await invite(alice, path, 'nobody@example.com'),
    ];
    const rows = pages.map((page) =>
      page.html.querySelectorAll('table').at(-1)!.querySelectorAll('tbody tr'),
    );
    expect(rows[0]![0]!.text.replaceAll('bob@', '')).toBe(rows[1]![1]!.text.replaceAll('nobody@', ''));
    expect((await bob.open('/applications/teams')).text).not.toContain('invites you');
  });

  test('may be declined, and is over then', async () => {
    const path = await makeTeam(alice);
    await invite(alice, path, 'bob');
    const page = await bob.open('/applications/teams');
    await bob.submit(page, {}, '/decline');
    expect((await bob.submit(page, {}, '/accept')).status).toBe(410);
    expect(members(await alice.open(path))).toEqual({ alice: 'owner' });
  });

  test('may be withdrawn, and is over after a week', async () => {
    const path = await makeTeam(alice);
    const shown = await invite(alice, path, 'bob');
    const waiting = await bob.open('/applications/teams');
    await alice.submit(shown, {}, '/withdraw');
    expect((await bob.submit(waiting, {}, '/accept')).status).toBe(410);
    await invite(alice, path, 'late@else.test');
    const { link } = await lastMail(server, 'late@else.test');
    travel(7 * 86_400 + 1);
    const fresh = await signIn(server, 'carol');
    expect((await fresh.open(link)).status).toBe(410);
  });

  test('of somebody else cannot be answered, nor one of another team be withdrawn', async () => {
    const path = await makeTeam(alice);
    await invite(alice, path, 'bob');
    const [{ id }] = await server.database.knex('team_invitations').where({ account_id: ids.bob });
    expect((await postTo(carol, `/applications/teams/invitations/${id}/accept`)).status).toBe(410);
    expect((await postTo(carol, `/applications/teams/invitations/${id}/decline`)).status).toBe(410);
    const other = await makeTeam(carol);
    expect((await postTo(carol, `${other}/invitations/${id}/withdraw`)).status).toBe(404);
    expect((await join(bob)).status).toBe(200);
  });

  test.each([
    ['no-such-person', 'There is nobody with this username.'],
    ['', 'Username is missing.'],
    ['@', 'This is neither a username nor an email address.'],
    ['alice', 'They are in the team already.'],
  ])('to %j is refused', async (who, said) => {
    const page = await invite(alice, await makeTeam(alice), who);
    expect([page.status, page.html.querySelector('#who-error')?.text]).toEqual([422, said]);
  });

  test('fills nobody’s mailbox', async () => {
    const path = await makeTeam(alice);
    for (let tries = 0; tries < 5; tries++) await invite(alice, path, 'victim@else.test');
    const page = await invite(alice, path, 'victim@else.test');
    expect([page.status, page.html.querySelector('#who-error')?.text]).toEqual([
      422,
      'Too many mails went to this address within an hour. Try again later.',
    ]);
    expect(await readMails(server, 'victim@else.test')).toHaveLength(5);
    expect(await server.database.knex('team_invitations').where({ email: 'victim@else.test' })).toHaveLength(
      1,
    );
  });

  test('is one of thirty in an hour at most (DP-12)', async () => {
    const path = await makeTeam(carol);
    const statuses: number[] = [];
    for (let tries = 0; tries < 32; tries++)
      statuses.push((await postTo(carol, `${path}/invitations`, { who: `nobody${tries}` })).status);
    expect(statuses).toEqual([...Array(30).fill(422), 429, 429]);
  });
});
