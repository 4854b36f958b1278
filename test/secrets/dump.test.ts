import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { basic, exchange, get, introspect, post, profile, refresh, token } from '../support/oauth.js';
import type { TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { goThroughEveryFlow, type Secrets } from './every-flow.js';

let server: TestServer;
let secrets: Secrets;
let app: TestApplication;
let browser: Browser;
/** The dump: every row of every table, as text. */
let rows: { table: string; text: string }[];

beforeAll(async () => {
  server = await startTestServer({ LOG_LEVEL: 'debug' });
  ({ secrets, app, browser } = await goThroughEveryFlow(server));
  rows = await dump();
});

afterAll(() => server.stop());

async function dump(): Promise<{ table: string; text: string }[]> {
  const { rows: tables } = await server.database.knex.raw(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
  );
  const all: { table: string; text: string }[] = [];
  for (const { name } of tables as { name: string }[]) {
    const result = await server.database.knex.raw('SELECT t::text AS text FROM ?? t', [name]);
    all.push(...result.rows.map(({ text }: { text: string }) => ({ table: name, text })));
  }
  return all;
}

/** The ways in which something may be written down. */
function spellings(value: string): string[] {
  const bytes = Buffer.from(value);
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  const form = new URLSearchParams({ v: value }).toString().slice(2);
  return [
    value,
    json,
    encodeURIComponent(value),
    form,
    base64,
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}

function findIn(text: string): string[] {
  return [...secrets]
    .filter(([, value]) => spellings(value).some((spelling) => text.includes(spelling)))
    .map(([name]) => name);
}

test('every flow was gone through, so that there is something to find', () => {
  expect([...secrets].filter(([, value]) => value.length < 8)).toEqual([]);
  const names = [...secrets.keys()].map((name) => name.replace(/\d+$/, '#'));
  expect(names).toEqual(
    expect.arrayContaining([
      'superuser link',
      'superuser password',
      'password at sign-up',
      'password',
      'wrong password',
      'password typed as username',
      'client secret of the page',
      'client secret',
      'second client secret',
      'code query',
      'code form_post',
      'verifier query',
      'access_token of query',
      'refresh_token of query',
      'id_token of query',
      'access_token of form_post',
      'access_token of replayed',
      'access_token of device',
      'refresh_token of device',
      'device_code of device',
      'user_code of device',
      'access_token of password',
      'refresh_token of refresh',
      'access_token of client credentials',
      'access_token of revoked',
      'cookie latchkey_session #',
      'cookie latchkey_session.sig #',
      'cookie latchkey_interaction #',
      'cookie latchkey_csrf #',
      'cookie latchkey_second_step #',
      'cookie latchkey_browser #',
      'seed of an app',
      'recovery code #',
    ]),
  );
  // And the search does find what is there: the hash of a live token.
  const hash = createHash('sha256')
    .update(secrets.get('access_token of refresh') ?? '')
    .digest('hex');
  expect(rows.filter(({ text }) => text.includes(hash)).map(({ table }) => table)).toEqual(
    expect.arrayContaining(['access_tokens']),
  );
  expect(server.logged().split('\n').length).toBeGreaterThan(100);
});

test('no secret is in any table, raw, URL-encoded, base64 or hex (DA-02)', () => {
  const hits = rows.flatMap(({ table, text }) => findIn(text).map((name) => `${name} in ${table}`));
  expect(hits).toEqual([]);
});

test('no secret is in the log at level debug (DA-01)', () => {
  const hits = server
    .logged()
    .split('\n')
    .flatMap((line) => findIn(line).map((name) => `${name} in ${line.slice(0, 200)}`));
  expect(hits).toEqual([]);
});

describe('what a thief of the dump holds', () => {
  /** Every value that looks like a key to something: bytes in their three spellings, and every word of 8 and more. */
  function loot(): string[] {
    const found = new Set<string>();
    for (const { text } of rows) {
      for (const [, hex = ''] of text.matchAll(/\\\\?x([0-9a-f]{16,})/g)) {
        const bytes = Buffer.from(hex, 'hex');
        for (const encoding of ['hex', 'base64', 'base64url'] as const) found.add(bytes.toString(encoding));
      }
      for (const [word] of text.matchAll(/[A-Za-z0-9+/_=$.~-]{8,}/g)) found.add(word);
    }
    return [...found].filter((value) => value.length < 2000);
  }

  const inBatches = async (values: string[], act: (value: string) => Promise<boolean>): Promise<string[]> => {
    const accepted: string[] = [];
    for (let i = 0; i < values.length; i += 25) {
      const batch = values.slice(i, i + 25);
      const results = await Promise.all(batch.map(act));
      accepted.push(...batch.filter((_, index) => results[index]));
    }
    return accepted;
  };

  test('is plenty, and the real things are accepted', async () => {
    expect(loot().length).toBeGreaterThan(200);
    expect((await profile(server, secrets.get('access_token of refresh') ?? '')).status).toBe(200);
    expect((await introspect(server, app, secrets.get('access_token of refresh') ?? '')).body.active).toBe(
      true,
    );
    expect((await browser.request('/account')).status).toBe(200);
  });

  test('opens nothing as an access token', async () => {
    expect(
      await inBatches(
        loot(),
        async (value) => (await get(server, '/profile', { authorization: `Bearer ${value}` })).status === 200,
      ),
    ).toEqual([]);
    expect(
      await inBatches(loot(), async (value) => (await introspect(server, app, value)).body.active === true),
    ).toEqual([]);
  });

  test('opens nothing as a refresh token, a code or a device code', async () => {
    expect(
      await inBatches(loot(), async (value) => (await refresh(server, app, value)).status === 200),
    ).toEqual([]);
    expect(
      await inBatches(loot(), async (value) => (await exchange(server, app, value)).status === 200),
    ).toEqual([]);
    const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
    const poll = async (value: string) => {
      const { status, body } = await token(server, app, { grant_type: grantType, device_code: value });
      return status === 200 || ['authorization_pending', 'slow_down'].includes(body.error);
    };
    expect(await inBatches(loot(), poll)).toEqual([]);
  });

  test('opens nothing as a session cookie, signed or not', async () => {
    const isSignedIn = async (value: string) => {
      const cookies = [
        `latchkey_session=${value}`,
        `latchkey_session=${value}; latchkey_session.sig=${value}`,
      ];
      const pages = await Promise.all(
        cookies.map((cookie) => fetch(`${server.url}/account`, { headers: { cookie }, redirect: 'manual' })),
      );
      return pages.some(({ status }) => status === 200);
    };
    expect(await inBatches(loot(), isSignedIn)).toEqual([]);
  });

  test('opens nothing as a client secret, a superuser link or a user code', async () => {
    const authenticates = async (value: string) => {
      const answer = await post(
        server,
        '/o/token',
        { grant_type: 'client_credentials' },
        basic({ ...app, secret: value }),
      );
      return answer.status === 200;
    };
    expect(await inBatches(loot(), authenticates)).toEqual([]);
    const makesSuperuser = async (value: string) =>
      (await get(server, `/superuser?token=${encodeURIComponent(value)}`)).status === 200;
    expect(await inBatches(loot(), makesSuperuser)).toEqual([]);
  });

  test('opens nothing as the password, of which the hash is there', async () => {
    const [{ password_hash: hash }] = await server.database.knex('accounts').where({ username: 'alice' });
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,p=1,t=2\$|^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await server.database.knex('throttles').delete();
    for (const password of [hash, hash.split('$').pop()]) {
      expect((await token(server, app, { grant_type: 'password', username: 'alice', password })).status).toBe(
        400,
      );
    }
    const password = secrets.get('password') ?? '';
    expect((await token(server, app, { grant_type: 'password', username: 'alice', password })).status).toBe(
      200,
    );
  });

  test('was tried without an error of the server', () => {
    expect(
      server
        .logged()
        .split('\n')
        .filter((line) => /"level":(50|60|"error"|"fatal")/.test(line)),
    ).toEqual([]);
  });
});
