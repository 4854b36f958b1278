/** The second step of signing in, and what people do about it. First on the tour: it takes a recent sign-in. */
import type { Page } from 'playwright-core';
import { authorizeUrl, PASSWORD } from '../../support/people.js';
import { fill, send } from './forms.js';
import type { Stop } from './stops.js';

async function enterPassword(page: Page, username: string, login = '/login'): Promise<void> {
  await page.goto(login);
  await fill(page, { username, password: PASSWORD });
  await send(page, '/login');
}

export const factorStops: Stop[] = [
  {
    name: 'second-step',
    view: 'accounts/factors/second-step',
    visitor: 'nobody',
    open: (page) => enterPassword(page, 'hedy'),
  },
  {
    name: 'second-step-refused',
    view: 'accounts/factors/second-step',
    visitor: 'nobody',
    async open(page) {
      await enterPassword(page, 'hedy');
      await fill(page, { code: 'no code' });
      await send(page, '/second-step');
    },
  },
  {
    name: 'second-step-by-recovery-code',
    view: 'accounts/factors/second-step',
    visitor: 'nobody',
    async open(page) {
      await enterPassword(page, 'hedy');
      await page.locator('.other-way a').click();
    },
  },
  {
    name: 'second-step-at-application',
    view: 'accounts/factors/second-step',
    visitor: 'nobody',
    open: (page, { album }) => enterPassword(page, 'hedy', authorizeUrl(album)),
  },
  {
    name: 'set-up-app-at-sign-in',
    view: 'accounts/factors/set-up-at-sign-in',
    visitor: 'nobody',
    open: (page) => enterPassword(page, 'ida'),
  },
  {
    name: 'security-with-app',
    view: 'accounts/security',
    visitor: 'hedy',
    open: (page) => page.goto('/account/security'),
  },
  {
    name: 'set-up-app',
    view: 'accounts/factors/set-up',
    visitor: 'ada',
    open: (page) => page.goto('/account/security/app'),
  },
  {
    name: 'set-up-app-refused',
    view: 'accounts/factors/set-up',
    visitor: 'ada',
    async open(page) {
      await page.goto('/account/security/app');
      await fill(page, { code: 'no code' });
      await send(page, '/app');
    },
  },
  {
    name: 'recovery-codes',
    view: 'accounts/factors/recovery-codes',
    visitor: 'hedy',
    async open(page, world) {
      await page.goto('/account/security');
      await send(page, '/recovery-codes');
      world.recoveryCodes = ((await page.locator('pre.copy-block').textContent()) ?? '').trim().split('\n');
    },
  },
  {
    name: 'remove-app',
    view: 'accounts/factors/remove-app',
    visitor: 'hedy',
    open: (page) => page.goto('/account/security/app/remove'),
  },
  {
    name: 'confirm-sign-in-by-app',
    view: 'accounts/factors/confirm',
    visitor: 'hedy',
    open: (page) => page.goto('/login/confirm?next=/account/security'),
  },
];
