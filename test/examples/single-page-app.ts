/** The single-page app of examples/dj-rest-auth in a real browser. */
import { expect, test } from '@jest/globals';
import { hasChromium, launchChromium, openPage, WHERE_CHROMIUM_IS_LOOKED_FOR } from '../browser/headless.js';
import { PASSWORD } from '../support/people.js';
import type { DjangoSite } from './django-site.js';

if (!hasChromium)
  process.stderr.write(`Skipping a single-page app: no Chromium ${WHERE_CHROMIUM_IS_LOOKED_FOR}.\n`);

export const testWithChromium = hasChromium ? test : test.skip;

/** Ada signs in by its button, allows it unless she has before, and reloads. */
export async function useSinglePageApp(site: DjangoSite): Promise<void> {
  const chromium = await launchChromium();
  try {
    const { page, complaints } = await openPage(chromium);
    await page.goto(site.url);
    await page.getByRole('button', { name: 'Sign in with Latchkey' }).click();
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const allow = page.getByRole('button', { name: 'Allow' });
    const hello = page.getByRole('heading', { name: 'Hello, ada (ada@example.com)' });
    await allow.or(hello).waitFor();
    if (await allow.isVisible()) await allow.click();
    await hello.waitFor();
    expect(page.url()).toBe(`${site.url}/`);
    await page.reload();
    await hello.waitFor();
    // Before the sign-in the app asks who is there, and is told that nobody is.
    expect(complaints.filter((complaint) => !complaint.startsWith('401 for'))).toEqual([]);
  } finally {
    await chromium.close();
  }
}
