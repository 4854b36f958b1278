/** The command lines that an application's page offers, pasted into a shell as they stand. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'node-html-parser';
import type { Browser, Page } from '../support/browser.js';
import { createPerson, PASSWORD, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { walkThrough } from './walk-through.js';

const run = promisify(execFile);
const CALLBACK = "http://localhost:9999/call'back?from=latchkey&a=b";

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'ada', { isSuperuser: true });
  browser = await signIn(server, 'ada');
});
afterAll(() => server.stop());

/** Registers by the form, as a developer does. */
async function register(fields: Record<string, string | string[]>): Promise<Page> {
  const form = await browser.open('/applications/register');
  return browser.submit(form, { name: 'Curl', redirect_uris: CALLBACK, ...fields }, '/register');
}

/** The command under this title on the application's page. */
function commandOf(page: Page, title: string): string {
  const label = page.html.querySelectorAll('p.label').find(({ text }) => text === title);
  // The parser takes what is in a <pre> for text.
  return parse(label?.nextElementSibling?.innerHTML ?? '').text;
}

/** Runs the command in a shell, after filling in what a person would, and reads the JSON it prints. */
async function paste(command: string, values: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const filled = Object.entries(values).reduce((line, [name, value]) => line.replace(name, value), command);
  const { stdout } = await run('bash', ['-c', filled.replace(/^curl/, 'curl -sS')]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test.each([['confidential'], ['public']])(
  'the lines for a %s client take it through the code flow',
  async (clientType) => {
    const grants = ['authorization_code', 'refresh_token'];
    const page = await register({ client_type: clientType, grant_types: grants });
    const back = await walkThrough(browser, commandOf(page, 'Open this in a browser and sign in'), 'ada');
    const callback = new URL(back.location ?? '');
    expect(callback.href).toContain(`${CALLBACK}&`);

    const code = callback.searchParams.get('code') ?? '';
    const tokens = await paste(commandOf(page, 'Exchange the code you come back with'), { CODE: code });
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'read write groups' });
    const profile = await paste(commandOf(page, 'Who signed in'), {
      ACCESS_TOKEN: String(tokens.access_token),
    });
    expect(profile).toMatchObject({ username: 'ada', email: 'ada@example.com' });
    const refreshed = await paste(commandOf(page, 'New tokens for a refresh token'), {
      REFRESH_TOKEN: String(tokens.refresh_token),
    });
    expect(refreshed.access_token).not.toBe(tokens.access_token);
  },
);

test('the lines for the password grant and for client credentials work', async () => {
  const page = await register({
    client_type: 'confidential',
    grant_types: ['password', 'client_credentials'],
  });
  const own = await paste(commandOf(page, 'A token for the application itself'));
  expect(own.access_token).toBeTruthy();
  const tokens = await paste(commandOf(page, 'Tokens for a name and a password'), {
    USERNAME: 'ada',
    PASSWORD: `'${PASSWORD}'`,
  });
  expect(tokens.access_token).toBeTruthy();
});

test.each([['confidential'], ['public']])(
  'the lines for a %s device take it through its grant',
  async (clientType) => {
    const page = await register({
      client_type: clientType,
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
    });
    expect(page.text).toContain(`${server.url}/o/device-authorization</code>`);
    const started = await paste(commandOf(page, 'Ask for a code'));
    const typed = await browser.open(String(started.verification_uri));
    const question = await browser.submit(typed, { user_code: String(started.user_code) }, '/o/device');
    const consent = await browser.submit(question, { confirm: 'yes' }, '/o/device');
    expect((await browser.submit(consent, {}, '/consent')).text).toContain('Your device is connected');
    const tokens = await paste(commandOf(page, 'Ask for the tokens once it is confirmed'), {
      DEVICE_CODE: String(started.device_code),
    });
    const profile = await paste(commandOf(page, 'Who signed in'), {
      ACCESS_TOKEN: String(tokens.access_token),
    });
    expect(profile).toMatchObject({ username: 'ada' });
  },
);
