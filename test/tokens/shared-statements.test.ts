/** Requests at the same moment share their statements (src/database/gather.ts): each is decided on its own. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../src/database/database.js';
import { findAccessToken, insertAccessToken } from '../../src/tokens/access-tokens.js';
import { exchangeCode, findCode, insertCode } from '../../src/tokens/authorization-codes.js';
import { addBuckets, type BucketedTableName, bucketFor } from '../../src/tokens/buckets.js';
import type { Exchange } from '../../src/tokens/exchange.js';
import { saveGrant } from '../../src/tokens/grants.js';
import type { TokenRecord } from '../../src/tokens/records.js';
import { findRefreshToken, insertRefreshToken, rotateRefreshToken } from '../../src/tokens/refresh-tokens.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { createApp, createPerson } from '../support/people.js';

const GRANT = 'a grant';

let own: TestDatabase;
let database: Database;
let otherNode: Database;
let clientId: string;
let accountId: number;

beforeAll(async () => {
  own = await createTestDatabase();
  const open = () => openDatabase(own.url, { poolSize: 5, preparedStatements: true });
  [database, otherNode] = [open(), open()];
  await addBuckets(database.knex, new Date());
  accountId = Number((await createPerson({ database }, 'alice')).id);
  clientId = (await createApp({ database })).clientId;
  const [createdAt, expiresAt] = [new Date(), new Date(Date.now() + 3_600_000)];
  await saveGrant(database, { id: GRANT, accountId, clientId, details: {}, createdAt, expiresAt, basis: {} });
});

afterAll(async () => {
  await database.close();
  await otherNode.close();
  await own.drop();
});

function newToken(table: BucketedTableName, more: Partial<TokenRecord> = {}): TokenRecord {
  const now = new Date();
  const expiresAt = new Date(now.getTime() + 600_000);
  return {
    hash: randomBytes(32),
    bucket: bucketFor(table, expiresAt, now),
    clientId,
    accountId,
    grantId: GRANT,
    issuedAt: now,
    expiresAt,
    scope: 'read',
    details: {},
    ...more,
  };
}

/** Tokens of client credentials: there is no grant that would have to be alive. */
const newClientToken = () => newToken('access_tokens', { accountId: null, grantId: null });

const exchangeOf = ({ hash }: TokenRecord): Exchange => ({
  hash,
  at: new Date(),
  accessToken: newClientToken(),
  refreshToken: newToken('refresh_tokens'),
  replay: randomBytes(10),
});

const isStored = async ({ accessToken, refreshToken }: Exchange) => [
  (await findAccessToken(database, accessToken.hash, new Date())) !== undefined,
  (await findRefreshToken(database, refreshToken!.hash)) !== undefined,
];

const KINDS = [
  {
    what: 'code',
    insert: async (token: TokenRecord) => insertCode(database, { code: token, newGrant: undefined }),
    find: findCode,
    exchange: exchangeCode,
    table: 'authorization_codes',
  },
  {
    what: 'refresh token',
    insert: (token: TokenRecord) => insertRefreshToken(database, token),
    find: findRefreshToken,
    exchange: rotateRefreshToken,
    table: 'refresh_tokens',
  },
] as const;

describe.each(KINDS)('a $what', ({ insert, find, exchange, table }) => {
  const newOne = async (more: Partial<TokenRecord> = {}) => {
    const token = newToken(table, more);
    await insert(token);
    return token;
  };

  test('presented twice at the same moment is exchanged once, on whichever node', async () => {
    for (let round = 0; round < 20; round++) {
      const token = await newOne();
      const attempts = Array.from({ length: 6 }, () => exchangeOf(token));
      const won = await Promise.all(
        attempts.map((attempt, i) => exchange(i % 2 ? database : otherNode, attempt)),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      for (const [i, attempt] of attempts.entries())
        expect(await isStored(attempt)).toEqual([won[i], won[i]]);
    }
  });

  test('that was used, has expired or never was does not keep the others from theirs', async () => {
    const used = await newOne();
    expect(await exchange(database, exchangeOf(used))).toBe(true);
    const expired = await newOne({ expiresAt: new Date(Date.now() - 1) });
    const good = [await newOne(), await newOne()];
    const attempts = [good[0]!, used, expired, newToken(table), good[1]!].map(exchangeOf);
    const won = await Promise.all(attempts.map((attempt) => exchange(database, attempt)));
    expect(won).toEqual([true, false, false, false, true]);
    for (const [i, attempt] of attempts.entries()) expect(await isStored(attempt)).toEqual([won[i], won[i]]);
    expect((await find(database, expired.hash))?.consumedAt).toBeNull();
  });

  test('whose new token cannot be stored fails alone, and is not spent', async () => {
    const [bad, good] = [await newOne(), await newOne()];
    const taken = newClientToken();
    await insertAccessToken(database, taken);
    const attempts = [{ ...exchangeOf(bad), accessToken: taken }, exchangeOf(good)];
    const results = await Promise.allSettled(attempts.map((attempt) => exchange(database, attempt)));
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: '23505' } },
      { status: 'fulfilled', value: true },
    ]);
    expect((await find(database, bad.hash))?.consumedAt).toBeNull();
    expect((await find(database, good.hash))?.consumedAt).not.toBeNull();
  });
});

test('of refresh tokens that are used at the same moment, each takes its own old access token with it', async () => {
  const chains = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const token = newToken('refresh_tokens');
      await insertRefreshToken(database, token);
      const first = exchangeOf(token);
      await rotateRefreshToken(database, first);
      return first;
    }),
  );
  const [used, left] = [chains.slice(0, 3), chains[3]!];
  const next = used.map(({ refreshToken }) => exchangeOf(refreshToken!));
  expect(await Promise.all(next.map((each) => rotateRefreshToken(database, each)))).toEqual([
    true,
    true,
    true,
  ]);
  const isLive = async ({ accessToken }: Exchange) =>
    (await findAccessToken(database, accessToken.hash, new Date())) !== undefined;
  expect(await Promise.all(used.map(isLive))).toEqual([false, false, false]);
  expect(await Promise.all([left, ...next].map(isLive))).toEqual([true, true, true, true]);
});

// Rows travel as JSON, in which PostgreSQL takes an escaped U+0000 for text that it cannot store.
test('whatever an application puts into a request comes back as it was', async () => {
  const details = { nonce: '\0 \ud800 "\\ {}', claims: { a: ['\u{1f4a9}', null] } };
  const code = newToken('authorization_codes', { details });
  await insertCode(database, { code, newGrant: undefined });
  expect((await findCode(database, code.hash))?.details).toEqual(details);
});
