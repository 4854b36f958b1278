/** The person's part of a sign-in at a client: signs in, allows, and comes back. */
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { PASSWORD } from '../support/people.js';

/**
 * @param authorizationUrl as the client made it
 * @returns the page at which the browser left the server; its `location` is the client's callback
 */
export async function walkThrough(
  browser: Browser,
  authorizationUrl: string,
  username: string,
): Promise<Page> {
  let page = await browser.open(authorizationUrl);
  if (page.html.querySelector('input[name=password]')) {
    page = await browser.submit(page, { username, password: PASSWORD });
  }
  return page.html.querySelector('form[action$="/consent"]') ? browser.submit(page, {}, '/consent') : page;
}

/** The callback a browser that was never here before ends at. */
export async function signInAndAllow(
  server: { url: string },
  authorizationUrl: string | URL,
  username: string,
): Promise<string> {
  const page = await walkThrough(newBrowser(server.url), String(authorizationUrl), username);
  if (!page.location)
    throw new Error(`no callback, but ${page.url} (${page.status})\n${page.text.slice(0, 2000)}`);
  return page.location;
}
