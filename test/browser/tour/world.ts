/** The people and applications that a tour of the pages meets, and browsers in which they are signed in. */
import type { Browser, Page } from 'playwright-core';
import { addToGroup } from '../../../src/accounts/groups.js';
import { getGroupByName } from '../../../src/accounts/manage-groups.js';
import { setFactorRequired } from '../../../src/accounts/require-factor.js';
import { makeSuperuserLink } from '../../../src/accounts/superuser-link.js';
import { saveLook } from '../../../src/branding/application-looks.js';
import { readPicture } from '../../../src/branding/picture.js';
import { setUpApp } from '../../support/factors.js';
import { setUpPasskey } from '../../support/passkeys.js';
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
 * Nobody is signed in; ada uses things and has registered applications; grace is new here; hedy has an authenticator
 * app, joan a passkey; root is a superuser.
 */
const VISITORS = ['nobody', 'ada', 'grace', 'hedy', 'joan', 'root'] as const;
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
  /** One for each time hedy signs in. */
  recoveryCodes: string[];
  /** One for each time joan does. */
  recoveryCodesOfJoan: string[];
}

/** @param server without people so far */
export async function createWorld(server: TestServer): Promise<World> {
  const link = await makeSuperuserLink(server.database.knex, { issuer: server.url, at: new Date() });
  await createPerson(server, 'root');
  const ada = await createPerson(server, 'ada', { firstName: 'Ada', lastName: 'Lovelace' });
  await createPerson(server, 'grace', { firstName: '', lastName: '' });
  await createPerson(server, 'hedy', { firstName: 'Hedy', lastName: 'Lamarr' });
  const { recoveryCodes } = await setUpApp(server, 'hedy');
  await createPerson(server, 'joan', { firstName: 'Joan', lastName: 'Clarke' });
  const { recoveryCodes: recoveryCodesOfJoan } = await setUpPasskey(server, 'joan', 'My phone');
  // She has to have a second factor, and has none so far.
  const { id: ida } = await createPerson(server, 'ida');
  await addToGroup(server.database.knex, ida, 'Archive');
  const { id: archive } = await getGroupByName(server.database.knex, 'Archive');
  await setFactorRequired(server.database.knex, archive, true);
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
  return {
    server,
    people: { ada: ada.id },
    album,
    tv,
    superuserLink: link?.url ?? '',
    recoveryCodes,
    recoveryCodesOfJoan,
  };
}

/** @param recoveryCode of somebody who has a second factor */
export async function signInOnPage(page: Page, username: string, recoveryCode?: string): Promise<void> {
  await page.goto('/login');
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(PASSWORD);
  await page.locator('main form button[type=submit]').first().click();
  await page.waitForURL((url) => url.pathname !== '/login');
  if (recoveryCode === undefined) return;
  await page.goto('/login/second-step?way=recovery_code');
  await page.locator('#code').fill(recoveryCode);
  await page.locator('main form button[type=submit]').first().click();
  await page.waitForURL((url) => url.pathname !== '/login/second-step');
}

export type Visitors = Record<Visitor, { page: Page; complaints: string[] }>;

/** A superuser from the first stop of theirs on: the page that makes the first one is only there while there is none. */
export async function makeRootSuperuser({ server }: World): Promise<void> {
  await server.database.knex('accounts').where({ username: 'root' }).update({ is_superuser: true });
}

/** A page for each, in a browser profile of its own. */
export async function openVisitors(
  browser: Browser,
  world: World,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visitors> {
  const opened = await Promise.all(
    VISITORS.map(async (visitor) => {
      const watched = await openPage(browser, { baseURL: world.server.url, ...options });
      const codes = { hedy: world.recoveryCodes, joan: world.recoveryCodesOfJoan };
      const recoveryCode = visitor === 'hedy' || visitor === 'joan' ? codes[visitor].pop() : undefined;
      if (visitor !== 'nobody') await signInOnPage(watched.page, visitor, recoveryCode);
      return [visitor, watched] as const;
    }),
  );
  return Object.fromEntries(opened) as Visitors;
}
