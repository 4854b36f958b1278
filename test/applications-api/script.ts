/** A developer's script with an API token. */
import type { Browser, Fields } from '../support/browser.js';
import { type Answer, read } from '../support/oauth.js';
import type { TestServer } from '../support/server.js';

/** Makes a token on the page, as a developer does. */
export async function makeToken(browser: Browser, fields: Fields = {}): Promise<string> {
  const page = await browser.submit(
    await browser.open('/applications/tokens'),
    { name: 'deploy', ...fields },
    '/tokens',
  );
  const value = page.html.querySelector('code.copy-block')?.text;
  if (!value) throw new Error(`no token: ${page.status} ${page.html.querySelector('.field-error')?.text}`);
  return value;
}

export type Script = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

export function scriptWith(server: TestServer, token: string): Script {
  return async (method, path, body, headers = {}) =>
    read(
      await fetch(`${server.url}/api/applications${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
}
