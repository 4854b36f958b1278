/** Behind a proxy that ends TLS the issuer is https: every address, cookie and header says so (HD-09, LG-21). */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'node-html-parser';
import { Secret } from 'otpauth';
import { factorKeys } from '../../src/accounts/factors/factor-keys.js';
import { addApp } from '../../src/accounts/factors/totp.js';
import { codeOf } from '../support/factors.js';
import { authorizeUrl, createApp, createPerson, PASSWORD } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';

const ISSUER = 'https://auth.example.com';

let server: TestServer;
/** Of alice's authenticator app. */
let seed: string;

beforeAll(async () => {
  server = await startTestServer({ ISSUER });
  const { id: accountId } = await createPerson(server, 'alice');
  seed = new Secret({ size: 20 }).base32;
  const { seeds } = factorKeys(SECRET_KEY);
  await addApp(server.database.knex, seeds, { accountId, seed, code: codeOf(seed, -30), at: new Date() });
});
afterAll(() => server.stop());

interface Reply {
  status: number;
  location: string;
  setCookies: string[];
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** As the proxy passes it on: plain HTTP, with the Host the browser asked for. */
function ask(path: string, cookies: Map<string, string>, form?: Record<string, string>): Promise<Reply> {
  const headers: Record<string, string> = {
    host: new URL(ISSUER).host,
    accept: 'text/html',
    cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    ...(form ? { 'content-type': 'application/x-www-form-urlencoded', origin: ISSUER } : {}),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { port: server.port, path, method: form ? 'POST' : 'GET', headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          const setCookies = response.headers['set-cookie'] ?? [];
          for (const cookie of setCookies) {
            const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
            if (/expires=Thu, 01 Jan 1970/i.test(cookie)) cookies.delete(name);
            else cookies.set(name, value);
          }
          const { location = '' } = response.headers;
          resolve({
            status: response.statusCode ?? 0,
            location,
            setCookies,
            headers: response.headers,
            text,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(form ? new URLSearchParams(form).toString() : undefined);
  });
}

test('every address of the discovery document is https and the issuer’s', async () => {
  const { status, text } = await ask('/.well-known/openid-configuration', new Map());
  expect(status).toBe(200);
  const metadata: Record<string, unknown> = JSON.parse(text);
  expect(metadata.issuer).toBe(ISSUER);
  const urls = Object.entries(metadata).filter(([name]) => /(_endpoint|_uri)$/.test(name));
  expect(urls.length).toBeGreaterThan(6);
  for (const [, url] of urls) expect(String(url).startsWith(`${ISSUER}/`)).toBe(true);
  expect(text).not.toContain('http://');
});

test('a sign-in goes all the way, with Secure cookies that are bound to this host', async () => {
  const app = await createApp(server);
  const cookies = new Map<string, string>();
  const seen: string[] = [];
  const go = async (path: string, form?: Record<string, string>): Promise<Reply> => {
    const reply = await ask(path, cookies, form);
    seen.push(...reply.setCookies);
    expect(reply.headers['strict-transport-security']).toMatch(/max-age=\d{8,}; includeSubDomains/);
    if (!reply.location || !new URL(reply.location, ISSUER).href.startsWith(`${ISSUER}/`)) return reply;
    const { pathname, search } = new URL(reply.location, ISSUER);
    return go(pathname + search);
  };
  const fill = (page: Reply, action: string, fields: Record<string, string>) => {
    const form = parse(page.text).querySelector(`form[action$="${action}"]`);
    const csrf = form?.querySelector('input[name=csrf_token]')?.getAttribute('value') ?? '';
    return go(form?.getAttribute('action') ?? '', { csrf_token: csrf, ...fields });
  };

  const login = await go(authorizeUrl(app, { scope: 'openid' }));
  const step = await fill(login, '/login', { username: 'alice', password: PASSWORD });
  const consent = await fill(step, '/second-step', { way: 'app', code: codeOf(seed), remember: 'yes' });
  const done = await fill(consent, '/consent', { scope: 'openid', allow: 'Authorize' });
  const answer = new URL(done.location).searchParams;
  expect(answer.get('code')).toEqual(expect.any(String));
  expect(answer.get('iss')).toBe(ISSUER);

  expect(seen.length).toBeGreaterThan(3);
  for (const cookie of seen) {
    expect(cookie).toMatch(/^__(Host|Secure)-latchkey_/);
    expect(cookie).toMatch(/; *secure/i);
    expect(cookie).toMatch(/; *httponly/i);
    expect(cookie).toMatch(/; *samesite=lax/i);
    expect(cookie).not.toMatch(/; *domain=/i);
    if (cookie.startsWith('__Host-')) expect(cookie).toMatch(/; *path=\/(;|$)/i);
  }
  const names = seen.map((cookie) => cookie.split('=', 1)[0]);
  expect(names).toEqual(
    expect.arrayContaining([
      '__Host-latchkey_session',
      '__Secure-latchkey_second_step',
      '__Host-latchkey_browser',
    ]),
  );
});
