/** What goes by way of a mailbox: the way back in, and the email address itself. */
import type { Page } from 'playwright-core';
import { lastMail } from '../../support/mails.js';
import { fill, send } from './forms.js';
import type { Stop } from './stops.js';
import type { World } from './world.js';

async function askForReset(page: Page): Promise<void> {
  await page.goto('/login/forgot');
  await fill(page, { name: 'grace' });
  await send(page, '/login/forgot');
}

/** Ada changes hers back and forth; the latest mail is the one that counts. */
async function askForChange(page: Page): Promise<void> {
  await page.goto('/account/email');
  await fill(page, { email: 'ada.lovelace@example.com' });
  await send(page, '/account/email');
}

const openLink = async (page: Page, { server }: World, address: string) =>
  page.goto((await lastMail(server, address)).link);

export const mailStops: Stop[] = [
  {
    name: 'forgotten-password',
    view: 'accounts/recovery/forgot',
    visitor: 'nobody',
    open: (page) => page.goto('/login/forgot'),
  },
  {
    name: 'forgotten-password-mail-sent',
    view: 'accounts/recovery/sent',
    visitor: 'nobody',
    open: askForReset,
  },
  {
    name: 'forgotten-password-wrong-code',
    view: 'accounts/recovery/sent',
    visitor: 'nobody',
    async open(page) {
      await askForReset(page);
      await fill(page, { code: 'nothing' });
      await send(page, '/login/forgot/code');
    },
  },
  {
    name: 'new-password',
    view: 'accounts/recovery/reset',
    visitor: 'nobody',
    async open(page, world) {
      await askForReset(page);
      await openLink(page, world, 'grace@example.com');
    },
  },
  {
    name: 'new-password-refused',
    view: 'accounts/recovery/reset',
    visitor: 'nobody',
    async open(page, world) {
      await askForReset(page);
      await openLink(page, world, 'grace@example.com');
      await fill(page, { new_password: 'short' });
      await send(page, '/login/reset');
    },
  },
  {
    name: 'email-address',
    view: 'accounts/email-addresses/address',
    visitor: 'grace',
    open: (page) => page.goto('/account/email'),
  },
  {
    name: 'email-address-refused',
    view: 'accounts/email-addresses/address',
    visitor: 'grace',
    async open(page) {
      await page.goto('/account/email');
      await fill(page, { email: 'grace@example.com' });
      await send(page, '/account/email');
    },
  },
  {
    name: 'email-address-pending',
    view: 'accounts/email-addresses/address',
    visitor: 'ada',
    open: askForChange,
  },
  {
    name: 'email-address-confirm',
    view: 'accounts/email-addresses/confirm',
    visitor: 'nobody',
    open: (page, world) => openLink(page, world, 'ada.lovelace@example.com'),
  },
  {
    name: 'email-address-confirmed',
    view: 'accounts/email-addresses/done',
    visitor: 'nobody',
    async open(page, world) {
      await openLink(page, world, 'ada.lovelace@example.com');
      await send(page, '/account/email/confirm');
    },
  },
];
