/** What counts as time in which nobody could reach the server: src/tokens/outages.ts. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../src/database/database.js';
import { createOutages, type WatchedOutages } from '../../src/tokens/outages.js';
import { sweep } from '../../src/tokens/sweep.js';
import { backToPresent, freezeAt, travel } from '../support/clock.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const BEGIN = new Date('2026-05-04T10:00:00Z');
const at = (seconds: number) => new Date(BEGIN.getTime() + seconds * 1_000);

let own: TestDatabase;
let database: Database;
/** Milliseconds of the clock that nobody sets. */
let elapsed = 0;

/** A process that begins now. */
const startNode = (): WatchedOutages => createOutages(database, () => elapsed);

/** Everybody's clocks go on. */
function wait(seconds: number): void {
  elapsed += seconds * 1_000;
  freezeAt(new Date(Date.now() + seconds * 1_000));
}

async function beatFor(seconds: number, ...nodes: WatchedOutages[]): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    for (const node of nodes) await node.beat();
    wait(1);
  }
}

beforeEach(async () => {
  own = await createTestDatabase();
  database = openDatabase(own.url, { poolSize: 4, preparedStatements: true });
  elapsed = 5_000;
  freezeAt(BEGIN);
});

afterEach(async () => {
  backToPresent();
  await database.close();
  await own.drop();
});

describe('an outage', () => {
  test('is not what came before the first node ever', async () => {
    const node = startNode();
    await beatFor(5, node);
    expect(await node.secondsBetween(new Date(0), at(100))).toBe(0);
  });

  test('is the time in which the one node there is could not reach its database', async () => {
    const node = startNode();
    await beatFor(3, node);
    // The last beat was at 2 s.
    wait(57);
    expect(await node.secondsBetween(at(0), at(100))).toBe(58);
  });

  test('counts as far as it lies between the two moments', async () => {
    const node = startNode();
    await beatFor(11, node);
    wait(49);
    await node.beat();
    // From 10 s to 60 s.
    expect(await node.secondsBetween(at(40), at(200))).toBe(20);
    expect(await node.secondsBetween(at(0), at(30))).toBe(20);
    expect(await node.secondsBetween(at(60), at(200))).toBe(0);
    expect(await node.secondsBetween(at(0), at(10))).toBe(0);
  });

  test('is the time in which no node ran at all', async () => {
    await beatFor(3, startNode(), startNode());
    wait(57);
    expect(await startNode().secondsBetween(at(0), at(100))).toBe(58);
  });

  test('is none while one of two nodes goes on', async () => {
    const [lonely, cutOff] = [startNode(), startNode()];
    await beatFor(3, lonely, cutOff);
    await beatFor(60, lonely);
    expect(await cutOff.secondsBetween(at(0), at(200))).toBe(0);
    expect(await startNode().secondsBetween(at(0), at(200))).toBe(0);
  });

  test('is counted once when several nodes come back at the same moment', async () => {
    const nodes = [startNode(), startNode(), startNode()];
    await beatFor(3, ...nodes);
    wait(57);
    await Promise.all(nodes.map((node) => node.beat()));
    expect(await nodes[0]!.secondsBetween(at(0), at(100))).toBe(58);
  });

  test('is none when the clock of a server that runs is put forward', async () => {
    const node = startNode();
    await beatFor(3, node);
    freezeAt(at(3_600));
    await node.beat();
    expect(await node.secondsBetween(at(0), at(4_000))).toBe(0);
  });

  test('is no beat that came a little late', async () => {
    const node = startNode();
    for (let beat = 0; beat < 5; beat++) {
      await node.beat();
      wait(2.9);
    }
    expect(await node.secondsBetween(at(0), at(100))).toBe(0);
  });

  test('of hours counts as one hour', async () => {
    await startNode().beat();
    wait(12 * 3_600);
    expect(await startNode().secondsBetween(at(0), at(100_000))).toBe(3_600);
  });
});

test('what was written about outages leaves by itself', async () => {
  await startNode().beat();
  wait(60);
  await startNode().beat();
  expect(await database.knex('outages')).toHaveLength(1);
  travel(2 * 86_400);
  await sweep(database, { auditKeepDays: 365 }, new Date());
  expect(await database.knex('outages')).toEqual([]);
});
