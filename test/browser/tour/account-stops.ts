/** What a person has of their own. */
import { fill, send } from './forms.js';
import type { Stop } from './stops.js';

export const accountStops: Stop[] = [
  { name: 'start-signed-in', view: 'home', visitor: 'ada', open: (page) => page.goto('/') },
  { name: 'profile', view: 'accounts/profile', visitor: 'ada', open: (page) => page.goto('/account') },
  { name: 'profile-new', view: 'accounts/profile', visitor: 'grace', open: (page) => page.goto('/account') },
  {
    name: 'edit-profile',
    view: 'accounts/edit',
    visitor: 'ada',
    async open(page) {
      await page.goto('/account/edit');
      await page.locator('summary').click();
    },
  },
  {
    name: 'edit-profile-refused',
    view: 'accounts/edit',
    visitor: 'ada',
    async open(page) {
      await page.goto('/account/edit');
      await page.locator('summary').click();
      await fill(page, { username: 'grace', website: 'nowhere', zoneinfo: 'Moon/Tycho' });
      await send(page, '/account/edit');
    },
  },
  {
    name: 'profile-saved',
    view: 'accounts/profile',
    visitor: 'ada',
    async open(page) {
      await page.goto('/account/edit');
      await page.locator('summary').click();
      await fill(page, {
        website: 'https://example.com/a-long-address/of-somebody/who-likes-them-long',
        locality: 'London',
      });
      await send(page, '/account/edit');
    },
  },
  {
    name: 'password',
    view: 'accounts/password',
    visitor: 'ada',
    open: (page) => page.goto('/account/password'),
  },
  {
    name: 'password-refused',
    view: 'accounts/password',
    visitor: 'ada',
    async open(page) {
      await page.goto('/account/password');
      await fill(page, { current_password: 'wrong', new_password: 'short' });
      await send(page, '/account/password');
    },
  },
  { name: 'sign-out', view: 'accounts/logout', visitor: 'ada', open: (page) => page.goto('/logout') },
  {
    name: 'authorized-none',
    view: 'authorization/authorized-tokens',
    visitor: 'grace',
    open: (page) => page.goto('/o/authorized_tokens'),
  },
  {
    name: 'authorized',
    view: 'authorization/authorized-tokens',
    visitor: 'ada',
    open: (page) => page.goto('/o/authorized_tokens'),
  },
  {
    name: 'take-back',
    view: 'authorization/revoke',
    visitor: 'ada',
    async open(page) {
      await page.goto('/o/authorized_tokens');
      await page.locator('main a[href$="/delete"]').first().click();
    },
  },
  { name: 'mails-kept', view: 'mails/kept', visitor: 'nobody', open: (page) => page.goto('/dev/mails') },
];
