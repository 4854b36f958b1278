/** Requests written in odd ways: a clear refusal or a plain answer, never a 500, and the server goes on. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { rawGet, sendRaw } from '../support/raw.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});

afterAll(async () => {
  await server.stop();
  expect(server.logged()).not.toMatch(/"level":"(error|fatal)"|"level":(50|60)/);
});

const host = () => `Host: localhost:${server.port}`;
const get = (path: string, ...lines: string[]) =>
  rawGet(server.port, `GET ${path} HTTP/1.1`, host(), ...lines);

function post(path: string, body: string, ...lines: string[]) {
  const length = `Content-Length: ${Buffer.byteLength(body, 'latin1')}`;
  const head = [`POST ${path} HTTP/1.1`, host(), 'Connection: close', length, ...lines];
  return sendRaw(server.port, `${head.join('\r\n')}\r\n\r\n${body}`);
}

const FORM = 'Content-Type: application/x-www-form-urlencoded';

describe('a path', () => {
  test.each([
    ['two slashes and a host', '//evil.test/login', 404],
    ['three slashes', '///login', 404],
    ['a backslash', '/\\evil.test', 404],
    ['an encoded slash', '/%2Flogin', 404],
    ['dot segments', '/a/../login', 404],
    ['an encoded NUL', '/applications/%00', 303],
    ['bytes that are no UTF-8', '/applications/%ff', 303],
    ['half an escape', '/applications/%e', 303],
    ['a query without end', `/login?${'a=b&'.repeat(3000)}`, 200],
    [
      '5,000 parameters at the authorization endpoint (AZ-38)',
      `/o/authorize?${'scope=a&'.repeat(1500)}`,
      400,
    ],
    ['a query with brackets', '/login?next[a]=b&next[]=c', 200],
    ['a __proto__ in the query', '/login?__proto__[polluted]=1&constructor=x', 200],
  ])('with %s', async (_, path, status) => {
    const answer = await get(path, 'Accept: text/html');
    expect(answer.status === status || (answer.status >= 400 && answer.status < 500)).toBe(true);
    expect(answer.headers.location ?? '/').toMatch(/^\/(?!\/)/);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  // Guards against a pattern that was tried anew at each slash: three times 80 ms in which nobody else was answered.
  test('of thousands of slashes and something after them costs next to nothing', async () => {
    const path = `${'/'.repeat(15_000)}a`;
    await get(path);
    const before = process.cpuUsage();
    expect((await get(path)).status).toBe(404);
    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(80);
  });

  test('that is a single slash too many at the end is the same page, for pages of people too', async () => {
    for (const path of ['/login/', '/signup/', '/accounts/login/'])
      expect([path, (await get(path)).status]).toEqual([path, 200]);
  });

  test('of 20 KB is too long (AZ-38)', async () => {
    expect([400, 414, 431]).toContain((await get(`/login?${'a'.repeat(20_000)}`)).status);
  });
});

describe('headers', () => {
  test.each([
    ['of 20 KB', `X-Long: ${'a'.repeat(20_000)}`, [431]],
    ['without a colon', 'Nonsense', [400]],
    ['with a space in the name', 'X Nonsense: x', [400]],
    ['with bytes beyond ASCII', 'User-Agent: \xff\xfe', [200]],
    [
      'that ask for every encoding, language and range',
      'Accept-Encoding: *;q=0\r\nRange: bytes=0-1\r\nAccept-Language: xx',
      [200],
    ],
    ['with a cookie that is none', 'Cookie: =; ; latchkey_session; \x01', [200, 400]],
    [
      'with a hundred cookies',
      `Cookie: ${Array.from({ length: 100 }, (_, index) => `c${index}=x`).join('; ')}`,
      [200],
    ],
    ['that accept nothing we have', 'Accept: image/png', [200]],
    ['with a broken Accept', 'Accept: ;;;,,,', [200]],
    ['with an upgrade', 'Upgrade: websocket\r\nSec-WebSocket-Key: x', [200]],
  ])('%s', async (_, line, statuses) => {
    expect(statuses).toContain((await get('/login', line)).status);
  });
});

describe('a method', () => {
  test.each(['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'SEARCH'])(
    '%s is refused and echoes nothing',
    async (method) => {
      for (const path of ['/login', '/o/token', '/account', '/nothing']) {
        const answer = await rawGet(
          server.port,
          `${method} ${path} HTTP/1.1`,
          host(),
          'X-Canary: canary',
          'Accept: text/html',
        );
        expect([method, path, [401, 404, 405, 501].includes(answer.status)]).toEqual([method, path, true]);
        expect(answer.text).not.toContain('canary');
      }
    },
  );

  test.each([
    ['one that does not exist', 'GRAB /login HTTP/1.1', [400, 404, 405]],
    ['one in lower case', 'get /login HTTP/1.1', [400]],
    ['OPTIONS for the whole server', 'OPTIONS * HTTP/1.1', [200, 204, 404]],
    ['an HTTP version of the future', 'GET /login HTTP/9.9', [400, 505]],
  ])('%s', async (_, line, statuses) => {
    expect(statuses).toContain((await rawGet(server.port, line, host())).status);
  });
});

describe('a body', () => {
  const encoded = (name: string) => `csrf_token=x&username=${name}&password=x`;

  test.each([
    ['bytes that are no UTF-8', encoded('%ff%fe')],
    ['half an escape', encoded('%')],
    ['an encoded NUL', encoded('%00')],
    ['nested fields', 'username[a][b][c]=x&password[]=y'],
    ['a __proto__', '__proto__[isSuperuser]=true&constructor[prototype][isSuperuser]=true'],
    ['1,500 fields', 'a=b&'.repeat(1500)],
    ['nothing', ''],
  ])('with %s is refused, as a form without a token is', async (_, body) => {
    expect([400, 403, 413]).toContain((await post('/login', body, FORM)).status);
    expect(({} as { isSuperuser?: boolean }).isSuperuser).toBeUndefined();
  });

  test.each([
    ['JSON', 'application/json', '{"username":"alice","password":"x"}'],
    ['text', 'text/plain', 'username=alice'],
    ['XML', 'application/xml', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'],
    [
      'multipart',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="username"\r\n\r\nalice\r\n--x--\r\n',
    ],
    [
      'a form in an unknown character set',
      'application/x-www-form-urlencoded; charset=utf-16',
      'username=alice',
    ],
    [
      'a form said to be compressed',
      'application/x-www-form-urlencoded\r\nContent-Encoding: bogus',
      'username=alice',
    ],
    ['no type', 'x', 'username=alice'],
  ])('that is %s is not a form of ours', async (_, type, body) => {
    expect([400, 403, 415]).toContain((await post('/login', body, `Content-Type: ${type}`)).status);
  });

  test('over 64 KB is refused before it has come (LG-19)', async () => {
    const head = [`POST /login HTTP/1.1`, host(), 'Connection: close', FORM, 'Content-Length: 1000000'];
    expect((await sendRaw(server.port, `${head.join('\r\n')}\r\n\r\nusername=`)).status).toBe(413);
  });
});

describe('two requests in one cannot be smuggled', () => {
  test.each([
    [
      'both lengths',
      ['Content-Length: 4', 'Transfer-Encoding: chunked'],
      '0\r\n\r\nGET /account HTTP/1.1\r\n\r\n',
    ],
    ['two lengths', ['Content-Length: 0', 'Content-Length: 40'], 'GET /account HTTP/1.1\r\n\r\n'],
    ['an odd transfer encoding', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
    ['a length with a sign', ['Content-Length: +4'], 'a=bc'],
    ['a negative length', ['Content-Length: -1'], ''],
    ['a bad chunk', ['Transfer-Encoding: chunked'], 'zz\r\nabc\r\n0\r\n\r\n'],
    ['a folded header', ['X-Folded: a', ' Transfer-Encoding: chunked'], ''],
  ])('%s', async (_, lines, body) => {
    const head = ['POST /login HTTP/1.1', host(), 'Connection: close', FORM, ...lines];
    const answer = await sendRaw(server.port, `${head.join('\r\n')}\r\n\r\n${body}`);
    expect([400, 403]).toContain(answer.status);
    expect(answer.text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  });
});

test('a client that hangs up in the middle is no error of ours', async () => {
  const { connect } = await import('node:net');
  for (let times = 0; times < 20; times++) {
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(`POST /login HTTP/1.1\r\n${host()}\r\n${FORM}\r\nContent-Length: 500\r\n\r\nusername=`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    socket.resetAndDestroy();
  }
});
