/** a server that stops finishes what it has begun, and says at once, to new connections too, that it stops. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { startTestServer } from '../support/server.js';
import { until } from '../support/until.js';

test('a form that arrives slowly is answered, while /readyz tells new connections to go elsewhere', async () => {
  const server = await startTestServer({ HOST: '127.0.0.1' });
  const ask = (path: string) => fetch(server.url + path, { headers: { connection: 'close' } });
  const body = 'grant_type=client_credentials';
  const socket = connect(server.port, '127.0.0.1').setEncoding('latin1');
  let answer = '';
  socket.on('data', (text) => {
    answer += text;
  });
  socket.write(
    `POST /o/token HTTP/1.1\r\nHost: ${new URL(server.config.issuer).host}\r\n` +
      `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  );
  expect((await ask('/readyz')).status).toBe(200);

  const stopped = server.stop();
  const readiness = await ask('/readyz');
  expect([readiness.status, readiness.headers.get('connection')]).toEqual([503, 'close']);
  expect(await readiness.json()).toEqual({ status: 'not_ready', reason: 'shutting_down' });
  // A proxy that has not heard of it yet still has its requests answered.
  expect((await ask('/.well-known/openid-configuration')).status).toBe(200);

  socket.write(body.slice(5));
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 401 [\s\S]*\r\nConnection: close\r\n[\s\S]*invalid_client/);
  await stopped;
  await expect(ask('/readyz')).rejects.toThrow();
});

// Guards against a node that is gone before its proxy has heard of it: a quick server has no connection open at most moments,
// and closed its port at the first of them. The next process on that port was sent requests before it could answer them.
test('a server that was asked a moment ago, by connections that are closed since, answers the next check as well', async () => {
  const server = await startTestServer({ HOST: '127.0.0.1' });
  const ask = (path: string) => fetch(server.url + path, { headers: { connection: 'close' } });
  expect((await ask('/readyz')).status).toBe(200);
  const stopped = server.stop();
  const begun = performance.now();
  // As HAProxy checks by docs/behind-a-proxy.md, which takes two failures to believe it.
  for (const check of [300, 600]) {
    await until(() => performance.now() - begun >= check);
    expect((await ask('/readyz')).status).toBe(503);
  }
  await stopped;
  await expect(ask('/readyz')).rejects.toThrow();
});
