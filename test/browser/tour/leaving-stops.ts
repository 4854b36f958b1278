/** What happened in somebody's account, what they can take along, and leaving. */
import type { Page } from 'playwright-core';
import { send } from './forms.js';
import type { Stop } from './stops.js';
import { signInOnPage } from './world.js';

async function openKeepPage(page: Page): Promise<void> {
  // Signing in while the account is about to go leads there.
  await signInOnPage(page, 'leo');
}

export const leavingStops: Stop[] = [
  {
    name: 'activity',
    view: 'accounts/activity/list',
    visitor: 'ada',
    open: (page) => page.goto('/account/activity'),
  },
  {
    name: 'data',
    view: 'accounts/leaving/data',
    visitor: 'ada',
    open: (page) => page.goto('/account/data'),
  },
  {
    name: 'delete-account-with-applications',
    view: 'accounts/leaving/delete',
    visitor: 'ada',
    open: (page) => page.goto('/account/data/delete'),
  },
  {
    name: 'delete-account',
    view: 'accounts/leaving/delete',
    visitor: 'grace',
    open: (page) => page.goto('/account/data/delete'),
  },
  {
    name: 'delete-account-asked',
    view: 'accounts/leaving/asked',
    visitor: 'nobody',
    async open(page) {
      await signInOnPage(page, 'leo');
      await page.goto('/account/data/delete');
      await send(page, '/data/delete');
    },
  },
  { name: 'keep-account', view: 'accounts/leaving/keep', visitor: 'nobody', open: openKeepPage },
  {
    name: 'account-kept',
    view: 'accounts/leaving/kept',
    visitor: 'nobody',
    async open(page) {
      await openKeepPage(page);
      await send(page, '/account/keep');
    },
  },
];
