import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { get } from '../support/oauth.js';
import { startTestServer, type TestServer } from '../support/server.js';

const HOW_MANY = 5_000;
const LONGEST = 8_192;
const SEED = 0x6b65_7973;

let server: TestServer;
const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  server = await startTestServer({ LOG_LEVEL: 'error' });
});

afterAll(async () => {
  process.off('unhandledRejection', note);
  await server.stop();
});

/** The same numbers in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const BEGINNINGS = [
  '',
  '',
  'Bearer ',
  'bearer ',
  'Basic ',
  'Bearer',
  'Bearer  ',
  'DPoP ',
  'Bearer a,Bearer ',
];

/** Bytes 0x20 to 0xff, mostly short, some as long as a header may be. */
function randomHeader(random: () => number): Buffer {
  const length = Math.floor(random() ** 8 * LONGEST);
  const bytes = Buffer.from(Array.from({ length }, () => 0x20 + Math.floor(random() * 0xe0)));
  return Buffer.concat([Buffer.from(BEGINNINGS[Math.floor(random() * BEGINNINGS.length)] ?? ''), bytes]);
}

/** Sends the header over a raw socket, as no client would let us; resolves with the status. */
function ask(socket: Socket, header: Buffer): Promise<{ status: number; isOpen: boolean }> {
  return new Promise((resolve, reject) => {
    let text = '';
    const finish = (isOpen: boolean) => {
      socket.off('data', read).off('close', closed).off('error', closed);
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
      if (status) resolve({ status, isOpen: isOpen && !/^connection: close/im.test(text) });
      else reject(new Error(`no answer: ${JSON.stringify(text.slice(0, 200))}`));
    };
    const read = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = /^content-length: (\d+)/im.exec(text)?.[1];
      if (end >= 0 && length !== undefined && text.length >= end + 4 + Number(length)) finish(true);
    };
    const closed = () => finish(false);
    socket.on('data', read).on('close', closed).on('error', closed);
    const head = `GET /profile HTTP/1.1\r\nHost: localhost:${server.port}\r\nAccept: application/json\r\nAuthorization: `;
    socket.write(Buffer.concat([Buffer.from(head), header, Buffer.from('\r\n\r\n')]));
  });
}

async function askAll(headers: Buffer[]): Promise<number[]> {
  const statuses: number[] = [];
  let socket: Socket | undefined;
  for (const header of headers) {
    socket ??= connect(server.port, 'localhost');
    const { status, isOpen } = await ask(socket, header);
    statuses.push(status);
    if (isOpen) continue;
    socket.destroy();
    socket = undefined;
  }
  socket?.destroy();
  return statuses;
}

test('5000 random Authorization headers are 400, 401 or 431, and the server lives (RS-16)', async () => {
  const random = randomNumbers(SEED);
  const headers = Array.from({ length: HOW_MANY }, () => randomHeader(random));
  const parts = Array.from({ length: 8 }, (_, i) => headers.filter((_, index) => index % 8 === i));
  const statuses = (await Promise.all(parts.map(askAll))).flat();
  expect(statuses).toHaveLength(HOW_MANY);
  expect([...new Set(statuses)].filter((status) => ![400, 401, 431].includes(status))).toEqual([]);
  // The parser refuses the worst, but most reach the code under test.
  expect(statuses.filter((status) => status === 401).length).toBeGreaterThan(HOW_MANY / 4);
  expect(rejections).toEqual([]);
  expect(server.logged()).toBe('');
  expect((await get(server, '/healthz')).status).toBe(200);
});
