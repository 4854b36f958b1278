/** Teams, and what superusers decide about applications. */
import { putHold } from '../../../src/applications/standing/holds-store.js';
import { makeTeam } from '../../../src/applications/teams/manage-team.js';
import { addMember } from '../../../src/applications/teams/members.js';
import { lastMail } from '../../support/mails.js';
import { createApp, signIn } from '../../support/people.js';
import { fill, send } from './forms.js';
import type { Stop } from './stops.js';
import type { World } from './world.js';

/** The id of a team of ada's and root's. */
async function team({ server, people }: World): Promise<number> {
  const { knex } = server.database;
  const known = await knex('teams').where({ name: 'Botanical society' }).first('id');
  if (known) return known.id;
  const change = { by: {}, at: new Date() };
  const id = await makeTeam(knex, 'Botanical society', people.ada, change);
  const root = await knex('accounts').where({ username: 'root' }).first('id');
  await addMember(knex, id, root.id, { role: 'member', ...change });
  return id;
}

/** The id of an application that waits. */
async function waiting({ server, people }: World): Promise<number> {
  const { knex } = server.database;
  const known = await knex('applications').where({ name: 'Herbarium' }).first('id');
  if (known) return known.id;
  const { id } = await createApp(server, { name: 'Herbarium' }, people.ada);
  const at = new Date();
  await knex('applications').where({ id }).update({ disabled_at: at });
  await putHold(knex, id, { kind: 'waiting', reason: '', since: at });
  return id;
}

async function inviteByMail(world: World, who: string): Promise<void> {
  const id = await team(world);
  const ada = await signIn(world.server, 'ada');
  await ada.submit(await ada.open(`/applications/teams/${id}`), { who }, '/invitations');
}

export const teamStops: Stop[] = [
  {
    name: 'teams',
    view: 'applications/teams/list',
    visitor: 'ada',
    async open(page, world) {
      await team(world);
      await page.goto('/applications/teams');
    },
  },
  {
    name: 'team',
    view: 'applications/teams/show',
    visitor: 'ada',
    async open(page, world) {
      await page.goto(`/applications/teams/${await team(world)}`);
      await fill(page, { who: 'grace' });
      await send(page, '/invitations');
    },
  },
  {
    name: 'team-invitation-refused',
    view: 'applications/teams/show',
    visitor: 'ada',
    async open(page, world) {
      await page.goto(`/applications/teams/${await team(world)}`);
      await fill(page, { who: 'nobody-has-this-name' });
      await send(page, '/invitations');
    },
  },
  {
    name: 'teams-invited',
    view: 'applications/teams/list',
    visitor: 'grace',
    open: (page) => page.goto('/applications/teams'),
  },
  {
    name: 'team-join',
    view: 'applications/teams/join',
    visitor: 'grace',
    async open(page, world) {
      await inviteByMail(world, 'botanist@example.org');
      await page.goto((await lastMail(world.server, 'botanist@example.org')).link);
    },
  },
  {
    name: 'team-delete',
    view: 'applications/teams/delete',
    visitor: 'ada',
    open: async (page, world) => page.goto(`/applications/teams/${await team(world)}/delete`),
  },
  {
    name: 'transfer-application',
    view: 'applications/teams/transfer',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/transfer`),
  },
  {
    name: 'application-waiting',
    view: 'applications/show',
    visitor: 'ada',
    open: async (page, world) => page.goto(`/applications/${await waiting(world)}`),
  },
  {
    name: 'applications-waiting',
    view: 'applications/standing/waiting',
    visitor: 'root',
    async open(page, world) {
      await waiting(world);
      await page.goto('/applications/waiting');
    },
  },
  {
    name: 'application-to-refuse',
    view: 'applications/standing/decide',
    visitor: 'root',
    async open(page, world) {
      await page.goto(`/applications/${await waiting(world)}/refuse`);
      await send(page, '/refuse');
    },
  },
];
