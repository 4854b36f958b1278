/** The people and applications the tests speak of, made by the same functions as the pages and the command line. */

import type { Account } from '../../src/accounts/account.js';
import { createAccount } from '../../src/accounts/create-account.js';
import { createPasswords } from '../../src/accounts/passwords.js';
import type { Application, ApplicationSettings } from '../../src/applications/application.js';
import { registerApplication } from '../../src/applications/register-application.js';
import { guessKind } from '../../src/applications/settings/kinds.js';
import type { Database } from '../../src/database/database.js';
import { type Browser, newBrowser, type Page } from './browser.js';
import type { TestServer } from './server.js';

export const PASSWORD = 'correct horse battery staple';

const passwords = createPasswords({ minLength: 8, hashConcurrency: 2 });

export async function createPerson(
  { database }: { database: Database },
  username: string,
  more: {
    email?: string;
    firstName?: string;
    lastName?: string;
    isSuperuser?: boolean;
    password?: string;
  } = {},
): Promise<Account> {
  const result = await createAccount(database, passwords, {
    username,
    email: `${username}@example.com`,
    firstName: username[0]?.toUpperCase() + username.slice(1),
    lastName: 'Example',
    password: PASSWORD,
    ...more,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.account;
}

export interface TestApplication extends Application {
  secret: string;
}

export const CALLBACK = 'https://c1.test/cb';

const DEFAULTS: Omit<ApplicationSettings, 'kind'> = {
  name: 'Example app',
  description: '',
  contacts: [],
  clientType: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token'],
  redirectUris: [CALLBACK],
  postLogoutRedirectUris: [],
  scopes: null,
  defaultScopes: null,
  corsOrigins: null,
  consent: 'once',
  introspectAny: false,
  pkce: 'optional',
  redirectMatch: 'exact',
  accessTokenLifetime: null,
  refreshTokenLifetime: null,
  refreshGracePeriod: null,
  idTokenAlg: 'RS256',
  tokenFormat: 'opaque',
};

/** `skipConsent` is short for `consent: 'skip'`. */
export type TestSettings = Partial<ApplicationSettings> & { skipConsent?: boolean };

export async function createApp(
  { database }: { database: Database },
  { skipConsent, ...more }: TestSettings = {},
  ownerId: number | null = null,
): Promise<TestApplication> {
  const settings = { ...DEFAULTS, ...(skipConsent ? { consent: 'skip' as const } : {}), ...more };
  const { application, secret = '' } = await registerApplication(database.knex, {
    settings: { kind: guessKind(settings), ...settings },
    ownerId,
    quota: false,
    at: new Date(),
    by: {},
  });
  return { ...application, secret };
}

/** A browser in which this person is signed in. */
export async function signIn(server: TestServer, username: string, password = PASSWORD): Promise<Browser> {
  const browser = newBrowser(server.url);
  const page = await browser.submit(await browser.open('/login'), { username, password });
  if (page.status !== 200) throw new Error(`sign-in failed: ${page.status}\n${page.text}`);
  return browser;
}

export function authorizeUrl(
  app: TestApplication,
  parameters: Record<string, string | undefined> = {},
): string {
  const all = {
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: app.redirectUris[0],
    state: 'xyz',
    ...parameters,
  };
  const present = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `/o/authorize?${new URLSearchParams(present)}`;
}

/** Allows what is asked and ends at the application's redirect URI. */
export async function allow(
  browser: Browser,
  app: TestApplication,
  parameters: Record<string, string> = {},
): Promise<Page> {
  const page = await browser.open(authorizeUrl(app, parameters));
  return page.html.querySelector('form[action$="/consent"]') ? browser.submit(page, {}, '/consent') : page;
}

/** The code that a sign-in at the application ends with. */
export async function getCode(
  browser: Browser,
  app: TestApplication,
  parameters: Record<string, string> = {},
): Promise<string> {
  const page = await allow(browser, app, parameters);
  const code = page.location && new URL(page.location).searchParams.get('code');
  if (!code)
    throw new Error(`no code at ${page.location ?? page.url} (${page.status})\n${page.text.slice(0, 2000)}`);
  return code;
}
