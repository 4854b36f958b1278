/** The administration, for superusers. */
import type { Page } from 'playwright-core';
import { fill, send } from './forms.js';
import type { Stop } from './stops.js';

async function openUser(page: Page, username: string, action = ''): Promise<void> {
  await page.goto(`/admin/users?q=${username}`);
  await page.locator('main tbody th a').first().click();
  await page.waitForURL(/\/admin\/users\/\d+$/);
  if (action) await page.goto(`${page.url()}/${action}`);
}

async function openGroup(page: Page): Promise<void> {
  await page.goto('/admin/groups');
  if (!(await page.locator('main tbody a').count())) {
    await fill(page, { name: 'Botanical society' });
    await send(page, '/admin/groups');
    await fill(page, { username: 'ada' });
    await send(page, '/members');
  } else {
    await page.locator('main tbody a').first().click();
  }
}

export const administrationStops: Stop[] = [
  {
    name: 'administration',
    view: 'administration/overview',
    visitor: 'root',
    open: (page) => page.goto('/admin'),
  },
  { name: 'users', view: 'administration/users', visitor: 'root', open: (page) => page.goto('/admin/users') },
  {
    name: 'users-not-found',
    view: 'administration/users',
    visitor: 'root',
    open: (page) => page.goto('/admin/users?q=nobody+has+this+name'),
  },
  {
    name: 'new-user-refused',
    view: 'administration/new-user',
    visitor: 'root',
    async open(page) {
      await page.goto('/admin/users/new');
      await fill(page, { username: 'ada', email: 'nowhere', password: 'short' });
      await send(page, '/new');
    },
  },
  {
    name: 'invitations',
    view: 'administration/invitations',
    visitor: 'root',
    async open(page) {
      await page.goto('/admin/invitations');
      await fill(page, { email: 'mary@example.com' });
      await send(page, '/admin/invitations');
    },
  },
  {
    name: 'invited',
    view: 'accounts/invitations/accept',
    visitor: 'nobody',
    async open(page) {
      await page.goto('/dev/mails');
      await page.locator('a[href*="/invitation?token="]').first().click();
    },
  },
  { name: 'group', view: 'administration/group', visitor: 'root', open: openGroup },
  {
    name: 'groups',
    view: 'administration/groups',
    visitor: 'root',
    open: (page) => page.goto('/admin/groups'),
  },
  {
    name: 'delete-group',
    view: 'administration/confirm',
    visitor: 'root',
    async open(page) {
      await openGroup(page);
      await page.locator('main a[href$="/delete"]').click();
    },
  },
  { name: 'user', view: 'administration/user', visitor: 'root', open: (page) => openUser(page, 'ada') },
  {
    name: 'disable-user',
    view: 'administration/confirm',
    visitor: 'root',
    open: (page) => openUser(page, 'ada', 'disable'),
  },
  {
    name: 'link-for-user',
    view: 'administration/link',
    visitor: 'root',
    async open(page, { server }) {
      // Nobody can be mailed who has no address.
      const grace = server.database.knex('accounts').where({ username: 'grace' });
      await grace.clone().update({ email: '' });
      await openUser(page, 'grace', 'reset-password');
      await send(page, '/reset-password');
      await grace.clone().update({ email: 'grace@example.com' });
    },
  },
  {
    name: 'audit',
    view: 'administration/audit',
    visitor: 'root',
    open: (page) => page.goto('/admin/audit'),
  },
  {
    name: 'audit-refused',
    view: 'administration/audit',
    visitor: 'root',
    open: (page) => page.goto('/admin/audit?person=nobody&from=yesterday'),
  },
  {
    name: 'act-as-somebody-refused',
    view: 'administration/confirm',
    visitor: 'root',
    async open(page) {
      await openUser(page, 'grace', 'impersonate');
      await send(page, '/impersonate');
    },
  },
  // The last one: from here on root's browser is grace's.
  {
    name: 'acting-as-somebody',
    view: 'home',
    visitor: 'root',
    async open(page) {
      await openUser(page, 'grace', 'impersonate');
      await fill(page, { reason: 'The calendar is empty' });
      await send(page, '/impersonate');
    },
  },
];
