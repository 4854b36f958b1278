/** What a visitor does with the forms of a page, whatever language its words are in. */
import type { Page } from 'playwright-core';

/** Sends a form of the page as it is filled in, also where the browser would not let it go. */
export async function send(page: Page, action?: string): Promise<void> {
  const form = page.locator(action ? `form[action$="${action}"]` : 'main form[method=post]').first();
  await form.evaluate((element: { noValidate?: boolean }) => {
    element.noValidate = true;
  });
  await Promise.all([page.waitForEvent('load'), form.locator('button[type=submit]').first().click()]);
}

export async function fill(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields))
    await page.locator(`:is(input, textarea)[name="${name}"]`).fill(value);
}
