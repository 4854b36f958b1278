import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exchange, token } from '../support/oauth.js';
import { authorizeUrl, createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const MANY = 2_000;

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  app = await createApp(server, {
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    skipConsent: true,
  });
});

afterAll(() => server.stop());

async function collect(count: number, make: () => Promise<string>): Promise<string[]> {
  const values: string[] = [];
  while (values.length < count) values.push(...(await Promise.all(Array.from({ length: 20 }, make))));
  return values.slice(0, count);
}

/** A machine that is too busy for a moment tells clients to come back, which is what they do. */
async function untilServed<Response extends { status: number }>(
  ask: () => Promise<Response>,
): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const response = await ask();
    if (response.status !== 503 || tries === 10) return response;
    await pause(1_000);
  }
}

/** Pearson's statistic over the letters; the last letter of 32 bytes in base64url has four values only and is left out. */
function chiSquare(values: string[]): number {
  const counts = new Map<string, number>();
  for (const letter of values.flatMap((value) => [...value.slice(0, -1)]))
    counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const total = values.reduce((sum, value) => sum + value.length - 1, 0);
  const expected = total / ALPHABET.length;
  return [...ALPHABET].reduce(
    (sum, letter) => sum + ((counts.get(letter) ?? 0) - expected) ** 2 / expected,
    0,
  );
}

function expectUnguessable(values: string[]): void {
  expect(new Set(values).size).toBe(values.length);
  // 43 letters of base64url are 256 bits.
  expect(values.filter((value) => !/^[A-Za-z0-9_-]{43}$/.test(value))).toEqual([]);
  // 63 degrees of freedom: above 103.4 in one of a thousand runs, above 131 in one of a million.
  expect(chiSquare(values)).toBeLessThan(131);
  // No part of a time or a counter: neighbours share their first letters no more often than chance has it.
  const neighbours = values.slice(1).filter((value, i) => value.slice(0, 3) === values[i]?.slice(0, 3));
  expect(neighbours.length).toBeLessThan(5);
  // Each of the first places takes every letter.
  for (const place of [0, 1, 2, 41])
    expect(new Set(values.map((value) => value[place])).size).toBe(ALPHABET.length);
}

test('thousands of access tokens are unique, of 256 bits, and uniform (TK-18)', async () => {
  const values = await collect(MANY, async () => {
    const { body } = await untilServed(() => token(server, app, { grant_type: 'client_credentials' }));
    return body.access_token;
  });
  expectUnguessable(values);
});

test('and so are codes and the refresh tokens they buy (TK-18)', async () => {
  const browser = await signIn(server, 'alice');
  const cookie = await browser.jar.getCookieString(server.url);
  const codes = await collect(1_000, async () => {
    const url = server.url + authorizeUrl(app);
    const response = await untilServed(() => fetch(url, { headers: { cookie }, redirect: 'manual' }));
    return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? '';
  });
  expectUnguessable(codes);
  const waiting = [...codes];
  const refreshTokens = await collect(1_000, async () => {
    const code = waiting.pop() ?? '';
    return (await untilServed(() => exchange(server, app, code))).body.refresh_token;
  });
  expectUnguessable(refreshTokens);
});
