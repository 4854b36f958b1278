/** The people and the applications of an experiment, made by the functions behind the pages and the command line. */
import type { Account } from '../../../src/accounts/account.js';
import type { ApplicationSettings } from '../../../src/applications/application.js';
import type { Database } from '../../../src/database/database.js';
import type { Browser } from '../../support/browser.js';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../../support/people.js';
import type { Rig } from '../experiment.js';
import { newBrowserAt } from './node-client.js';
import { REDIRECT_URI, requirePage } from './requests.js';
import type { ServerNode } from './server-node.js';

export interface Person {
  account: Account;
  username: string;
  password: string;
  /** The browser they are signed in at. */
  browser: Browser;
  /** Its Cookie header. */
  cookies: string;
}

export interface World {
  issuer: string;
  database: Database;
  /** Confidential, with every grant a load needs, without consent page. */
  app: TestApplication;
  /** At least one. */
  people: Person[];
}

// Seconds. No access token of a run expires before its end, and a client whose answer was lost in an outage may ask
// again as late as the longest outage or restore ends.
const DAY = 86_400;
const GRACE = 3_600;

const SETTINGS: Partial<ApplicationSettings> = {
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
  redirectUris: [REDIRECT_URI],
  consent: 'skip',
  accessTokenLifetime: DAY,
  refreshGracePeriod: GRACE,
};

export function makeApp(
  database: Database,
  settings: Partial<ApplicationSettings> = {},
  ownerId: number | null = null,
): Promise<TestApplication> {
  return createApp({ database }, { ...SETTINGS, ...settings }, ownerId);
}

/** @throws Refusal when the sign-in does not end on a page */
export async function signInBrowser(
  node: ServerNode,
  username: string,
  password = PASSWORD,
): Promise<Browser> {
  const browser = newBrowserAt(node);
  const page = requirePage(await browser.open('/login'));
  requirePage(await browser.submit(page, { username, password }));
  return browser;
}

export const cookiesOf = (browser: Browser, issuer: string): Promise<string> =>
  browser.jar.getCookieString(`${issuer}/o/authorize`);

export async function signInPerson(node: ServerNode, account: Account): Promise<Person> {
  const { username } = account;
  const browser = await signInBrowser(node, username);
  const cookies = await cookiesOf(browser, node.issuer);
  return { account, username, password: PASSWORD, browser, cookies };
}

export async function makePerson(database: Database, node: ServerNode, username: string): Promise<Person> {
  return signInPerson(node, await createPerson({ database }, username));
}

/** @param databaseUrl the nodes' own database */
export async function makeWorld(
  rig: Rig,
  node: ServerNode,
  databaseUrl: string,
  { people: count = 8, settings = {} }: { people?: number; settings?: Partial<ApplicationSettings> } = {},
): Promise<World> {
  const database = rig.openDatabase(databaseUrl);
  const app = await makeApp(database, settings);
  const people: Person[] = [];
  for (let i = 1; i <= count; i++) people.push(await makePerson(database, node, `person-${i}`));
  return { issuer: node.issuer, database, app, people };
}
