/** Finds the pages a browser can reach by following links, and the forms on them. */
import type { Browser, Page } from './browser.js';

export interface Form {
  page: Page;
  method: string;
  action: string;
  /** Everything the form would send, checkboxes included. */
  fields: Record<string, string>;
}

// One page of a kind is enough: /applications/1 and /applications/2 are the same to a crawler.
const kindOf = (path: string) =>
  path
    .replace(/\/\d+(?=\/|$)/g, '/:id')
    .replace(/\/interaction\/[^/]+/, '/interaction/:uid')
    .replace(/\/connect\/[^/]+/, '/connect/:stack');

/** Every page of this server reachable from the seeds, one of each kind. */
export async function crawl(browser: Browser, base: string, seeds: string[]): Promise<Page[]> {
  const pages: Page[] = [];
  const seen = new Set<string>();
  const waiting = [...seeds];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const url = new URL(next, base);
    if (url.origin !== new URL(base).origin || seen.has(kindOf(url.pathname))) continue;
    seen.add(kindOf(url.pathname));
    const page = await browser.open(url.href);
    seen.add(kindOf(new URL(page.url).pathname));
    // A download ends here.
    if (!page.headers.get('content-type')?.startsWith('text/html')) continue;
    pages.push(page);
    for (const link of page.html.querySelectorAll('a[href]'))
      waiting.push(new URL(link.getAttribute('href')!, page.url).href);
  }
  return pages;
}

export function formsOf(page: Page): Form[] {
  return page.html.querySelectorAll('form').map((form) => {
    const inputs = form.querySelectorAll('input[name], textarea[name], select[name], button[name]');
    return {
      page,
      method: form.getAttribute('method') ?? 'get',
      action: form.getAttribute('action') ?? new URL(page.url).pathname,
      fields: Object.fromEntries(
        inputs.map((input) => [input.getAttribute('name')!, input.getAttribute('value') ?? '']),
      ),
    };
  });
}

/** The forms that post, one of each kind, by what their address is without ids. */
export function postForms(pages: Page[]): Map<string, Form> {
  const forms = pages.flatMap(formsOf).filter((form) => form.method === 'post');
  return new Map(forms.map((form) => [kindOf(form.action), form]));
}
