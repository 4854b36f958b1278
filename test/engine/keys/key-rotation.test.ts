/** Other keys in the place of those that sign, while everything goes on: src/engine/keys/key-rotation.ts. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { type Database, openDatabase } from '../../../src/database/database.js';
import { retireKey, rotateKeys } from '../../../src/engine/keys/key-rotation.js';
import { openLiveKeys } from '../../../src/engine/keys/live-keys.js';
import { listKeys } from '../../../src/engine/keys/signing-keys.js';
import { deriveKey } from '../../../src/secrets/derive-key.js';
import { sweep } from '../../../src/tokens/sweep.js';
import type { Browser } from '../../support/browser.js';
import { backToPresent, travel } from '../../support/clock.js';
import { latchkey } from '../../support/command.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { get, signInAt } from '../../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../../support/server.js';

const DAY = 86_400;
const lifetimes = { idToken: 3_600, accessToken: 3_600, session: 7_200 };
const sealing = deriveKey(SECRET_KEY, 'signing keys');

let own: TestDatabase;
let database: Database;

beforeEach(async () => {
  own = await createTestDatabase();
  database = openDatabase(own.url, { poolSize: 3, preparedStatements: true });
});

afterEach(async () => {
  backToPresent();
  await database.close();
  await own.drop();
});

const rotate = (more: Partial<Parameters<typeof rotateKeys>[2]> = {}, secret = sealing) =>
  rotateKeys(database, secret, {
    algorithms: ['ES256'],
    announceFor: DAY,
    lifetimes,
    at: new Date(),
    ...more,
  });

const kidOf = (token: string) => decodeProtectedHeader(token).kid;

describe('a rotation', () => {
  let server: TestServer;
  let browser: Browser;
  let app: TestApplication;

  const start = async (port = 0) => {
    const environment = { SESSION_EXPIRE_SECONDS: String(365 * DAY), PORT: String(port) };
    server = await startTestServer({ DATABASE_URL: own.url, ...environment });
  };
  /** At the same address, which is the issuer of its tokens. */
  const restart = async () => {
    const { port } = server;
    await server.stop();
    await start(port);
  };
  const publicKeys = async () => (await get(server, '/o/.well-known/jwks.json')).body as JSONWebKeySet;
  const newIdToken = async () =>
    (await signInAt(server, browser, app, { scope: 'openid' })).id_token ?? 'none';
  /** The signature alone, at whatever time. */
  const verifyBy = (keys: JSONWebKeySet, token: string) =>
    jwtVerify(token, createLocalJWKSet(keys), { currentDate: new Date(0) });
  const verify = async (token: string) => verifyBy(await publicKeys(), token);

  beforeEach(async () => {
    await start();
    await createPerson(server, 'alice');
    app = await createApp(server, { skipConsent: true, idTokenAlg: 'ES256' });
    browser = await signIn(server, 'alice');
  });

  afterEach(() => server.stop());

  test('shows a key, signs with it later, and shows the old one until nothing of it is valid', async () => {
    const before = await newIdToken();
    const [rotated] = await rotate();
    await restart();

    const announced = await publicKeys();
    expect(announced.keys.map(({ kid }) => kid)).toEqual(
      expect.arrayContaining([kidOf(before), rotated!.kid]),
    );
    const meanwhile = await newIdToken();
    expect(kidOf(meanwhile)).toBe(kidOf(before));

    travel(DAY - 60);
    const last = await newIdToken();
    expect(kidOf(last)).toBe(kidOf(before));
    // Nothing is started or read anew: it is the same server.
    travel(61);
    const first = await newIdToken();
    expect(kidOf(first)).toBe(rotated!.kid);
    for (const token of [last, first]) await verify(token);
    // Whoever has kept the keys since they were announced can verify what is signed now.
    await verifyBy(announced, first);

    travel(lifetimes.session - 61);
    await sweep(database, { auditKeepDays: 365 }, new Date());
    await verify(last);
    travel(3_600);
    await sweep(database, { auditKeepDays: 365 }, new Date());
    const left = (await listKeys(database.knex)).filter(({ alg }) => alg === 'ES256');
    expect(left.map(({ kid, expiresAt }) => [kid, expiresAt])).toEqual([[rotated!.kid, null]]);
  });

  // Guards the places of the engine whose signatures are verified: without them only the last key would be known.
  test('leaves the ID tokens of the key before good enough to name who signs out', async () => {
    const old = await newIdToken();
    await rotate({ announceFor: 0 });
    await restart();
    const next = await newIdToken();
    expect(kidOf(next)).not.toBe(kidOf(old));
    for (const hint of [old, next]) {
      const page = await browser.open(`/o/logout?${new URLSearchParams({ id_token_hint: hint })}`);
      expect(page.html.querySelectorAll('form[action$="/o/logout/confirm"]')).toHaveLength(1);
    }
    const [head, body] = old.split('.');
    const forged = `${head}.${body}.${randomBytes(64).toString('base64url')}`;
    const refused = await browser.open(`/o/logout?${new URLSearchParams({ id_token_hint: forged })}`);
    expect(refused.status).toBe(400);
  });

  test('says how long the public keys may be kept', async () => {
    const { headers } = await get(server, '/.well-known/jwks.json');
    expect(headers.get('cache-control')).toBe('public, max-age=600');
    expect(headers.get('content-type')).toBe('application/jwk-set+json; charset=utf-8');
  });
});

describe('the keys of a server that runs', () => {
  test('are read again: a new one is shown, and one that was taken out is not', async () => {
    const live = await openLiveKeys(database, sealing);
    const first = live.active('ES256').kid;
    const [rotated] = await rotate();
    await live.refresh();
    expect(live.publicKeys().map(({ kid }) => kid)).toContain(rotated!.kid);
    expect(live.active('ES256').kid).toBe(first);
    await retireKey(database, first, new Date());
    await live.refresh();
    expect(live.publicKeys().map(({ kid }) => kid)).not.toContain(first);
    // The announced one need not wait: there is no other.
    expect(live.active('ES256').kid).toBe(rotated!.kid);
  });

  test('stay those of before when they cannot be read', async () => {
    const live = await openLiveKeys(database, sealing);
    const { kid } = live.active('ES256');
    await database.knex('signing_keys').update({ private_jwk: randomBytes(64) });
    await expect(live.refresh()).rejects.toThrow(/SECRET_KEY/);
    expect(live.active('ES256').kid).toBe(kid);
  });
});

describe('a rotation is refused', () => {
  beforeEach(async () => {
    await openLiveKeys(database, sealing);
  });

  test('while another is announced', async () => {
    const [first] = await rotate();
    await expect(rotate()).rejects.toThrow(`The ES256 key ${first!.kid} is announced already`);
    await rotate({ algorithms: ['RS256'] });
  });

  test('while there are as many keys as the engine has places for', async () => {
    for (let round = 0; round < 3; round++) {
      await rotate({ announceFor: 0 });
      travel(60);
    }
    await expect(rotate({ announceFor: 0 })).rejects.toThrow(
      /^There are 4 ES256 keys whose tokens may be valid/,
    );
    expect(await listKeys(database.knex)).toHaveLength(5);
  });
});

test('the key before stays for as long as the longest token of any application, from when the next one signs', async () => {
  await openLiveKeys(database, sealing);
  await createApp({ database }, { accessTokenLifetime: 5 * DAY });
  const at = new Date();
  const [rotated] = await rotate({ at });
  expect(rotated!.activatesAt.getTime()).toBe(at.getTime() + DAY * 1_000);
  const [old] = (await listKeys(database.knex)).filter(({ expiresAt }) => expiresAt);
  expect(old!.expiresAt!.getTime() - at.getTime()).toBeGreaterThanOrEqual(6 * DAY * 1_000);
});

describe('taking a key out', () => {
  const now = () => new Date();
  const active = async () => {
    const live = await openLiveKeys(database, sealing);
    return live.active('ES256').kid;
  };

  test('is refused for the one that signs while no other is announced, and for one that is not there', async () => {
    const kid = await active();
    const refusal = `${kid} is the ES256 key that signs, and no other is announced. Rotate the keys first.`;
    await expect(retireKey(database, kid, now())).rejects.toThrow(refusal);
    await expect(retireKey(database, 'unknown', now())).rejects.toThrow('no signing key "unknown"');
  });

  test('that is announced lets the one that signs stay', async () => {
    const kid = await active();
    const [rotated] = await rotate();
    await retireKey(database, rotated!.kid, now());
    const left = (await listKeys(database.knex)).filter(({ alg }) => alg === 'ES256');
    expect(left.map((key) => [key.kid, key.expiresAt])).toEqual([[kid, null]]);
  });

  // Guards against the return of a key whose time was over: it would leave, and what it signs with it.
  test('that signs has the announced one sign at once, and none that did before', async () => {
    const oldest = await active();
    const [second] = await rotate({ announceFor: 0 });
    travel(60);
    expect(await active()).toBe(second!.kid);
    const [third] = await rotate();
    await retireKey(database, second!.kid, now());
    expect(await active()).toBe(third!.kid);
    const left = (await listKeys(database.knex)).filter(({ alg }) => alg === 'ES256');
    expect(left.map((key) => [key.kid, key.expiresAt === null])).toEqual([
      [third!.kid, true],
      [oldest, false],
    ]);
  });
});

describe('latchkey keys', () => {
  const run = (...args: string[]) =>
    latchkey(['keys', ...args], { environment: { DATABASE_URL: own.url, SECRET_KEY } });

  beforeEach(async () => {
    await openLiveKeys(database, sealing);
  });

  test('lists, rotates and retires, and leaves it all in the audit trail', async () => {
    const { stdout: before } = await run('list', '--json');
    expect(JSON.parse(before).map(({ alg, state }: Record<string, string>) => [alg, state])).toEqual([
      ['RS256', 'active'],
      ['ES256', 'active'],
    ]);
    const rotated = await run('rotate', '--alg', 'ES256', '--json');
    expect([rotated.code, rotated.stderr]).toEqual([0, '']);
    const [{ kid }] = JSON.parse(rotated.stdout);
    // One key of sixty-four had a name that began with a hyphen, and could not be retired: it was taken for an option.
    expect(kid).toMatch(/^[A-Za-z0-9]{16}$/);
    const listed = (await run('list')).stdout.split('\n').find((line) => line.startsWith(kid));
    expect(listed).toMatch(/ ES256 +announced +\d{4}-/);
    const retired = await run('retire', kid);
    expect(retired.stdout).toBe(
      `Took out the ES256 key ${kid}. Every node has done so within 20 seconds; others may keep it for 600 more.\n`,
    );
    const events = await database.knex('audit_events').whereLike('event', 'key.%').orderBy('id');
    expect(events.map(({ event, details }) => [event, details.kid === kid, details.by])).toEqual([
      ['key.created', false, undefined],
      ['key.created', false, undefined],
      ['key.created', true, undefined],
      ['key.rotated', true, 'command line'],
      ['key.retired', true, 'command line'],
    ]);
  });

  test('warns of a rotation that leaves others no time to see the key', async () => {
    const { code, stderr, stdout } = await run('rotate', '--announce-for', '10');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/they may be kept for 600 seconds/)]);
    expect(stdout).toMatch(/^RS256: \S+ signs from .* on; the one before leaves at .*\nES256: /);
  });

  test.each([['rotate', '--announce-for', 'soon'], ['rotate', '--alg', 'HS256'], ['retire']])(
    'refuses %s %s %s',
    async (...args) => {
      expect((await run(...args.filter(Boolean))).code).toBe(2);
    },
  );
});
