/** The second step: setting it up, by oneself and because a group requires it, and going through it. */
import type { Page } from 'playwright-core';
import { codeOf } from '../../support/factors.js';
import { fill, send } from './forms.js';
import type { Stop } from './stops.js';
import { signInOnPage } from './world.js';

async function setUpApp(page: Page): Promise<void> {
  await page.goto('/account/security/app');
  const seed = (await page.locator('main code.copy-block').innerText()).replace(/\s/g, '');
  await fill(page, { code: codeOf(seed) });
  await send(page, '/security/app');
}

async function enterWrongCode(page: Page, action: string): Promise<void> {
  await fill(page, { code: '000000' });
  await send(page, action);
}

export const factorStops: Stop[] = [
  {
    name: 'set-up-app',
    view: 'accounts/factors/set-up',
    visitor: 'mary',
    open: (page) => page.goto('/account/security/app'),
  },
  {
    name: 'set-up-app-refused',
    view: 'accounts/factors/set-up',
    visitor: 'mary',
    async open(page) {
      await page.goto('/account/security/app');
      await enterWrongCode(page, '/security/app');
    },
  },
  { name: 'recovery-codes', view: 'accounts/factors/recovery-codes', visitor: 'mary', open: setUpApp },
  {
    name: 'security-with-app',
    view: 'accounts/security',
    visitor: 'mary',
    open: (page) => page.goto('/account/security'),
  },
  {
    name: 'remove-app',
    view: 'accounts/factors/remove-app',
    visitor: 'mary',
    open: (page) => page.goto('/account/security/app/remove'),
  },
  {
    name: 'confirm-with-app',
    view: 'accounts/factors/confirm',
    visitor: 'mary',
    open: (page) => page.goto('/login/confirm?next=/account/security'),
  },
  {
    name: 'second-step',
    view: 'accounts/factors/second-step',
    visitor: 'nobody',
    open: (page) => signInOnPage(page, 'mary'),
  },
  {
    name: 'second-step-refused',
    view: 'accounts/factors/second-step',
    visitor: 'nobody',
    async open(page) {
      await signInOnPage(page, 'mary');
      await enterWrongCode(page, '/second-step');
    },
  },
  {
    name: 'second-step-recovery-code',
    view: 'accounts/factors/second-step',
    visitor: 'nobody',
    async open(page) {
      await signInOnPage(page, 'mary');
      await page.locator('.other-way a').first().click();
    },
  },
  {
    name: 'set-up-required',
    view: 'accounts/factors/set-up-at-sign-in',
    visitor: 'nobody',
    open: (page) => signInOnPage(page, 'nina'),
  },
  {
    name: 'set-up-required-refused',
    view: 'accounts/factors/set-up-at-sign-in',
    visitor: 'nobody',
    async open(page) {
      await signInOnPage(page, 'nina');
      await enterWrongCode(page, '/second-step');
    },
  },
];
