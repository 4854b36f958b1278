/** The second factors of the people in the tests: an authenticator app of their own, and their recovery codes. */
import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from './browser.js';
import { newBrowser } from './browser.js';
import { PASSWORD, signIn } from './people.js';
import type { TestServer } from './server.js';

/** What an authenticator app shows at this moment, or so many seconds later. */
export function codeOf(seed: string, later = 0): string {
  const app = new TOTP({ secret: Secret.fromBase32(seed), digits: 6, period: 30 });
  return app.generate({ timestamp: Date.now() + later * 1000 });
}

/** A code that is not right now, nor just before or after. */
export function wrongCodeOf(seed: string): string {
  const near = [-30, 0, 30].map((later) => codeOf(seed, later));
  return ['000000', '111111', '222222', '333333'].find((code) => !near.includes(code))!;
}

/** The key that a page shows for typing. */
export function seedOn(page: Page): string {
  const seed = page.html.querySelector('code.copy-block')?.text.replace(/\s/g, '');
  if (!seed) throw new Error(`no key on ${page.url} (${page.status})\n${page.text.slice(0, 2000)}`);
  return seed;
}

export function recoveryCodesOn(page: Page): string[] {
  return page.html.querySelector('pre.copy-block')?.text.trim().split('\n') ?? [];
}

export interface PersonWithApp {
  /** In which they are signed in. */
  browser: Browser;
  seed: string;
  recoveryCodes: string[];
}

/** Sets up an app by the pages. Its code of this moment is spent: travel(30) before the next. */
export async function setUpApp(server: TestServer, username: string): Promise<PersonWithApp> {
  const browser = await signIn(server, username);
  const form = await browser.open('/account/security/app');
  const seed = seedOn(form);
  const page = await browser.submit(form, { code: codeOf(seed) }, '/account/security/app');
  if (page.status !== 200) throw new Error(`no app: ${page.status}\n${page.text.slice(0, 2000)}`);
  return { browser, seed, recoveryCodes: recoveryCodesOn(page) };
}

/** The page after the right password, in a browser of its own. */
export async function enterPassword(
  server: TestServer,
  username: string,
  browser = newBrowser(server.url),
  password = PASSWORD,
): Promise<{ browser: Browser; page: Page }> {
  const page = await browser.submit(await browser.open('/login'), { username, password }, '/login');
  return { browser, page };
}

export const sendCode = (browser: Browser, page: Page, code: string, more: Record<string, string> = {}) =>
  browser.submit(page, { code, ...more }, '/second-step');
