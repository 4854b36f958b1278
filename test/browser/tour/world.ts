/** The people and applications that a tour of the pages meets, and browsers in which they are signed in. */
import type { Browser, Page } from 'playwright-core';
import { addToGroup } from '../../../src/accounts/groups.js';
import { makeSuperuserLink } from '../../../src/accounts/superuser-link.js';
import { saveLook } from '../../../src/branding/application-looks.js';
import { readPicture } from '../../../src/branding/picture.js';
import {
  allow,
  createApp,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../../support/people.js';
import type { TestServer } from '../../support/server.js';
import { openPage } from '../headless.js';

const ALBUM_LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40">
  <g fill="#b3407a"><circle cx="20" cy="10" r="8"/><circle cx="10" cy="24" r="8"/><circle cx="30" cy="24" r="8"/></g>
  <circle cx="20" cy="20" r="6" fill="#f2c14e"/><path d="M20 26v12" stroke="#4a8f5c" stroke-width="3"/>
  <path d="M48 14h60M48 24h40" stroke="#7a8881" stroke-width="5"/></svg>`;

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/**
 * Nobody is signed in; ada uses things and has registered applications; grace is new here; mary sets up a second factor;
 * root is a superuser.
 */
const VISITORS = ['nobody', 'ada', 'grace', 'mary', 'root'] as const;
export type Visitor = (typeof VISITORS)[number];

export interface World {
  server: TestServer;
  /** Ids of accounts. */
  people: { ada: number };
  /** An application of ada's at which nobody has signed in so far. */
  album: TestApplication;
  tv: TestApplication;
  /** Made while there was no superuser. */
  superuserLink: string;
}

/** @param server without people so far */
export async function createWorld(server: TestServer): Promise<World> {
  const link = await makeSuperuserLink(server.database.knex, { issuer: server.url, at: new Date() });
  for (const username of ['mary', 'nina', 'leo', 'root']) await createPerson(server, username);
  const ada = await createPerson(server, 'ada', { firstName: 'Ada', lastName: 'Lovelace' });
  await createPerson(server, 'grace', { firstName: '', lastName: '' });
  const album = await createApp(server, { name: 'Photo album of the botanical society' }, ada.id);
  const logo = readPicture(Buffer.from(ALBUM_LOGO));
  if (!('picture' in logo)) throw new Error(logo.problem);
  const links = { homeUri: 'https://album.test/', termsUri: 'https://album.test/terms', policyUri: null };
  await saveLook(
    server.database.knex,
    album.id,
    { color: '#b3407a', ...links },
    { logo: logo.picture, at: new Date() },
  );
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
  await addToGroup(server.database.knex, 'ada', 'editors');
  // nina has to have a second factor, and leo is about to leave.
  await addToGroup(server.database.knex, 'nina', 'staff');
  await server.database.knex('groups').where({ name: 'staff' }).update({ requires_factor: true });
  return { server, people: { ada: ada.id }, album, tv, superuserLink: link?.url ?? '' };
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
