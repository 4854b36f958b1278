/** An application's logo, colour and links: set by its owner, kept by us, shown where people sign in and let it in. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { setUpApp } from '../support/factors.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  PASSWORD,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const SVG =
  '<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';

/** The first bytes of each kind, with its size where it belongs. */
function png(width: number, height = width): Buffer {
  const header = Buffer.alloc(24);
  header.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return header;
}

function jpeg(width: number): Buffer {
  const application = Buffer.from([0xff, 0xe0, 0, 4, 0, 0]);
  const frame = Buffer.from([0xff, 0xc2, 0, 17, 8, 0, 9, width >> 8, width & 255, 3]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), application, frame, Buffer.alloc(20)]);
}

function webp(width: number): Buffer {
  const header = Buffer.alloc(30);
  header.write('RIFF\0\0\0\0WEBPVP8X', 'latin1');
  header.writeUIntLE(width - 1, 24, 3);
  return header;
}

let server: TestServer;
let ada: Browser;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  const { id } = await createPerson(server, 'ada');
  await createPerson(server, 'eve');
  ada = await signIn(server, 'ada');
  app = await createApp(server, { name: 'Album' }, id);
});
afterAll(() => server.stop());
beforeEach(() => server.database.knex('application_looks').delete());

interface Look {
  fields?: Record<string, string>;
  logo?: Buffer | string;
}

async function save({ fields = {}, logo }: Look, browser = ada): Promise<Page> {
  const form = await ada.open(`/applications/${app.id}/look`);
  const body = new FormData();
  body.set('csrf_token', form.html.querySelector('[name=csrf_token]')?.getAttribute('value') ?? '');
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.set('logo', new File(logo === undefined ? [] : [new Uint8Array(Buffer.from(logo))], 'logo'));
  return browser.request(`/applications/${app.id}/look`, { method: 'POST', body });
}

const looks = () => server.database.knex('application_looks');
const problemOn = (page: Page, field: string) => page.html.querySelector(`#${field}-error`)?.text;
const logoOn = (page: Page) => page.html.querySelector('img.application-logo');

test('the sign-in and the consent page show logo, colour and links', async () => {
  const fields = {
    color: '#B3407A',
    home_uri: 'https://album.test/',
    terms_uri: 'https://album.test/terms?a=1&b=2',
    policy_uri: '',
  };
  expect((await save({ fields, logo: SVG })).status).toBe(303);

  const login = await newBrowser(server.url).open(authorizeUrl(app));
  const consent = await ada.open(authorizeUrl(app));
  for (const page of [login, consent]) {
    const logo = logoOn(page);
    expect(logo?.getAttribute('alt')).toBe('Logo of Album');
    expect(logo?.getAttribute('src')).toMatch(/^\/branding\/[0-9a-f]{32}\.svg$/);
    expect(page.text).toContain('/branding/b3407a.css?v=');
    expect(page.headers.get('content-security-policy')).toContain("img-src 'self' data:");
  }
  const links = consent.html.querySelectorAll('.links-list a').map((link) => link.getAttribute('href'));
  expect(links).toEqual(['https://album.test/', 'https://album.test/terms?a=1&b=2']);

  const picture = await newBrowser(server.url).request(logoOn(login)?.getAttribute('src') ?? '');
  expect([picture.status, picture.text]).toEqual([200, SVG]);
  expect(picture.headers.get('content-security-policy')).toMatch(/^default-src 'none'.*sandbox$/);
  const styles = await newBrowser(server.url).request('/branding/b3407a.css');
  expect(styles.headers.get('content-type')).toMatch('text/css');
});

test('the second step on the way to the application shows them too', async () => {
  await save({ fields: { color: '#b3407a' }, logo: SVG });
  await createPerson(server, 'ida');
  await setUpApp(server, 'ida');
  const browser = newBrowser(server.url);
  const login = await browser.open(authorizeUrl(app));
  const step = await browser.submit(login, { username: 'ida', password: PASSWORD }, '/login');
  expect(new URL(step.url).pathname).toMatch(/second-step$/);
  expect(logoOn(step)?.getAttribute('alt')).toBe('Logo of Album');
  expect(step.text).toContain('/branding/b3407a.css?v=');
});

test('an application without a look has none, and another change leaves the logo', async () => {
  expect(logoOn(await ada.open(authorizeUrl(app)))).toBeNull();
  await save({ logo: png(64) });
  const first = logoOn(await ada.open(authorizeUrl(app)))?.getAttribute('src') ?? '';
  await save({ fields: { color: '#112233' } });
  expect(logoOn(await ada.open(authorizeUrl(app)))?.getAttribute('src')).toBe(first);
  await save({ fields: { remove_logo: 'on' } });
  expect(logoOn(await ada.open(authorizeUrl(app)))).toBeNull();
  expect((await ada.request(first)).status).toBe(404);
});

test('PNG, JPEG and WebP are served as what they are, whatever they were called', async () => {
  for (const [content, type] of [
    [png(2048), 'image/png'],
    [jpeg(2048), 'image/jpeg'],
    [webp(2048), 'image/webp'],
  ] as const) {
    expect((await save({ logo: content })).status).toBe(303);
    const src = logoOn(await ada.open(`/applications/${app.id}/look`))?.getAttribute('src') ?? '';
    expect((await ada.request(src)).headers.get('content-type')).toBe(type);
  }
});

// Guards against a search of every way to divide the comments: each one doubled it, so that 40 (280 bytes) held the
// server for hours. 28 were enough for seconds, and 14 000 are about all that 100 kB can hold.
test.each([28, 14_000])('a drawing, or what is none, is known at once behind %i comments', async (count) => {
  const comments = '<!---->'.repeat(count);
  const begin = performance.now();
  const page = await save({ logo: `${comments}<html xmlns="http://www.w3.org/2000/svg"/>` });
  expect([page.status, problemOn(page, 'logo')]).toEqual([422, expect.stringMatching(/SVG/)]);
  expect((await save({ logo: `${comments}x` })).status).toBe(422);
  expect((await save({ logo: comments.slice(0, -1) })).status).toBe(422);
  expect((await save({ logo: `${comments}${SVG.slice(SVG.indexOf('<svg'))}` })).status).toBe(303);
  expect(performance.now() - begin).toBeLessThan(3_000);
});

describe('nothing is saved', () => {
  test.each([
    ['a picture of too many pixels', png(2049, 1), /2048 pixels/],
    ['a photograph of too many pixels', jpeg(5000), /2048 pixels/],
    ['a WebP picture of too many pixels', webp(2049), /2048 pixels/],
    ['a picture of no size', png(0), /2048 pixels/],
    ['a picture that is too large', Buffer.concat([png(64), Buffer.alloc(100 * 1024)]), /at most 100 kB/],
    ['a page', '<html><svg xmlns="http://www.w3.org/2000/svg"/></html>', /PNG, JPEG, WebP or SVG/],
    [
      'a drawing with entities',
      '<!DOCTYPE svg [<!ENTITY a "a">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
      /PNG, JPEG, WebP or SVG/,
    ],
    ['a script', 'alert(1)', /PNG, JPEG, WebP or SVG/],
  ])('of %s', async (_, logo, sentence) => {
    const page = await save({ logo, fields: { home_uri: 'https://album.test/' } });
    expect([page.status, problemOn(page, 'logo')]).toEqual([422, expect.stringMatching(sentence)]);
    expect(page.html.querySelector('#home_uri')?.getAttribute('value')).toBe('https://album.test/');
    expect(await looks()).toEqual([]);
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    '//album.test',
    'https:/album.test',
    'https://ada:secret@album.test/',
    'https://album.test/\\evil.test',
    `https://album.test/${'a'.repeat(500)}`,
  ])('for a link such as %.40s', async (uri) => {
    const page = await save({ fields: { policy_uri: uri } });
    expect([page.status, problemOn(page, 'policy_uri')]).toEqual([
      422,
      expect.stringMatching(/address of a page/),
    ]);
    expect(await looks()).toEqual([]);
  });

  test('for a colour that could be more than one', async () => {
    const page = await save({ fields: { color: '#fff;}' } });
    expect([page.status, problemOn(page, 'color')]).toEqual([422, expect.stringMatching(/#0e5a4b/)]);
    expect((await ada.request('/branding/fff;}.css')).status).toBe(404);
  });

  test('without the token of the form, by somebody else, or by nobody', async () => {
    const body = new FormData();
    body.set('color', '#112233');
    const path = `/applications/${app.id}/look`;
    expect((await ada.request(path, { method: 'POST', body })).status).toBe(403);
    const eve = await signIn(server, 'eve');
    expect((await eve.open(path)).status).toBe(404);
    expect((await newBrowser(server.url).request(path)).location).toContain('/login');
    expect(await looks()).toEqual([]);
  });

  test('from a form that breaks off', async () => {
    const answer = await ada.request(`/applications/${app.id}/look`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x\r\nContent-Disposition: form-data; name="color"\r\n\r\n#11',
    });
    expect([400, 403]).toContain(answer.status);
    expect(await looks()).toEqual([]);
  });
});

test('the change is in the audit trail, without the picture', async () => {
  await save({ fields: { color: '#112233' }, logo: png(64) });
  const event = await server.database.knex('audit_events').orderBy('id', 'desc').first();
  expect([event.event, event.client_id]).toEqual(['application.changed', app.clientId]);
  expect(event.details.changes.look.to).toMatchObject({ color: '#112233', logoUrl: expect.any(String) });
});
