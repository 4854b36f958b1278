/** HD-04, HD-05: which address the server believes it has, and where it believes a request comes from. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { rawGet } from '../support/raw.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let behindProxy: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  behindProxy = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1, ::1, 10.9.0.0/16' });
});

afterAll(async () => {
  await behindProxy.stop();
  await server.stop();
});

const DISCOVERY = '/.well-known/openid-configuration';
const get = (path: string, ...lines: string[]) => rawGet(server.port, `GET ${path} HTTP/1.1`, ...lines);
const host = () => `Host: localhost:${server.port}`;

describe('the Host of a request must be that of the issuer', () => {
  test('localhost, 127.0.0.1 and [::1] are the same place, and discovery is the same for all', async () => {
    const usual = await get(DISCOVERY, host());
    expect(usual.status).toBe(200);
    expect(usual.body).toContain(`"issuer":"http://localhost:${server.port}"`);
    for (const name of ['127.0.0.1', '[::1]', 'LOCALHOST']) {
      const answer = await get(DISCOVERY, `Host: ${name}:${server.port}`);
      expect([name, answer.status, answer.body]).toEqual([name, 200, usual.body]);
    }
  });

  test.each([
    ['another name', 'Host: evil.test', 421],
    ['the right name at another port', 'Host: localhost:9999', 421],
    ['the right name without the port', 'Host: localhost', 421],
    ['a name that only begins right', 'Host: localhost.evil.test', 421],
    ['a user name before it', 'Host: localhost@evil.test', 421],
    ['an empty one', 'Host:', 400],
    ['none at all', 'X-Nothing: x', 400],
  ])('%s is refused before anything reads it', async (_, line, status) => {
    for (const path of ['/', '/login', DISCOVERY, '/o/token', '/assets/latchkey.css']) {
      const answer = await get(path, line);
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.text).not.toContain('evil.test');
      expect(answer.headers.location).toBeUndefined();
    }
  });

  test('two of them are refused, in either order', async () => {
    for (const lines of [
      [host(), 'Host: evil.test'],
      ['Host: evil.test', host()],
    ]) {
      const answer = await get('/login', ...lines);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.text).not.toContain('csrf_token');
    }
  });

  test('an absolute request line does not stand in for it (RFC 9112 3.2.2)', async () => {
    const foreign = await get('http://evil.test/.well-known/openid-configuration', host());
    expect(foreign.text).not.toContain('evil.test');
    const smuggled = await get(`http://localhost:${server.port}${DISCOVERY}`, 'Host: evil.test');
    expect(smuggled.status).toBe(421);
    const redirect = await get('http://evil.test/account', host(), 'Accept: text/html');
    expect(redirect.headers.location ?? '').not.toContain('evil.test');
  });

  test('the refusal tells where to go, in words or JSON, with a request id', async () => {
    const page = await get('/', 'Host: evil.test', 'Accept: text/html');
    expect(page.body).toContain(`Use http://localhost:${server.port} instead`);
    expect(page.body).toContain(page.headers['x-request-id']);
    const json = await get('/', 'Host: evil.test', 'Accept: application/json');
    expect(JSON.parse(json.body.replace(/^[\da-f]+\r\n|\r\n0\r\n\r\n$/g, ''))).toMatchObject({
      error: 'wrong_host',
    });
  });

  test('probes ask by any name', async () => {
    for (const path of ['/healthz', '/readyz'])
      expect((await get(path, 'Host: 10.0.0.7:8000')).status).toBe(200);
  });
});

const FORWARDED = {
  'x-forwarded-host': 'evil.test',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '444',
  'x-forwarded-prefix': '/evil',
  'x-original-url': '/evil',
  'x-rewrite-url': '/evil',
  'x-forwarded-server': 'evil.test',
  forwarded: 'for=1.2.3.4;host=evil.test;proto=https',
};

describe('forwarded headers change no address the server gives out, whoever sends them', () => {
  test.each([
    ['a stranger', () => server],
    ['a trusted proxy', () => behindProxy],
  ])('%s', async (_, node) => {
    const { url } = node();
    const plain = await fetch(url + DISCOVERY);
    const forged = await fetch(url + DISCOVERY, { headers: FORWARDED });
    expect(await forged.json()).toEqual(await plain.json());

    for (const path of ['/applications', '/o/authorize?client_id=x', '/login']) {
      const [usual, answer] = await Promise.all(
        [{}, FORWARDED].map((headers) => newBrowser(url).request(path, { headers: { ...headers } })),
      );
      expect([path, answer!.status, answer!.location]).toEqual([path, usual!.status, usual!.location]);
      const shapes = [usual!, answer!].map((page) =>
        page.headers.getSetCookie().map((cookie) => cookie.replace(/=[^;]+/, '')),
      );
      expect(shapes[1]).toEqual(shapes[0]);
      expect(answer!.text).not.toContain('evil');
      expect(answer!.headers.get('strict-transport-security')).toBeNull();
    }
  });
});

describe("the client's address", () => {
  async function networkOf(node: TestServer, forwardedFor: string): Promise<string> {
    const browser = newBrowser(node.url);
    const form = await browser.open('/login');
    const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
    const body = new URLSearchParams({ csrf_token: csrf, username: 'nobody', password: 'x' });
    await browser.request('/login', { method: 'POST', body, headers: { 'x-forwarded-for': forwardedFor } });
    const [event] = await node.database.knex('audit_events').orderBy('id', 'desc').limit(1);
    return event.network;
  }

  test('is the one of the connection, whatever a stranger says', async () => {
    expect(await networkOf(server, '203.0.113.5')).toMatch(/^(127\.0\.0\.1|::1)$/);
  });

  test.each([
    ['the one a trusted proxy has seen', '203.0.113.5', '203.0.113.5'],
    [
      'the last that is not a proxy of ours: what stands before it may be made up',
      '198.51.100.1, 203.0.113.5, 10.9.1.1',
      '203.0.113.5',
    ],
    ['an IPv6 address as it is', '2001:db8::7', '2001:db8::7'],
    // Taken for nonsense, everybody behind such a proxy would have the proxy's address.
    ['without the port that some proxies add', '203.0.113.5:49152', '203.0.113.5'],
    ['without the brackets and the port of an IPv6 address', '[2001:db8::1]:443', '2001:db8::1'],
    ['the same when a proxy of ours stands behind it', '[2001:db8::1], 10.9.1.1:80', '2001:db8::1'],
    ['an IPv4 address in IPv6 clothes as IPv4', '::ffff:203.0.113.5', '203.0.113.5'],
    [
      'the nearest proxy when the rest is nonsense',
      "203.0.113.5, ' OR 1=1",
      expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
    ],
    ['the nearest proxy when there is nothing', '', expect.stringMatching(/^(127\.0\.0\.1|::1)$/)],
  ])('is %s', async (_, forwardedFor, expected) => {
    expect(await networkOf(behindProxy, forwardedFor)).toEqual(expected);
  });
});
