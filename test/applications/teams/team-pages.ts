/** What a person does on the pages of teams. */
import type { Browser, Page } from '../../support/browser.js';

let count = 0;

/** @returns the path of its page */
export async function makeTeam(browser: Browser): Promise<string> {
  const form = await browser.open('/applications/teams');
  const page = await browser.submit(form, { name: `Team ${count++}` }, '/teams');
  if (page.status !== 200) throw new Error(`no team was made: ${page.status}`);
  return new URL(page.url).pathname;
}

/** The roles by the usernames. */
export function members(page: Page): Record<string, string> {
  const rows = page.html.querySelectorAll('table')[0]?.querySelectorAll('tbody tr') ?? [];
  return Object.fromEntries(
    rows.map((row) => [row.querySelector('th')!.text.trim(), row.querySelector('td[data-label=Role]')!.text]),
  );
}

export async function invite(browser: Browser, path: string, who: string, role = 'member'): Promise<Page> {
  return browser.submit(await browser.open(path), { who, role }, '/invitations');
}

/** Accepts what is open. */
export async function join(browser: Browser): Promise<Page> {
  return browser.submit(await browser.open('/applications/teams'), {}, '/accept');
}
