/** A front end of one's own: scripts of the server's origin in a browser, which send JSON and read JSON. */
import { type Browser, newBrowser } from '../support/browser.js';
import type { Answer } from '../support/oauth.js';
import { PASSWORD } from '../support/people.js';

export interface FrontEnd {
  browser: Browser;
  /** Sends what a browser sends with fetch(); headers given here win, and an empty one is not sent. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export function newFrontEnd(base: string, browser = newBrowser(base)): FrontEnd {
  return {
    browser,
    async call(method, path, body, headers = {}) {
      const isSafe = method === 'GET' || method === 'HEAD';
      const all = {
        accept: '*/*',
        'sec-fetch-site': 'same-origin',
        ...(isSafe ? {} : { origin: base, 'content-type': 'application/json' }),
        ...headers,
      };
      const sent = typeof body === 'string' ? body : JSON.stringify(body);
      const page = await browser.request(path, {
        method,
        headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
        ...(sent === undefined ? {} : { body: sent }),
      });
      const isJson = page.headers.get('content-type')?.includes('json') ?? false;
      return {
        status: page.status,
        headers: page.headers,
        body: isJson && page.text ? JSON.parse(page.text) : page.text,
      };
    },
  };
}

/** A front end in which this person is signed in. */
export async function frontEndOf(base: string, username: string, password = PASSWORD): Promise<FrontEnd> {
  const frontEnd = newFrontEnd(base);
  const answer = await frontEnd.call('POST', '/api/account/session', { username, password });
  if (answer.status !== 200) throw new Error(`no sign-in: ${answer.status} ${JSON.stringify(answer.body)}`);
  return frontEnd;
}
