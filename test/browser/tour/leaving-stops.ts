/** What has happened to an account, what one can take along, and leaving, each time by somebody new. */
import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { createPerson } from '../../support/people.js';
import { send } from './forms.js';
import type { Stop } from './stops.js';
import { signInOnPage, type World } from './world.js';

/** @returns who it was; nobody is signed in afterwards */
async function leave(page: Page, { server }: World): Promise<string> {
  const username = `leaver-${randomBytes(4).toString('hex')}`;
  await createPerson(server, username);
  await signInOnPage(page, username);
  await page.goto('/account/data/delete');
  await send(page, '/account/data/delete');
  return username;
}

async function comeBack(page: Page, world: World): Promise<void> {
  await signInOnPage(page, await leave(page, world));
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
    name: 'delete-account',
    view: 'accounts/leaving/delete',
    visitor: 'grace',
    open: (page) => page.goto('/account/data/delete'),
  },
  {
    name: 'delete-account-with-applications',
    view: 'accounts/leaving/delete',
    visitor: 'ada',
    open: (page) => page.goto('/account/data/delete'),
  },
  { name: 'deletion-asked', view: 'accounts/leaving/asked', visitor: 'nobody', open: leave },
  { name: 'keep-account', view: 'accounts/leaving/keep', visitor: 'nobody', open: comeBack },
  {
    name: 'account-kept',
    view: 'accounts/leaving/kept',
    visitor: 'nobody',
    async open(page, world) {
      await comeBack(page, world);
      await send(page, '/account/keep');
    },
  },
];
