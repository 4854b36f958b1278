/** Refused requests, as the owner of the application reads about them and as everybody else does. */
import type { Page } from 'playwright-core';
import { basic, post } from '../../support/oauth.js';
import { authorizeUrl } from '../../support/people.js';
import type { Stop } from './stops.js';
import type { World } from './world.js';

/** Asks for a sign-in that is refused on a page. */
async function refuse(page: Page, { album }: World, redirect_uri: string): Promise<void> {
  await page.goto(authorizeUrl(album, { redirect_uri }));
}

async function readWhy(page: Page): Promise<void> {
  await page.locator('main a[href*="/errors/"]').click();
  await page.waitForLoadState();
}

export const problemStops: Stop[] = [
  {
    name: 'problems-none',
    view: 'applications/problems/list',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/problems`),
  },
  {
    name: 'sign-in-refused-on-a-page',
    view: 'errors/page',
    visitor: 'ada',
    open: (page, world) => refuse(page, world, 'https://c1.test/CB/'),
  },
  {
    name: 'problem-redirect-uri',
    view: 'applications/problems/show',
    visitor: 'ada',
    open: readWhy,
  },
  {
    name: 'problem-repaired',
    view: 'applications/problems/show',
    visitor: 'ada',
    async open(page) {
      await page.locator('form[action$="/repair"] button').click();
      await page.locator('.notice-good').waitFor();
    },
  },
  {
    name: 'problem-on-another-host',
    view: 'applications/problems/show',
    visitor: 'ada',
    async open(page, world) {
      await refuse(page, world, 'https://album.example/accounts/oidc/latchkey/login/callback/');
      await readWhy(page);
    },
  },
  {
    name: 'problem-secret',
    view: 'applications/problems/show',
    visitor: 'ada',
    async open(page, { server, album }) {
      const { headers } = await post(
        server,
        '/o/token',
        { grant_type: 'authorization_code', code: 'a-code', redirect_uri: album.redirectUris[0] ?? '' },
        basic({ ...album, secret: 'pbkdf2_sha256$260000$mkRyVHYT8bWc$2N3Vn3aXvPzq9Fq0m0CkqkYh' }),
      );
      await page.goto(`/errors/${headers.get('x-request-id')}`);
    },
  },
  {
    name: 'problems',
    view: 'applications/problems/list',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/problems`),
  },
  {
    name: 'error-codes',
    view: 'applications/problems/codes',
    visitor: 'nobody',
    open: (page) => page.goto('/errors/0d4c1b6e-9d8e-4a51-8c5e-6f2f0f7a1b2c#invalid_client'),
  },
];
