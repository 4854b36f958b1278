/** HD-02, HD-03, LG-03, AD-12: what every answer carries, whatever it is an answer to. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { allow, authorizeUrl, createApp, createPerson, signIn } from '../support/people.js';
import { rawGet } from '../support/raw.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  browser = await signIn(server, 'alice');
});

afterAll(() => server.stop());

const REQUESTS: [string, string, RequestInit?][] = [
  ['a page', '/login'],
  ['a page of somebody signed in', '/account'],
  ['a page that does not exist', '/no/such/page'],
  ['the same as JSON', '/no/such/page', { headers: { accept: 'application/json' } }],
  ['a page asked for by HEAD', '/login', { method: 'HEAD' }],
  ['a method a page does not have', '/login', { method: 'PUT' }],
  ['OPTIONS', '/login', { method: 'OPTIONS' }],
  ['a form without its token', '/login', { method: 'POST', body: new URLSearchParams({ username: 'x' }) }],
  [
    'a form that is too large',
    '/login',
    { method: 'POST', body: new URLSearchParams({ username: 'x'.repeat(100_000) }) },
  ],
  ['a redirect', '/accounts/login/', { headers: { cookie: '' } }],
  ['a page that leads to the sign-in', '/applications', { headers: { cookie: 'none=1' } }],
  ['a path that cannot be decoded', '/applications/%ff'],
  ['the stylesheet', '/assets/latchkey.css'],
  ['a file that does not exist', '/assets/nothing.css'],
  ['the health of the process', '/healthz'],
  ['the health of the server', '/readyz'],
  ['discovery', '/.well-known/openid-configuration'],
  ['the keys', '/.well-known/jwks.json'],
  ['a token request by GET', '/o/token'],
  [
    'a token request that is refused',
    '/o/token',
    { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) },
  ],
  [
    'a preflight',
    '/o/token',
    { method: 'OPTIONS', headers: { origin: 'https://c1.test', 'access-control-request-method': 'POST' } },
  ],
  ['an introspection that is refused', '/o/introspect', { method: 'POST' }],
  ['userinfo without a token', '/o/userinfo'],
  ['/profile without a token', '/profile'],
  ['an authorization request of nobody', '/o/authorize?client_id=nobody'],
  ['a sign-in that is not known', '/interaction/unknown'],
  ['signing out', '/o/logout'],
  ['a device code page', '/o/device'],
];

describe('every answer', () => {
  test.each(REQUESTS)('%s', async (_, path, init = {}) => {
    const { headers, text, status } = await browser.request(path, init);
    expect(status).toBeLessThan(500);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    for (const name of ['x-powered-by', 'server', 'x-aspnet-version'])
      expect([name, headers.get(name)]).toEqual([name, null]);
    expect(text).not.toMatch(/\bkoa\b|oidc-provider|node_modules|\bat .*\.js:\d+/);
    const type = headers.get('content-type') ?? '';
    if (/^text\//.test(type)) expect(type).toContain('charset=utf-8');
    if (!type.startsWith('text/html')) return;

    const policy = Object.fromEntries(
      headers
        .get('content-security-policy')!
        .split('; ')
        .map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]),
    );
    expect(policy).toMatchObject({
      'default-src': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    });
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*|https?:|evil/);
    // An application may open the protocol's pages in a popup, which has to find its way back.
    const isForApplications = path.startsWith('/o/');
    expect(headers.get('cross-origin-opener-policy')).toBe(isForApplications ? 'unsafe-none' : 'same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('the policy of forms', () => {
  test('keeps them on this server, except on the way to an application, where Chromium would stop the redirect', async () => {
    const policyOf = async (path: string) =>
      (await browser.open(path)).headers.get('content-security-policy');
    const app = await createApp(server);
    expect(await policyOf('/account/edit')).toContain("form-action 'self'");
    expect(await policyOf('/login')).toContain("form-action 'self'");
    expect(await policyOf(authorizeUrl(app))).not.toContain('form-action');
    expect(await policyOf(`/login?next=${encodeURIComponent(authorizeUrl(app))}`)).not.toContain(
      'form-action',
    );
  });

  test('lets the answer of form_post through, by the hash of its one script', async () => {
    const app = await createApp(server, { skipConsent: true });
    const page = await allow(browser, app, { response_mode: 'form_post' });
    expect(page.html.querySelector('form')?.getAttribute('action')).toBe('https://c1.test/cb');
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toMatch(/script-src [^;]*'sha256-[\w+/=]+'/);
    expect(policy).not.toMatch(/unsafe-inline|form-action/);
    expect(policy).toContain("frame-ancestors 'none'");
  });
});

describe('how long an answer is kept', () => {
  test('a file named by its content for a year, the same under any other name not unasked', async () => {
    const page = await browser.open('/');
    const url = page.html.querySelector('link[rel=stylesheet]')!.getAttribute('href')!;
    const current = await browser.request(url);
    expect(current.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    for (const other of ['/assets/latchkey.css', '/assets/latchkey.css?v=0000']) {
      expect((await browser.request(other)).headers.get('cache-control')).toBe('public, no-cache');
    }
    const etag = current.headers.get('etag')!;
    // By hand: fetch adds Cache-Control: no-cache to a request with a condition of one's own.
    const again = await rawGet(
      server.port,
      `GET ${url} HTTP/1.1`,
      `Host: localhost:${server.port}`,
      `If-None-Match: ${etag}`,
    );
    expect([again.status, again.body]).toEqual([304, '']);
  });

  test('tokens and errors never', async () => {
    for (const path of ['/o/token', '/profile', '/o/userinfo', '/healthz', '/no-such-page']) {
      expect([path, (await browser.request(path)).headers.get('cache-control')]).toEqual([path, 'no-store']);
    }
  });
});

test('nothing is served that is not meant to be (HD-12, AD-12)', async () => {
  const paths = [
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets/',
    '/assets',
    '/assets//etc/passwd',
    '/assets/latchkey.css%00.png',
    '/assets/__proto__',
    '/.git/config',
    '/.env',
    '/package.json',
    '/src/app.ts',
    '/views/layout.ejs',
    '/dist/src/main.js.map',
    '/data/secret.key',
    '/metrics',
    '/debug',
    '/admin',
    '/server-status',
  ];
  for (const path of paths) {
    const page = await browser.request(path);
    expect([path, page.status, page.text.includes('"dependencies"')]).toEqual([path, 404, false]);
  }
});
