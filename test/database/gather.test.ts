import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../src/database/database.js';
import { gathered } from '../../src/database/gather.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let own: TestDatabase;
let database: Database;
let otherNode: Database;

beforeAll(async () => {
  own = await createTestDatabase();
  const open = () => openDatabase(own.url, { poolSize: 5, preparedStatements: true });
  [database, otherNode] = [open(), open()];
});

afterAll(async () => {
  await database.close();
  await otherNode.close();
  await own.drop();
});

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** Asks PostgreSQL for 100 divided by each, and notes how many were asked in each statement. */
function divider() {
  const sizes: number[] = [];
  const statement = { name: 'divide', text: 'SELECT 100 / n AS result FROM unnest($1::int[]) n' };
  const divide = gathered(async (db: Database, asked: readonly number[]) => {
    sizes.push(asked.length);
    const rows = await db.query<{ result: number }>(statement, [asked]);
    return rows.map(({ result }) => result);
  });
  return { sizes, divide };
}

describe('statements that are shared', () => {
  test('answer each that asks with its own answer, in one statement for those of the same moment', async () => {
    const { sizes, divide } = divider();
    const answers = await Promise.all(numbers(20).map((n) => divide(database, n)));
    expect(answers).toEqual(numbers(20).map((n) => Math.trunc(100 / n)));
    expect(sizes).toEqual([20]);
  });

  test('gather what is asked while one is under way', async () => {
    const { sizes, divide } = divider();
    const first = divide(database, 1);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const rest = [2, 4, 5].map((n) => divide(database, n));
    expect(await Promise.all([first, ...rest])).toEqual([100, 50, 25, 20]);
    expect(sizes).toEqual([1, 3]);
  });

  test('never take more than a hundred at once, and forget none', async () => {
    const { sizes, divide } = divider();
    const answers = await Promise.all(numbers(250).map((n) => divide(database, n)));
    expect(answers).toEqual(numbers(250).map((n) => Math.trunc(100 / n)));
    expect(sizes.sort((a, b) => b - a)).toEqual([100, 100, 50]);
  });

  test('ask again each time: nothing is kept', async () => {
    const { sizes, divide } = divider();
    await divide(database, 3);
    await divide(database, 3);
    expect(sizes).toEqual([1, 1]);
  });

  test('are not shared between databases', async () => {
    const { sizes, divide } = divider();
    await Promise.all([divide(database, 1), divide(otherNode, 2)]);
    expect(sizes).toEqual([1, 1]);
  });

  test('fail for the one that is at fault alone', async () => {
    const { divide } = divider();
    const answers = await Promise.allSettled([1, 0, 4].map((n) => divide(database, n)));
    expect(answers).toMatchObject([
      { status: 'fulfilled', value: 100 },
      { status: 'rejected', reason: { code: '22012' } },
      { status: 'fulfilled', value: 25 },
    ]);
  });

  test('fail for all when the database is the reason, without asking it over and over', async () => {
    const { sizes, divide } = divider();
    const closed = openDatabase(own.url, { poolSize: 1, preparedStatements: true });
    await closed.close();
    const answers = await Promise.allSettled([1, 2, 3].map((n) => divide(closed, n)));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(sizes).toEqual([3]);
  });

  test('do not wait for one that hangs', async () => {
    const statement = { name: 'wait-for', text: 'SELECT pg_advisory_xact_lock(n) FROM unnest($1::int[]) n' };
    const waitFor = gathered(async (db: Database, asked: readonly number[]) => {
      await db.query(statement, [asked]);
      return asked.map(() => 'done');
    });
    let isOver = false;
    let hanging: Promise<void> | undefined;
    await otherNode.knex.transaction(async (holder) => {
      await holder.raw('SELECT pg_advisory_xact_lock(1)');
      hanging = waitFor(database, 1).then(() => {
        isOver = true;
      });
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      expect(await waitFor(database, 2)).toBe('done');
      expect(isOver).toBe(false);
    });
    await hanging;
    expect(isOver).toBe(true);
  });
});
