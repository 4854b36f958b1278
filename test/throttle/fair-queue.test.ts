/** Whose turn it is when many wait, decided without a clock: each piece of work ends when the test says so. */
import { beforeEach, expect, test } from '@jest/globals';
import { createFairQueue, type FairQueue } from '../../src/throttle/fair-queue.js';

let queue: FairQueue;
/** Names of work in the order in which it was begun. */
let begun: string[];
let finishers: (() => void)[];

beforeEach(() => {
  queue = createFairQueue({ concurrency: 1, places: 4, refusal: () => new Error('no place') });
  begun = [];
  finishers = [];
});

/** 'served', or why not; the party is the first letter of the name. */
async function ask(name: string): Promise<string> {
  const work = () =>
    new Promise<void>((resolve) => {
      begun.push(name);
      finishers.push(resolve);
    });
  return queue.run(name[0]!, work).then(
    () => 'served',
    (error: Error) => error.message,
  );
}

async function finishAll(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    finishers.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('parties are served in turn, each in the order in which it asked', async () => {
  const answers = ['a1', 'a2', 'a3', 'b1', 'c1'].map(ask);
  await finishAll();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3']);
  expect(await Promise.all(answers)).toEqual(Array(5).fill('served'));
});

test('a crowd that fills every place makes room for somebody else, from its end', async () => {
  const crowd = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].map(ask);
  const others = ['b1', 'c1'].map(ask);
  await finishAll();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3']);
  expect(await Promise.all(crowd)).toEqual([
    'served',
    'served',
    'served',
    'no place',
    'no place',
    'no place',
  ]);
  expect(await Promise.all(others)).toEqual(['served', 'served']);
});

test('nobody loses a place to a party that has as many: a newcomer is refused when all have one', async () => {
  const waiting = ['x1', 'a1', 'b1', 'c1', 'd1'].map(ask);
  expect(await ask('e1')).toBe('no place');
  expect(await ask('a2')).toBe('no place');
  await finishAll();
  expect(await Promise.all(waiting)).toEqual(Array(5).fill('served'));
});

test('work that fails gives its turn on', async () => {
  const failing = queue.run('a', async () => {
    throw new Error('failed');
  });
  const next = ask('b1');
  await expect(failing).rejects.toThrow('failed');
  await finishAll();
  expect(await next).toBe('served');
});

test('no more than the agreed number work at once, and all of them do', async () => {
  queue = createFairQueue({ concurrency: 2, places: 4, refusal: () => new Error('no place') });
  const answers = ['a1', 'a2', 'a3'].map(ask);
  expect(begun).toEqual(['a1', 'a2']);
  await finishAll();
  expect(await Promise.all(answers)).toEqual(Array(3).fill('served'));
});
