/** What a person does on the pages under /applications. */
import type { Browser, Fields, Page } from './browser.js';

export const REGISTRATION: Fields = {
  name: 'My app',
  client_type: 'confidential',
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: 'https://c1.test/cb',
};

export async function register(browser: Browser, fields: Fields = {}): Promise<Page> {
  return browser.submit(
    await browser.open('/applications/register'),
    { ...REGISTRATION, ...fields },
    '/register',
  );
}

/** The client id and the secret, where the page shows them. */
export function credentialsOn(page: Page): { clientId: string; secret: string | undefined } {
  const value = (name: string) => page.html.querySelector(`code[aria-labelledby=${name}]`)?.text;
  return { clientId: value('client-id') ?? '', secret: value('client-secret') };
}

/** The path of an application's page. */
export function pathOn(page: Page): string {
  const link = page.html.querySelectorAll('a[href]').map((each) => each.getAttribute('href')!);
  return (
    link.find((href) => /^\/applications\/\d+$/.test(href)) ??
    new URL(page.url).pathname.replace(/(\/\d+).*/, '$1')
  );
}

/** A POST as the page's own form would send it, to any path. */
export async function postTo(
  browser: Browser,
  path: string,
  fields: Record<string, string> = {},
): Promise<Page> {
  const form = await browser.open('/account/edit');
  const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  return browser.request(path, {
    method: 'POST',
    body: new URLSearchParams({ csrf_token: csrf, ...fields }),
  });
}
