/** Behind a proxy that ends TLS, with real certificates: HD-01, HD-09, LG-21 over the whole way of a sign-in. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, newBrowser } from '../support/browser.js';
import { authorizeUrl, createApp, createPerson, PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { fetchTrusting, makeCertificate, startTlsProxy, type TlsProxy } from '../support/tls.js';

const certificate = makeCertificate();
if (!certificate) console.warn('Skipped: there is no openssl to make a certificate with.');

(certificate ? describe : describe.skip)('a server behind TLS', () => {
  const received: { url: string; headers: Headers }[] = [];
  const send = fetchTrusting(certificate!);
  let proxy: TlsProxy;
  let server: TestServer;
  let origin: string;

  /** Like fetch, and keeps the headers of every answer. */
  const sendAndNote: typeof fetch = async (url, init) => {
    const answer = await send(url, init);
    received.push({ url: String(url), headers: answer.headers });
    return answer;
  };

  beforeAll(async () => {
    proxy = await startTlsProxy(certificate!);
    origin = `https://localhost:${proxy.port}`;
    server = await startTestServer({ ISSUER: origin });
    proxy.forwardTo(server.port);
    await createPerson(server, 'alice');
  });

  afterAll(async () => {
    await server.stop();
    await proxy.stop();
  });

  async function tokensFor(browser: Browser, app: Awaited<ReturnType<typeof createApp>>) {
    const login = await browser.open(authorizeUrl(app, { scope: 'openid read', nonce: 'n' }));
    const consent = await browser.submit(login, { username: 'alice', password: PASSWORD });
    const back = new URL((await browser.submit(consent, {}, '/consent')).location!);
    expect(back.searchParams.get('iss')).toBe(origin);
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code')!,
      redirect_uri: app.redirectUris[0]!,
      client_id: app.clientId,
      client_secret: app.secret,
    });
    const answer = await sendAndNote(`${origin}/o/token`, { method: 'POST', body });
    return (await answer.json()) as { access_token: string; id_token: string };
  }

  test('signs people in at an application, all the way to /profile', async () => {
    const browser = newBrowser(origin, sendAndNote);
    const tokens = await tokensFor(browser, await createApp(server));
    const claims = JSON.parse(Buffer.from(tokens.id_token.split('.')[1]!, 'base64url').toString());
    expect(claims.iss).toBe(origin);
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const profile = await sendAndNote(`${origin}/profile`, { headers });
    expect([profile.status, await profile.json()]).toEqual([
      200,
      expect.objectContaining({ username: 'alice' }),
    ]);
    expect((await browser.open('/account')).text).toContain('alice@example.com');
  });

  test('names only https addresses', async () => {
    for (const path of [
      '/.well-known/openid-configuration',
      '/o/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
    ]) {
      const document = (await (await send(origin + path)).json()) as Record<string, unknown>;
      expect(document.issuer).toBe(origin);
      const urls = Object.values(document).filter(
        (value): value is string => typeof value === 'string' && value.includes('://'),
      );
      expect(urls.length).toBeGreaterThan(6);
      for (const url of urls) expect(url.startsWith(origin)).toBe(true);
    }
  });

  test('gives only Secure cookies, with a prefix that binds them to this host', async () => {
    const cookies = received.flatMap(({ headers }) => headers.getSetCookie());
    const names = new Set(cookies.map((cookie) => cookie.split('=', 1)[0]!.replace(/\.sig$/, '')));
    expect([...names].sort()).toEqual([
      '__Host-latchkey_csrf',
      '__Host-latchkey_known',
      '__Host-latchkey_session',
      '__Secure-latchkey_interaction',
      '__Secure-latchkey_resume',
    ]);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; secure/i);
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=lax/i);
      expect(cookie).not.toMatch(/; domain=/i);
      if (cookie.startsWith('__Host-')) expect(cookie).toMatch(/; path=\/(;|$)/i);
    }
  });

  test('says with every answer that it is to be asked by https alone (HD-01)', async () => {
    for (const path of [
      '/',
      '/nothing-here',
      '/healthz',
      '/assets/latchkey.css',
      '/o/token',
      '/profile',
      '/account',
    ])
      await sendAndNote(origin + path);
    expect(received.length).toBeGreaterThan(12);
    for (const { url, headers } of received) {
      const [, seconds] =
        /^max-age=(\d+); includeSubDomains$/.exec(headers.get('strict-transport-security') ?? '') ?? [];
      expect([url, Number(seconds) >= 31_536_000]).toEqual([url, true]);
    }
  });

  test('takes a form only from its own https origin', async () => {
    const browser = newBrowser(origin, send);
    const form = await browser.open('/login');
    const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
    const body = new URLSearchParams({ csrf_token: csrf, username: 'alice', password: PASSWORD });
    for (const foreign of [`http://localhost:${proxy.port}`, 'https://localhost', 'https://evil.test']) {
      expect([
        foreign,
        (await browser.request('/login', { method: 'POST', body, headers: { origin: foreign } })).status,
      ]).toEqual([foreign, 403]);
    }
    expect((await browser.request('/login', { method: 'POST', body, headers: { origin } })).status).toBe(303);
  });
});
