/** How a person proves who they are, where they are signed in, and what their programs use. */
import type { Page } from 'playwright-core';
import { fill, send } from './forms.js';
import type { Stop } from './stops.js';

/** By a security key of the browser's own making, which is gone afterwards. */
async function addPasskey(page: Page, name: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto('/account/passkeys/add');
  await fill(page, { name });
  await page.locator('main form button[type=submit]').first().click();
  await page.waitForURL(({ pathname }) => pathname === '/account/security');
  await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
  await devtools.detach();
}

async function makeToken(page: Page, name: string): Promise<void> {
  await page.goto('/account/tokens/new');
  await fill(page, { name });
  await page.locator('[name=scopes]').first().check();
  await send(page, '/account/tokens');
}

export const securityStops: Stop[] = [
  {
    name: 'security-new',
    view: 'accounts/security',
    visitor: 'grace',
    open: (page) => page.goto('/account/security'),
  },
  {
    name: 'security',
    view: 'accounts/security',
    visitor: 'ada',
    open: (page) => addPasskey(page, 'Laptop of the library'),
  },
  {
    name: 'confirm-sign-in',
    view: 'accounts/factors/confirm',
    visitor: 'ada',
    open: (page) => page.goto('/login/confirm?next=/account/security'),
  },
  {
    name: 'confirm-sign-in-refused',
    view: 'accounts/factors/confirm',
    visitor: 'ada',
    async open(page) {
      await page.goto('/login/confirm?next=/account/security');
      await fill(page, { password: 'not the password' });
      await send(page, '/login/confirm');
    },
  },
  {
    name: 'sessions',
    view: 'accounts/sessions/list',
    visitor: 'ada',
    open: (page) => page.goto('/account/sessions'),
  },
  {
    name: 'tokens-none',
    view: 'accounts/personal-tokens/list',
    visitor: 'grace',
    open: (page) => page.goto('/account/tokens'),
  },
  {
    name: 'new-token',
    view: 'accounts/personal-tokens/new',
    visitor: 'ada',
    open: (page) => page.goto('/account/tokens/new'),
  },
  {
    name: 'new-token-refused',
    view: 'accounts/personal-tokens/new',
    visitor: 'ada',
    async open(page) {
      await page.goto('/account/tokens/new');
      await send(page, '/account/tokens');
    },
  },
  {
    name: 'token-made',
    view: 'accounts/personal-tokens/made',
    visitor: 'ada',
    open: (page) => makeToken(page, 'Nightly backup of the herbarium'),
  },
  {
    name: 'tokens',
    view: 'accounts/personal-tokens/list',
    visitor: 'ada',
    open: (page) => page.goto('/account/tokens'),
  },
];
