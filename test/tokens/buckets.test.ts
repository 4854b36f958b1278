import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, type Db, openDatabase } from '../../src/database/database.js';
import { findCode, insertCode } from '../../src/tokens/authorization-codes.js';
import {
  addBuckets,
  type BucketedTableName,
  bucketedTables,
  bucketFor,
  dropExpiredBuckets as dropExpired,
  LONG_LIVED,
} from '../../src/tokens/buckets.js';
import type { TokenRecord } from '../../src/tokens/records.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const DAY = 86_400;
const NOW = new Date('2026-03-04T12:00:00Z');
const TABLES = Object.keys(bucketedTables) as BucketedTableName[];
const later = (seconds: number, from = NOW) => new Date(from.getTime() + seconds * 1000);
const currentBucket = (table: BucketedTableName, at = NOW) =>
  Math.floor(at.getTime() / 1000 / bucketedTables[table].span);

let own: TestDatabase;
let database: Database;
let otherNode: Database;

beforeEach(async () => {
  own = await createTestDatabase();
  database = openDatabase(own.url, { poolSize: 5, preparedStatements: true });
  otherNode = openDatabase(own.url, { poolSize: 5, preparedStatements: true });
});

afterEach(async () => {
  await database.close();
  await otherNode.close();
  await own.drop();
});

/** @returns the names of those dropped */
async function dropExpiredBuckets(db: Db, at: Date): Promise<string[]> {
  const dropped: string[] = [];
  await dropExpired(db, at, (name) => dropped.push(name));
  return dropped;
}

async function listPartitions(table: BucketedTableName): Promise<number[]> {
  const { rows } = await database.knex.raw(
    'SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = ?::regclass',
    [table],
  );
  const numbers = rows.map(({ name }: { name: string }) => Number(name.slice(table.length + 1)));
  return numbers.sort((a: number, b: number) => a - b);
}

function codeThatExpires(expiresAt: Date, now = NOW): TokenRecord {
  return {
    hash: randomBytes(32),
    bucket: bucketFor('authorization_codes', expiresAt, now),
    clientId: 'c',
    accountId: 1,
    grantId: 'g',
    issuedAt: now,
    expiresAt,
    scope: 'read',
    details: {},
  };
}

describe('the bucket of a row', () => {
  test('is the day or week it expires in, as long as that one exists', () => {
    for (const table of TABLES) {
      const { span, ahead } = bucketedTables[table];
      for (let i = 0; i < ahead; i++)
        expect(bucketFor(table, later(i * span), NOW)).toBe(currentBucket(table) + i);
    }
  });

  test('is 0 for what outlives the buckets that are made ahead', () => {
    for (const table of TABLES) {
      const { span, ahead } = bucketedTables[table];
      expect(bucketFor(table, later((ahead + 1) * span), NOW)).toBe(LONG_LIVED);
      expect(bucketFor(table, later(10 * 365 * DAY), NOW)).toBe(LONG_LIVED);
    }
  });

  test('exists even if the node that writes is a day further than the one that made the buckets', async () => {
    await addBuckets(database.knex, NOW);
    for (const table of TABLES) {
      const existing = await listPartitions(table);
      const nextDay = later(bucketedTables[table].span);
      for (let life = 0; life < 70 * DAY; life += 6 * 3600) {
        expect(existing).toContain(bucketFor(table, later(life, nextDay), nextDay));
      }
    }
  });
});

describe('buckets are made ahead', () => {
  test('from the current one on, with the one for the long-lived', async () => {
    await addBuckets(database.knex, NOW);
    for (const table of TABLES) {
      const current = currentBucket(table);
      const ahead = Array.from({ length: bucketedTables[table].ahead + 1 }, (_, i) => current + i);
      expect(await listPartitions(table)).toEqual(expect.arrayContaining([LONG_LIVED, ...ahead]));
    }
  });

  test('by several nodes at once without trouble, and a second time finds nothing to do', async () => {
    await Promise.all([database, otherNode, database, otherNode].map(({ knex }) => addBuckets(knex, NOW)));
    const after = await Promise.all(TABLES.map(listPartitions));
    await addBuckets(database.knex, NOW);
    expect(await Promise.all(TABLES.map(listPartitions))).toEqual(after);
  });

  test('while somebody is reading and writing, without waiting for them', async () => {
    await addBuckets(database.knex, NOW);
    await otherNode.knex.transaction(async (busy) => {
      await busy('access_tokens').count();
      await busy('authorization_codes').where({ bucket: LONG_LIVED }).delete();
      await addBuckets(database.knex, later(30 * DAY));
    });
    expect(await listPartitions('access_tokens')).toContain(currentBucket('access_tokens', later(30 * DAY)));
  });

  test('or, when nobody did for a week, by the first row that needs one', async () => {
    await addBuckets(database.knex, NOW);
    const now = new Date();
    const code = codeThatExpires(later(60, now), now);
    const missing = `authorization_codes_${code.bucket}`;
    await database.knex.raw(`DROP TABLE IF EXISTS "${missing}"`);
    await insertCode(database, { code, newGrant: undefined });
    expect(await findCode(database, code.hash)).toMatchObject({ clientId: 'c', scope: 'read' });
    expect(await listPartitions('authorization_codes')).toContain(code.bucket);
  });
});

describe('buckets that are over are dropped', () => {
  const WEEK_LATER = later(8 * DAY);

  test('whole, with what was in them; what is live and what lives long stays', async () => {
    await addBuckets(database.knex, NOW);
    const dead = codeThatExpires(later(60));
    const longLived = codeThatExpires(later(100 * DAY));
    await insertCode(database, { code: dead, newGrant: undefined });
    await insertCode(database, { code: longLived, newGrant: undefined });
    await addBuckets(database.knex, WEEK_LATER);
    const live = codeThatExpires(later(60, WEEK_LATER), WEEK_LATER);
    await insertCode(database, { code: live, newGrant: undefined });
    expect(longLived.bucket).toBe(LONG_LIVED);

    const dropped = await dropExpiredBuckets(database.knex, WEEK_LATER);
    expect(dropped).toContain(`authorization_codes_${dead.bucket}`);
    expect(await findCode(database, dead.hash)).toBeUndefined();
    expect(await findCode(database, live.hash)).toBeDefined();
    expect(await findCode(database, longLived.hash)).toBeDefined();
    for (const table of TABLES) {
      const left = await listPartitions(table);
      expect(
        left.filter((bucket) => bucket !== LONG_LIVED && bucket < currentBucket(table, WEEK_LATER)),
      ).toEqual([]);
      expect(left).toContain(LONG_LIVED);
    }
  });

  test('not before their last second is over', async () => {
    await addBuckets(database.knex, NOW);
    const lastMoment = new Date('2026-03-04T23:59:59.999Z');
    const before = await listPartitions('access_tokens');
    await dropExpiredBuckets(database.knex, lastMoment);
    expect(await listPartitions('access_tokens')).toEqual(
      expect.arrayContaining([currentBucket('access_tokens')]),
    );
    await dropExpiredBuckets(database.knex, new Date('2026-03-05T00:00:00Z'));
    expect(await listPartitions('access_tokens')).not.toContain(currentBucket('access_tokens'));
    expect(before).toContain(currentBucket('access_tokens'));
  });

  test('by several nodes at once without trouble; a second run finds nothing to do', async () => {
    await addBuckets(database.knex, NOW);
    await addBuckets(database.knex, WEEK_LATER);
    const results = await Promise.all(
      [database, otherNode].map(({ knex }) => dropExpiredBuckets(knex, WEEK_LATER)),
    );
    const dropped = results.flat();
    expect(new Set(dropped).size).toBe(dropped.length);
    // What one could not drop because the other was at it goes in the next round.
    await dropExpiredBuckets(database.knex, WEEK_LATER);
    expect(await dropExpiredBuckets(database.knex, WEEK_LATER)).toEqual([]);
    for (const table of TABLES) {
      expect(
        (await listPartitions(table)).filter((bucket) => bucket && bucket < currentBucket(table, WEEK_LATER)),
      ).toEqual([]);
    }
  });
});
