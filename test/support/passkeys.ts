/** What a person's browser does on the pages about passkeys, its script included. */
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { type Claims, makePasskey, type SoftwarePasskey, signWithPasskey } from './authenticator.js';
import type { Browser, Page } from './browser.js';
import { recoveryCodesOn } from './factors.js';
import { signIn } from './people.js';
import type { TestServer } from './server.js';

/** Of the form on the page that wants a passkey. */
async function askOptions<Options>(browser: Browser, page: Page): Promise<Options> {
  const form = page.html.querySelector('form[data-passkey]')!;
  const csrf = form.querySelector('input[name=csrf_token]')?.getAttribute('value') ?? '';
  const answer = await browser.request(form.getAttribute('data-passkey-options')!, {
    method: 'POST',
    body: new URLSearchParams({ csrf_token: csrf }),
    headers: { accept: 'application/json' },
  });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
  return JSON.parse(answer.text);
}

export const askToRegister = (browser: Browser, page: Page) =>
  askOptions<PublicKeyCredentialCreationOptionsJSON>(browser, page);

export const askToSign = (browser: Browser, page: Page) =>
  askOptions<PublicKeyCredentialRequestOptionsJSON>(browser, page);

/** Sends the answer of the authenticator as the page's script does. */
export function sendAnswer(
  browser: Browser,
  page: Page,
  answer: object,
  fields: Record<string, string> = {},
): Promise<Page> {
  const action = page.html.querySelector('form[data-passkey]')?.getAttribute('action') ?? '';
  return browser.submit(page, { ...fields, response: JSON.stringify(answer) }, action);
}

async function register(
  server: TestServer,
  browser: Browser,
  { name = '', ...claims }: Claims & { name?: string },
): Promise<{ passkey: SoftwarePasskey; recoveryCodes: string[] }> {
  const page = await browser.open('/account/passkeys/add');
  const options = await askToRegister(browser, page);
  const { passkey, answer } = makePasskey(options, server.url, claims);
  const after = await sendAnswer(browser, page, answer, { name });
  if (after.status !== 200) throw new Error(`${after.status}: ${after.text}`);
  return { passkey, recoveryCodes: recoveryCodesOn(after) };
}

/** Adds a passkey to the account that is signed in at this browser. */
export async function addPasskey(
  server: TestServer,
  browser: Browser,
  claims: Claims & { name?: string } = {},
): Promise<SoftwarePasskey> {
  return (await register(server, browser, claims)).passkey;
}

/** The first passkey of somebody, with the recovery codes that come with it. */
export async function setUpPasskey(server: TestServer, username: string, name: string) {
  return register(server, await signIn(server, username), { name });
}

/** Opens the page, which asks who it is, and answers with a passkey. */
export async function signInWithPasskey(
  server: TestServer,
  browser: Browser,
  passkey: SoftwarePasskey,
  { path = '/login', ...claims }: Claims & { path?: string } = {},
): Promise<Page> {
  const page = await browser.open(path);
  const options = await askToSign(browser, page);
  return sendAnswer(browser, page, signWithPasskey(passkey, options, server.url, claims));
}
