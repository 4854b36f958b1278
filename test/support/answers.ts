/** What an authorization request can end with. */
import { expect } from '@jest/globals';
import type { Page } from './browser.js';

/** The parameters with which the browser was sent back to the application. */
export function answerOf(page: Page): Record<string, string> {
  if (!page.location)
    throw new Error(`no redirect from ${page.url} (${page.status})\n${page.text.slice(0, 1000)}`);
  return Object.fromEntries(new URL(page.location).searchParams);
}

/** An error page: a 4xx with our headers, from which nothing leads to where the request wanted to go. */
export function expectErrorPage(page: Page, statuses = [400]): void {
  expect(statuses).toContain(page.status);
  expect(page.location).toBeUndefined();
  expect(page.headers.get('content-type')).toMatch(/^text\/html/);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.headers.get('x-frame-options')).toBe('DENY');
  expect(page.html.querySelector('h1')).not.toBeNull();
}
