/** What the cases of this folder are provoked in: one server, a developer and a person, an application for each case. */
import type { ApplicationSettings } from '../../../src/applications/application.js';
import { insertMember, insertTeam } from '../../../src/applications/teams/store.js';
import type { Browser, Page } from '../../support/browser.js';
import { type Answer, basic, post } from '../../support/oauth.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../../support/people.js';
import { postTo } from '../../support/portal.js';
import type { TestServer } from '../../support/server.js';

export interface World {
  server: TestServer;
  /** Owns every application. */
  developer: Browser;
  /** Somebody who signs in at them. */
  alice: Browser;
  newApp(settings?: Partial<ApplicationSettings>): Promise<TestApplication>;
}

export const EVERY_GRANT = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'password',
  'urn:ietf:params:oauth:grant-type:device_code',
] as const;

/** @param prepare what these people need before they can sign in */
export async function makeWorld(
  server: TestServer,
  prepare: () => Promise<unknown> = async () => undefined,
): Promise<World> {
  const owner = await createPerson(server, 'developer');
  await createPerson(server, 'alice');
  await prepare();
  let made = 0;
  return {
    server,
    developer: await signIn(server, 'developer'),
    alice: await signIn(server, 'alice'),
    newApp(settings = {}) {
      made++;
      const redirectUris = [`https://app${made}.test/cb`];
      const all = { name: `App ${made}`, grantTypes: [...EVERY_GRANT], redirectUris, ...settings };
      return createApp(server, all, owner.id);
    },
  };
}

/** Two applications that belong to one team, which the developer is in: they have no single owner. */
export async function newAppsOfTeam({
  server,
  developer,
  newApp,
}: World): Promise<[TestApplication, TestApplication]> {
  const { knex } = server.database;
  const { id: accountId } = await knex('accounts').where({ username: 'developer' }).first('id');
  const at = new Date();
  const teamId = await insertTeam(knex, 'Web shop', at);
  await insertMember(knex, { teamId, accountId, role: 'owner', at });
  const apps = [await newApp(), await newApp({ name: 'Another of the team' })] as const;
  for (const { id } of apps) {
    await postTo(developer, `/applications/${id}/transfer`, { owned_by: String(teamId) });
  }
  return [...apps];
}

/** A request that is refused for one cause, and what its explanation says. */
export interface Case {
  cause: string;
  provoke(world: World): Promise<Refusal>;
  /** Read on the page of the explanation, without tags. */
  reads: (string | RegExp)[];
}

export interface Refusal {
  app: TestApplication;
  answer: Pick<Answer | Page, 'status' | 'headers'>;
}

/** A request to an endpoint for programs by an application that proves who it is. */
export async function ask(
  { server, newApp }: World,
  body: Record<string, string>,
  { path = '/o/token', settings = {} }: { path?: string; settings?: Partial<ApplicationSettings> } = {},
): Promise<Refusal> {
  const app = await newApp(settings);
  return { app, answer: await post(server, path, body, basic(app)) };
}

/** An authorization request of somebody who is signed in, as far as its first answer. */
export async function authorize(
  { newApp, alice }: World,
  parameters: Record<string, string | undefined>,
  settings: Partial<ApplicationSettings> = {},
): Promise<Refusal> {
  const app = await newApp(settings);
  return { app, answer: await alice.request(authorizeUrl(app, parameters)) };
}

export const BY_PASSWORD = { grant_type: 'password', username: 'alice', password: PASSWORD };
