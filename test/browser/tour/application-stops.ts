/** The developer portal. */
import type { Page } from 'playwright-core';
import { fill, send } from './forms.js';
import type { Stop } from './stops.js';

async function register(page: Page, name: string): Promise<void> {
  await page.goto('/applications/register');
  await fill(page, { name, redirect_uris: 'https://example.com/oauth/callback' });
  await send(page, '/register');
}

export const applicationStops: Stop[] = [
  {
    name: 'applications-none',
    view: 'applications/index',
    visitor: 'grace',
    open: (page) => page.goto('/applications'),
  },
  {
    name: 'applications',
    view: 'applications/index',
    visitor: 'ada',
    open: (page) => page.goto('/applications'),
  },
  {
    name: 'applications-of-everybody',
    view: 'applications/index',
    visitor: 'root',
    open: (page) => page.goto('/applications?q=e'),
  },
  {
    name: 'applications-not-found',
    view: 'applications/index',
    visitor: 'root',
    open: (page) => page.goto('/applications?q=nothing+has+this+name'),
  },
  {
    name: 'register-application',
    view: 'applications/form',
    visitor: 'ada',
    open: (page) => page.goto('/applications/register'),
  },
  {
    name: 'register-application-refused',
    view: 'applications/form',
    visitor: 'ada',
    async open(page) {
      await page.goto('/applications/register');
      await page.locator('summary').click();
      await fill(page, {
        redirect_uris: 'http://example.com/cb',
        cors_origins: 'https://example.com/path',
        access_token_lifetime: 'long',
      });
      await send(page, '/register');
    },
  },
  {
    name: 'register-application-typed',
    view: 'applications/form',
    visitor: 'ada',
    async open(page) {
      await page.goto('/applications/register');
      await page.locator('[name=kind][value=native]').check();
      await fill(page, { redirect_uris: 'http://localhost:3000/cb\njavascript:alert(1)' });
      await page.locator('.remarks li').first().waitFor();
    },
  },
  {
    name: 'registered-application',
    view: 'applications/registered',
    visitor: 'ada',
    open: (page) => register(page, 'Shop of the museum'),
  },
  {
    name: 'application',
    view: 'applications/show',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}`),
  },
  {
    name: 'application-with-choices',
    view: 'applications/show',
    visitor: 'ada',
    async open(page, { album }) {
      await page.goto(`/applications/${album.id}/update`);
      const redirect_uris = 'https://c1.test/cb\nhttp://localhost:3000/cb';
      await fill(page, { redirect_uris, access_token_lifetime: '600', contacts: 'ada@example.com' });
      await page.locator('[name=consent]').selectOption('always');
      await send(page, '/update');
      await page.locator('summary').click();
    },
  },
  {
    name: 'secrets',
    view: 'applications/secrets/list',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/secrets`),
  },
  {
    name: 'secrets-new',
    view: 'applications/secrets/list',
    visitor: 'ada',
    async open(page, { album }) {
      await page.goto(`/applications/${album.id}/secrets`);
      await fill(page, { name: 'production' });
      await send(page, '/secrets');
    },
  },
  {
    name: 'secrets-tested',
    view: 'applications/secrets/list',
    visitor: 'ada',
    async open(page, { album }) {
      await page.goto(`/applications/${album.id}/secrets`);
      await fill(page, { secret: ` ${album.secret} ` });
      await send(page, '/test');
    },
  },
  {
    name: 'secret-to-retire',
    view: 'applications/secrets/retire',
    visitor: 'ada',
    async open(page, { album, server }) {
      await server.database
        .knex('client_secrets')
        .where({ application_id: album.id })
        .update({ last_used_at: new Date(Date.now() - 3 * 60_000), last_network: '10.2.0.0/24' });
      await page.goto(`/applications/${album.id}/secrets`);
      await page.locator('a[href$="/retire"]').first().click();
      await send(page, '/retire');
    },
  },
  {
    name: 'application-for-superusers',
    view: 'applications/show',
    visitor: 'root',
    open: (page, { tv }) => page.goto(`/applications/${tv.id}`),
  },
  {
    name: 'change-application',
    view: 'applications/form',
    visitor: 'root',
    open: (page, { album }) => page.goto(`/applications/${album.id}/update`),
  },
  {
    name: 'connect',
    view: 'applications/connect/list',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/connect`),
  },
  {
    name: 'connect-authjs',
    view: 'applications/connect/stack',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/connect/authjs-nextjs`),
  },
  {
    name: 'connect-postman',
    view: 'applications/connect/stack',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/connect/postman`),
  },
  {
    name: 'connect-site-refused',
    view: 'applications/connect/stack',
    visitor: 'ada',
    open: (page, { album }) =>
      page.goto(`/applications/${album.id}/connect/mcp?site=http://localhost:3001/mcp`),
  },
  {
    name: 'connect-curl',
    view: 'applications/connect/stack',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/connect/curl`),
  },
  {
    name: 'activity',
    view: 'applications/activity/show',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/activity`),
  },
  {
    name: 'api-tokens',
    view: 'applications/api-tokens/list',
    visitor: 'ada',
    async open(page) {
      await page.goto('/applications/tokens');
      await fill(page, { name: 'Deployments of the website' });
      await send(page, '/tokens');
    },
  },
  {
    name: 'previews',
    view: 'applications/preview-uris/show',
    visitor: 'ada',
    async open(page, { album }) {
      await page.goto(`/applications/${album.id}/previews`);
      await fill(page, { pattern: 'https://*--album.netlify.app/callback' });
      await send(page, '/previews');
    },
  },
  {
    name: 'previews-refused',
    view: 'applications/preview-uris/show',
    visitor: 'ada',
    async open(page, { album }) {
      await page.goto(`/applications/${album.id}/previews`);
      await fill(page, { pattern: 'https://*.netlify.app/callback' });
      await send(page, '/previews');
    },
  },
  {
    name: 'applications-api-documentation',
    view: 'json-api/docs',
    visitor: 'nobody',
    open: (page) => page.goto('/api/docs/applications'),
  },
  {
    name: 'playground',
    view: 'applications/playground/show',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/playground`),
  },
  {
    name: 'playground-device',
    view: 'applications/playground/show',
    visitor: 'root',
    async open(page, { tv }) {
      await page.goto(`/applications/${tv.id}/playground`);
      await page.getByRole('button', { name: 'Start as a device' }).click();
      await page.getByRole('link', { name: 'the device page' }).waitFor();
    },
  },
  {
    name: 'api-documentation',
    view: 'json-api/docs',
    visitor: 'nobody',
    open: (page) => page.goto('/api/docs'),
  },
  {
    name: 'look-of-application',
    view: 'branding/look',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/look`),
  },
  {
    name: 'look-of-application-refused',
    view: 'branding/look',
    visitor: 'ada',
    async open(page, { album }) {
      await page.goto(`/applications/${album.id}/look`);
      await fill(page, { color: 'pink', home_uri: 'nowhere' });
      const buffer = Buffer.from('no picture');
      await page.locator('#logo').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer });
      await send(page, '/look');
    },
  },
  {
    name: 'delete-application',
    view: 'applications/delete',
    visitor: 'ada',
    open: (page, { album }) => page.goto(`/applications/${album.id}/delete`),
  },
];
