/** Passkeys, of somebody who has one and no authenticator app. Early on the tour: it takes a recent sign-in. */
import { PASSWORD } from '../../support/people.js';
import { fill, send } from './forms.js';
import type { Stop } from './stops.js';

export const passkeyStops: Stop[] = [
  {
    name: 'security-with-passkey',
    view: 'accounts/security',
    visitor: 'joan',
    open: (page) => page.goto('/account/security'),
  },
  {
    name: 'add-passkey',
    view: 'accounts/passkeys/add',
    visitor: 'joan',
    open: (page) => page.goto('/account/passkeys/add'),
  },
  {
    name: 'add-passkey-refused',
    view: 'accounts/passkeys/add',
    visitor: 'joan',
    async open(page) {
      await page.goto('/account/passkeys/add');
      // As without JavaScript: ours would ask an authenticator first.
      const form = page.locator('main form');
      await Promise.all([page.waitForEvent('load'), form.evaluate('(element) => element.submit()')]);
    },
  },
  {
    name: 'passkey',
    view: 'accounts/passkeys/show',
    visitor: 'joan',
    async open(page) {
      await page.goto('/account/security');
      await page.locator('main td a').first().click();
    },
  },
  {
    name: 'second-step-by-passkey',
    view: 'accounts/factors/second-step',
    visitor: 'nobody',
    async open(page) {
      await page.goto('/login');
      await fill(page, { username: 'joan', password: PASSWORD });
      await send(page, '/login');
    },
  },
  {
    name: 'confirm-sign-in-by-passkey',
    view: 'accounts/factors/confirm',
    visitor: 'joan',
    open: (page) => page.goto('/login/confirm?next=/account/security'),
  },
];
