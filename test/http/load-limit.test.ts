/** beyond a number of requests in work the next is told at once to come back; health checks are always answered. */
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pino from 'pino';
import { type Listener, listen } from '../../src/http/listener.js';
import { limitLoad } from '../../src/http/load-limit.js';

let listener: Listener;
let url: string;
let waiting: ServerResponse[];

beforeEach(async () => {
  waiting = [];
  const handle = limitLoad(
    (request, response) => {
      if (request.url === '/healthz') return response.end('alive');
      if (request.method === 'GET') return void waiting.push(response);
      // Read to its end, as a form is; answered when the test says so.
      request.resume().once('end', () => waiting.push(response));
    },
    pino({ level: 'silent' }),
    2,
  );
  listener = await listen(handle, { host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${listener.port}`;
});

afterEach(() => listener.drain(0));

async function untilWaiting(count: number): Promise<void> {
  while (waiting.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('the third of two is refused until one of them is done', async () => {
  const begun = [fetch(url), fetch(url, { method: 'POST', body: 'a=b' })];
  await untilWaiting(2);
  const refused = await fetch(`${url}/o/token`, { method: 'POST', body: 'grant_type=refresh_token' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.text()).toMatch(/busy/);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(waiting).toHaveLength(2);

  for (const response of waiting.splice(0)) response.end('done');
  expect((await Promise.all(begun)).map(({ status }) => status)).toEqual([200, 200]);
  const next = fetch(url);
  await untilWaiting(1);
  waiting[0]?.end('done');
  expect((await next).status).toBe(200);
});

// Guards against a header by which a request was never counted: nobody reads the body of a GET, so its end never came.
test.each(['Content-Length: 0', 'Content-Length: 3', 'Transfer-Encoding: chunked'])(
  'a GET with %s takes a place like any other',
  async (header) => {
    const sockets = [1, 2].map(() => connect(listener.port, '127.0.0.1'));
    for (const socket of sockets) socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`);
    await untilWaiting(2);
    expect((await fetch(url)).status).toBe(503);
    for (const socket of sockets) socket.destroy();
  },
);

test('a client that gives up makes room', async () => {
  const controllers = [new AbortController(), new AbortController()];
  const given = controllers.map(({ signal }) => fetch(url, { signal }).catch(() => 'given up'));
  await untilWaiting(2);
  for (const controller of controllers) controller.abort();
  expect(await Promise.all(given)).toEqual(['given up', 'given up']);
  while (!waiting.every(({ closed }) => closed)) await new Promise((resolve) => setTimeout(resolve, 5));
  waiting = [];
  const next = fetch(url);
  await untilWaiting(1);
  waiting[0]?.end('done');
  expect((await next).status).toBe(200);
});

// Guards against shutting everybody out by a handful of connections that send a byte now and then.
test('a body that is still on its way takes no place', async () => {
  const slow = Array.from({ length: 10 }, () => connect(listener.port, '127.0.0.1'));
  for (const socket of slow) socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\na=b');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const next = fetch(url);
  await untilWaiting(1);
  waiting[0]?.end('done');
  expect((await next).status).toBe(200);
  for (const socket of slow) socket.destroy();
});
