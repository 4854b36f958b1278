/** The operator's name, logo and colour, on every page and in mails; what cannot be shown stops the start. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { colorSheet, contrast, SCHEMES } from '../../src/branding/colors.js';
import { loadConfig } from '../../src/config/config.js';
import { newBrowser, type Page } from '../support/browser.js';
import { createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8"/></svg>';

let folder: string;
let server: TestServer;

const file = async (name: string, content: string | Buffer) => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-logo-'));
  server = await startTestServer({
    BRAND_NAME: 'Museum & Friends',
    BRAND_LOGO: await file('logo.svg', LOGO),
    BRAND_COLOR: '#FFE600',
  });
  await createPerson(server, 'ada');
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const attribute = (page: Page, selector: string, name: string) =>
  page.html.querySelectorAll(selector).map((element) => element.getAttribute(name) ?? '');

test('pages bear the name, escaped, the logo and the colour, and no longer ours', async () => {
  const browser = await signIn(server, 'ada');
  for (const path of ['/', '/login', '/account', '/nothing', '/o/authorize?client_id=nobody']) {
    const page = await browser.open(path);
    expect(page.text).toMatch(/<title>[^<]+ · Museum &amp; Friends<\/title>/);
    expect(page.text).not.toContain('Latchkey');
    expect(attribute(page, '.brand img', 'src')[0]).toMatch(/^\/branding\/[0-9a-f]{32}\.svg$/);
    expect(attribute(page, 'link[rel=icon]', 'href')[0]).toMatch(/^\/branding\/[0-9a-f]{32}\.svg$/);
    expect(attribute(page, 'link[rel=stylesheet]', 'href')[1]).toMatch(/^\/branding\/ffe600\.css\?v=/);
    expect(page.headers.get('content-security-policy')).toContain("style-src 'self'; img-src 'self' data:;");
  }
});

test('the logo is kept for ever by browsers, and opened by itself it runs and loads nothing', async () => {
  const browser = newBrowser(server.url);
  const [src = ''] = attribute(await browser.open('/'), '.brand img', 'src');
  const logo = await browser.request(src);
  expect([logo.status, logo.text]).toEqual([200, LOGO]);
  expect(logo.headers.get('content-type')).toBe('image/svg+xml');
  expect(logo.headers.get('cache-control')).toContain('immutable');
  expect(logo.headers.get('content-security-policy')).toMatch(/^default-src 'none'.*sandbox$/);
  expect(logo.headers.get('x-content-type-options')).toBe('nosniff');
  expect(logo.headers.getSetCookie()).toEqual([]);
  expect((await browser.request(src.replace('.svg', '.png'))).status).toBe(404);
  expect((await browser.request('/favicon.ico')).location).toBe(server.url + src);
});

test('a notice by mail bears the name and the colour', async () => {
  const browser = await signIn(server, 'ada');
  const page = await browser.open('/account/password');
  const password = 'correct horse battery staple';
  await browser.submit(page, { current_password: password, new_password: `${password} two` });
  const list = await browser.open('/dev/mails');
  const [link = ''] = attribute(list, 'article a[href^="/dev/mails/"]', 'href');
  const mail = await browser.open(link);
  expect(list.text).toContain('Museum &amp; Friends');
  expect(mail.text).toContain('Museum &amp; Friends');
  expect(mail.text).not.toMatch(/Latchkey|#0e5a4b/);
});

describe('a colour', () => {
  const declared = (css: string, name: string) =>
    [...css.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6})`, 'g'))].map(([, color]) => color!);

  test.each([
    '#ffffff',
    '#000000',
    '#ffe600',
    '#808080',
    '#ff0000',
    '#00ff00',
    '#0000ff',
    '#0e5a4b',
    '#b3407a',
  ])(
    'such as %s can be read on everything it stands on, and what stands on it, in light and dark',
    (color) => {
      const css = colorSheet(color);
      for (const [index, { grounds }] of Object.values(SCHEMES).entries()) {
        const [accent = '', hover = '', ink = '', soft = ''] = [
          'accent',
          'accent-hover',
          'accent-ink',
          'accent-soft',
        ].map((name) => declared(css, name)[index]);
        const pairs = [...grounds, soft, ink].map((ground) => contrast(accent, ground));
        expect(Math.min(...pairs, contrast(hover, ink))).toBeGreaterThanOrEqual(4.5);
      }
    },
  );

  test('that can be read everywhere stays as it is', () => {
    expect(declared(colorSheet('#0e5a4b'), 'accent')[0]).toBe('#0e5a4b');
  });

  test('is judged on the grounds of the stylesheet', async () => {
    const { text } = await newBrowser(server.url).request('/assets/latchkey.css');
    const names = ['ground', 'ground-deep', 'surface', 'surface-sunk'];
    for (const [index, { grounds }] of Object.values(SCHEMES).entries())
      expect(names.map((name) => declared(text, name)[index])).toEqual(grounds);
  });
});

describe('the start is refused with a sentence', () => {
  const problemOf = (environment: Record<string, string>) => {
    try {
      loadConfig(environment);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };

  test('for a logo that is not there, is too large or is no picture', async () => {
    expect(problemOf({ BRAND_LOGO: join(folder, 'nothing.svg') })).toMatch(
      /BRAND_LOGO must be the path of a file/,
    );
    const large = await file('large.svg', LOGO + ' '.repeat(100 * 1024));
    expect(problemOf({ BRAND_LOGO: large })).toMatch(/BRAND_LOGO must have at most 100 kB/);
    const page = await file('page.svg', '<!doctype html><svg xmlns="http://www.w3.org/2000/svg"></svg>');
    expect(problemOf({ BRAND_LOGO: page })).toMatch(/BRAND_LOGO must be a PNG, JPEG, WebP or SVG/);
  });

  test('for a colour that is none and a name that cannot be seen', () => {
    expect(problemOf({ BRAND_COLOR: 'teal' })).toMatch(/BRAND_COLOR must be a colour such as #0e5a4b/);
    expect(problemOf({ BRAND_NAME: 'a\u202eb' })).toMatch(/BRAND_NAME must be a name/);
  });
});
