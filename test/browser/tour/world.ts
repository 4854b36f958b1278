/** The people and applications that a tour of the pages meets, and browsers in which they are signed in. */
import type { Browser, Page } from 'playwright-core';
import { makeSuperuserLink } from '../../../src/accounts/superuser-link.js';
import {
  allow,
  createApp,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../../support/people.js';
import type { TestServer } from '../../support/server.js';
import { openPage } from '../chromium.js';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/** Nobody is signed in; ada uses things and has registered applications; grace is new here; root is a superuser. */
const VISITORS = ['nobody', 'ada', 'grace', 'root'] as const;
export type Visitor = (typeof VISITORS)[number];

export interface World {
  server: TestServer;
  /** An application of ada's at which nobody has signed in so far. */
  album: TestApplication;
  tv: TestApplication;
  /** Made while there was no superuser. */
  superuserLink: string;
}

/** @param server without people so far */
export async function createWorld(server: TestServer): Promise<World> {
  const link = await makeSuperuserLink(server.database.knex, { issuer: server.url, at: new Date() });
  await createPerson(server, 'root');
  const ada = await createPerson(server, 'ada', { firstName: 'Ada', lastName: 'Lovelace' });
  await createPerson(server, 'grace', { firstName: '', lastName: '' });
  const album = await createApp(server, { name: 'Photo album of the botanical society' }, ada.id);
  await createApp(server, { name: 'Command line', clientType: 'public' }, ada.id);
  const tv = await createApp(server, {
    name: 'Television',
    clientType: 'public',
    grantTypes: [DEVICE_CODE, 'refresh_token'],
    redirectUris: [],
  });
  const news = await createApp(server, { name: 'News' });
  const calendar = await createApp(server, { name: 'Calendar' });
  const browser = await signIn(server, 'ada');
  await allow(browser, news, { scope: 'openid profile email read' });
  await allow(browser, calendar, { scope: 'read write' });
  return { server, album, tv, superuserLink: link?.url ?? '' };
}

export async function signInOnPage(page: Page, username: string): Promise<void> {
  await page.goto('/login');
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(PASSWORD);
  await page.locator('main form button[type=submit]').first().click();
  await page.waitForURL((url) => url.pathname !== '/login');
}

export type Visitors = Record<Visitor, { page: Page; complaints: string[] }>;

/** A superuser from the first stop of theirs on: the page that makes the first one is only there while there is none. */
export async function makeRootSuperuser({ server }: World): Promise<void> {
  await server.database.knex('accounts').where({ username: 'root' }).update({ is_superuser: true });
}

/** A page for each, in a browser profile of its own. */
export async function openVisitors(
  browser: Browser,
  { server }: World,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visitors> {
  const opened = await Promise.all(
    VISITORS.map(async (visitor) => {
      const watched = await openPage(browser, { baseURL: server.url, ...options });
      if (visitor !== 'nobody') await signInOnPage(watched.page, visitor);
      return [visitor, watched] as const;
    }),
  );
  return Object.fromEntries(opened) as Visitors;
}
