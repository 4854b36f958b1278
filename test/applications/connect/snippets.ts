/** What the Connect pages show, taken from the page as a developer copies it. */
import { parse } from 'node-html-parser';
import type { Browser, Page } from '../../support/browser.js';

/** The text of the snippet under this name. */
export function snippetOn(page: Page, file: string): string {
  const block = page.html.querySelector(`pre[data-file="${file}"]`);
  if (!block) throw new Error(`no snippet ${file} on ${page.url}`);
  // The parser takes what is in a <pre> for text.
  return parse(block.innerHTML).text;
}

export function redirectUriOn(page: Page): string {
  return page.html.querySelector('[data-redirect-uri]')?.text ?? '';
}

/** The page of a stack for one site, with its redirect URI registered by the button where it was not. */
export async function openStack(
  browser: Browser,
  { application, stack, site }: { application: string; stack: string; site?: string },
): Promise<Page> {
  const query = site ? `?site=${encodeURIComponent(site)}` : '';
  const page = await browser.open(`${application}/connect/${stack}${query}`);
  if (!page.html.querySelector('form[action$="/callback"]')) return page;
  await browser.submit(page, {}, '/callback');
  return browser.open(`${application}/connect/${stack}${query}`);
}
