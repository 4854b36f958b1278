/** The way in and out: signing up and in, at an application, on a device, and what goes wrong there. */
import type { Page } from 'playwright-core';
import { post } from '../../support/oauth.js';
import { authorizeUrl } from '../../support/people.js';
import { fill, send } from './forms.js';
import type { Stop } from './stops.js';
import { signInOnPage, type World } from './world.js';

async function typeUserCode(page: Page, { server, tv }: World): Promise<void> {
  const { body } = await post(server, '/o/device-authorization', { client_id: tv.clientId, scope: 'read' });
  await page.goto(body.verification_uri_complete);
  if (await page.locator('#user_code').count()) await send(page, '/o/device');
}

/** Everything an application can ask for, but not to be shown by itself. */
const EVERYTHING = { scope: 'openid profile email groups read write offline_access', prompt: 'consent' };

export const signInStops: Stop[] = [
  { name: 'start', view: 'home', visitor: 'nobody', open: (page) => page.goto('/') },
  { name: 'sign-in', view: 'accounts/login', visitor: 'nobody', open: (page) => page.goto('/login') },
  {
    name: 'sign-in-refused',
    view: 'accounts/login',
    visitor: 'nobody',
    async open(page) {
      await page.goto('/login');
      await fill(page, { username: 'ada', password: 'not the password' });
      await send(page, '/login');
    },
  },
  { name: 'sign-up', view: 'accounts/signup', visitor: 'nobody', open: (page) => page.goto('/signup') },
  {
    name: 'sign-up-refused',
    view: 'accounts/signup',
    visitor: 'nobody',
    async open(page) {
      await page.goto('/signup');
      await fill(page, { username: 'ada', email: 'nowhere', password: 'short' });
      await send(page, '/signup');
    },
  },
  {
    name: 'first-superuser',
    view: 'accounts/make-superuser',
    visitor: 'nobody',
    open: (page, { superuserLink }) => page.goto(superuserLink),
  },
  {
    name: 'first-superuser-refused',
    view: 'accounts/make-superuser',
    visitor: 'nobody',
    async open(page, { superuserLink }) {
      await page.goto(superuserLink);
      await send(page, '/superuser');
    },
  },
  {
    name: 'sign-in-at-application',
    view: 'accounts/login',
    visitor: 'nobody',
    open: (page, { album }) => page.goto(authorizeUrl(album, { login_hint: 'ada' })),
  },
  {
    name: 'sign-in-again',
    view: 'accounts/login',
    visitor: 'ada',
    open: (page, { album }) => page.goto(authorizeUrl(album, { prompt: 'login' })),
  },
  {
    name: 'consent',
    view: 'authorization/consent',
    visitor: 'ada',
    open: (page, { album }) => page.goto(authorizeUrl(album, EVERYTHING)),
  },
  {
    name: 'device',
    view: 'authorization/device-code',
    visitor: 'nobody',
    open: (page) => page.goto('/o/device'),
  },
  {
    name: 'device-wrong-code',
    view: 'authorization/device-code',
    visitor: 'nobody',
    async open(page) {
      await page.goto('/o/device');
      await fill(page, { user_code: 'BBBB-BBBB' });
      await send(page, '/o/device');
    },
  },
  { name: 'device-confirm', view: 'authorization/device-confirm', visitor: 'ada', open: typeUserCode },
  {
    name: 'device-done',
    view: 'authorization/device-done',
    visitor: 'ada',
    async open(page, world) {
      await typeUserCode(page, world);
      await send(page, '/o/device');
      const consent = page.locator('#allow');
      if (await consent.count()) await Promise.all([page.waitForEvent('load'), consent.click()]);
    },
  },
  {
    name: 'sign-out-by-application',
    view: 'authorization/logout',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/o/logout?client_id=${album.clientId}`),
  },
  {
    name: 'signed-out',
    view: 'authorization/signed-out',
    visitor: 'nobody',
    async open(page) {
      await signInOnPage(page, 'grace');
      await page.goto('/o/logout');
      await send(page, '/o/logout/confirm');
    },
  },
  {
    name: 'nothing-there',
    view: 'errors/page',
    visitor: 'nobody',
    open: (page) => page.goto('/nothing/here'),
  },
  {
    name: 'unknown-application',
    view: 'errors/page',
    visitor: 'nobody',
    open: (page) => page.goto('/o/authorize?client_id=nobody&response_type=code'),
  },
];
