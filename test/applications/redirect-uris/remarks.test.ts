/** What is said of redirect URIs while they are typed, and of those that are registered: one remark for a line. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { judgeRedirectUris, linesOf } from '../../../src/applications/redirect-uris/judge-redirect-uris.js';
import { type Browser, newBrowser } from '../../support/browser.js';
import { createPerson, signIn } from '../../support/people.js';
import { pathOn, postTo, register } from '../../support/portal.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { snapshot } from '../../support/snapshot.js';

const OPTIONS = {
  clientType: 'public' as const,
  allowedSchemes: ['http', 'https'],
  ownOrigin: 'https://id.test',
};

const judge = (text: string, kind: 'web' | 'spa' | 'native' = 'spa') =>
  judgeRedirectUris(linesOf(text), { ...OPTIONS, kind });

describe('a problem, which refuses', () => {
  test.each([
    ['a page of this server', 'https://id.test/o/authorize', 'is a page of this server'],
    ['this server with its default port', 'https://id.test:443/cb', 'is a page of this server'],
    ['a host without its scheme', 'app.example.com/cb', 'must be absolute'],
    ['a host and a port without a scheme', 'app.example.com:8443/cb', 'write https:// before the host'],
    ['localhost and a port without a scheme', 'localhost:3000/cb', 'write http:// before the host'],
    ['what follows a space', 'https://c1.test/my callback', 'a space ends a URI'],
  ])('%s', (_, text, reason) => {
    const problems = judge(text, 'native').flatMap(({ problem }) => problem ?? []);
    expect(problems).toEqual([expect.stringContaining(reason)]);
  });
});

describe('advice, which does not', () => {
  test.each<[string, string, 'web' | 'spa' | 'native', string]>([
    [
      'localhost in a native app',
      'http://localhost:3000/cb?a=1',
      'native',
      'http://127.0.0.1/cb?a=1 without a port',
    ],
    [
      'a fixed port in a native app',
      'http://127.0.0.1:3000/cb',
      'native',
      'as http://127.0.0.1/cb, every port',
    ],
    ['the IPv6 loopback with a port', 'http://[::1]:3000/cb', 'native', 'as http://[::1]/cb, every port'],
    ['http in a private network', 'http://192.168.1.20/cb', 'web', 'not encrypted'],
    ['a bare origin', 'https://c1.test', 'web', 'has no path'],
    ['capitals in the host', 'https://C1.test/cb', 'web', 'make https://c1.test/cb of it'],
    ['the default port', 'https://c1.test:443/cb', 'web', 'make https://c1.test/cb of it'],
    ['a path that goes back', 'https://c1.test/a/../cb', 'web', 'make https://c1.test/cb of it'],
  ])('%s', (_, uri, kind, sentence) => {
    expect(judge(uri, kind)).toEqual([{ uri, line: 1, advice: expect.stringContaining(sentence) }]);
  });

  test.each([
    ['the same again', 'https://c1.test/cb\nhttps://c1.test/cb', 'stands in line 1 already'],
    ['a slash more', 'https://c1.test/cb\n\nhttps://c1.test/cb/', 'from line 1 by a slash at the end'],
    ['other capitals', 'https://c1.test/cb\nhttps://c1.test/CB', 'from line 1 by capital letters'],
  ])('of two lines: %s', (_, text, sentence) => {
    const [first, second] = judge(text);
    expect(first).not.toHaveProperty('advice');
    expect(second?.advice).toContain(sentence);
  });

  test('localhost is fine while an application is built, and not any more beside a public address', () => {
    expect(judge('http://localhost:3000/cb', 'web')).toEqual([{ uri: 'http://localhost:3000/cb', line: 1 }]);
    const [local, live] = judge('http://localhost:3000/cb\nhttps://app.example.com/cb', 'web');
    expect(local?.advice).toContain('is for development');
    expect(live).not.toHaveProperty('advice');
  });

  test('nothing is said of what is as it should be', () => {
    const playground = 'https://id.test/applications/7/playground/callback';
    const loopback = ['http://127.0.0.1/cb', 'http://[::1]/cb'];
    for (const uri of [...loopback, 'com.example.app:/cb', 'https://c1.test/cb', playground])
      expect(judge(uri, 'native')).toEqual([{ uri, line: 1 }]);
  });
});

describe('the form', () => {
  let server: TestServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startTestServer();
    await createPerson(server, 'ada');
    browser = await signIn(server, 'ada');
  });

  afterAll(() => server.stop());

  const ask = async (fields: Record<string, string>, path = '/applications/check-redirect-uris') => {
    const answer = await postTo(browser, path, fields);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('application/json'),
    ]);
    return JSON.parse(answer.text);
  };

  test.each(['/applications/check-redirect-uris', '/o/applications/check-redirect-uris/'])(
    '%s names the lines that there is something to say about, and changes nothing',
    async (path) => {
      const before = await snapshot(server);
      const text = 'https://c1.test/cb\r\n\r\nhttp://example.com/cb\r\njavascript:alert(1) https://C1.test/x';
      const { count, lines } = await ask({ kind: 'web', redirect_uris: text }, path);
      expect(count).toBe(4);
      expect(lines).toEqual([
        { line: 3, uri: 'http://example.com/cb', problem: expect.stringContaining('must use https') },
        { line: 4, uri: 'javascript:alert(1)', problem: 'may not use the scheme javascript:.' },
        { line: 4, uri: 'https://C1.test/x', advice: expect.stringContaining('letter by letter') },
      ]);
      expect(await snapshot(server)).toEqual(before);
    },
  );

  test('judges by kind and client type as the form has them', async () => {
    const redirect_uris = `${server.url}/cb\ncom.example.app:/cb`;
    const problems = async (fields: Record<string, string>) =>
      (await ask({ redirect_uris, ...fields })).lines.map(({ problem = '' }) => problem.slice(0, 30));
    const own = 'is a page of this server; a re';
    expect(await problems({ kind: 'native', client_type: '' })).toEqual([own]);
    expect(await problems({ kind: 'native', client_type: 'confidential' })).toEqual([
      own,
      'must start with https://, or w',
    ]);
    expect(await problems({ kind: 'spa' })).toEqual([own, 'may not use the scheme com.exa']);
    expect(await problems({ kind: 'robot' })).toEqual([own, 'must start with https://, or w']);
  });

  test('does not read hundreds of them', async () => {
    const uris = Array.from({ length: 101 }, (_, index) => `https://c1.test/${index}`);
    const answer = await ask({ kind: 'web', redirect_uris: uris.join('\n') });
    expect(answer).toEqual({ count: 101, problem: expect.stringContaining('at most 100'), lines: [] });
  });

  test('is asked by nobody who is not signed in, nor from another page (LG-01)', async () => {
    const stranger = newBrowser(server.url);
    const page = await stranger.open('/login');
    const csrf_token = page.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
    const body = new URLSearchParams({ csrf_token, redirect_uris: 'x' });
    const path = '/applications/check-redirect-uris';
    expect((await stranger.request(path, { method: 'POST', body })).status).toBe(401);
    const forged = new URLSearchParams({ redirect_uris: 'x' });
    expect((await browser.request(path, { method: 'POST', body: forged })).status).toBe(403);
    expect((await browser.open(path)).status).toBe(404);
  });

  test('saves what there is only advice about, and shows it on the pages after', async () => {
    const page = await register(browser, {
      kind: 'native',
      client_type: 'public',
      redirect_uris: 'http://localhost:3000/cb',
    });
    expect(page.status).toBe(200);
    for (const shown of [page, await browser.open(pathOn(page))])
      expect(shown.html.querySelector('.remarks')?.text).toContain('http://127.0.0.1/cb without a port');
  });
});
