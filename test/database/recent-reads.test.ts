import { afterEach, expect, test } from '@jest/globals';
import { createRecentReads } from '../../src/database/recent-reads.js';
import { backToPresent, freezeAt } from '../support/clock.js';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const at = (milliseconds: number) => freezeAt(new Date(NOON + milliseconds));

afterEach(backToPresent);

/** A source that says how often it was read, and how often each key was. */
function countingReads(most = 10, elapsed?: () => number) {
  const recent = createRecentReads<string>(most, elapsed);
  const counts: Record<string, number> = {};
  const find = (key: string) =>
    recent.find(key, async () => {
      counts[key] = (counts[key] ?? 0) + 1;
      return `${key}${counts[key]}`;
    });
  return { recent, find };
}

test('those who ask at the same time share one read, and so do those of the 900 milliseconds after its beginning', async () => {
  const { find } = countingReads();
  at(0);
  expect(await Promise.all([find('a'), find('a'), find('b')])).toEqual(['a1', 'a1', 'b1']);
  at(899);
  expect(await find('a')).toBe('a1');
  at(900);
  expect(await find('a')).toBe('a2');
});

test('what is asked for after 600 milliseconds is read anew beforehand, and nobody waits for it', async () => {
  const { recent, find } = countingReads();
  at(0);
  await find('a');
  at(600);
  let finish: (value: string) => void = () => {};
  const slow = () => new Promise<string>((resolve) => (finish = resolve));
  expect(await recent.find('a', slow)).toBe('a1');
  expect(await find('a')).toBe('a1');
  finish('new');
  await Promise.resolve();
  at(1_499);
  expect(await find('a')).toBe('new');
});

test('a renewal that fails leaves what is known until its end; one that finds nothing ends it; a forgotten key is not brought back', async () => {
  const { recent, find } = countingReads();
  at(0);
  for (const key of ['a', 'b', 'c']) await find(key);
  at(700);
  await recent.find('a', () => Promise.reject(new Error('away')));
  await recent.find('b', async () => undefined);
  let finish: (value: string) => void = () => {};
  await recent.find('c', () => new Promise<string>((resolve) => (finish = resolve)));
  recent.forget('c');
  finish('revoked since');
  await new Promise(setImmediate);
  expect(await find('a')).toBe('a1');
  expect(await find('b')).toBe('b2');
  expect(await find('c')).toBe('c2');
  at(900);
  expect(await find('a')).toBe('a2');
});

test('a read that takes long counts from its beginning', async () => {
  const { recent, find } = countingReads();
  at(0);
  let finish: (value: string) => void = () => {};
  const slow = recent.find('a', () => new Promise((resolve) => (finish = resolve)));
  at(1_000);
  finish('old');
  expect(await slow).toBe('old');
  expect(await find('a')).toBe('a1');
});

test('a clock that is set back makes nothing live longer than that second', async () => {
  let elapsed = 0;
  const { find } = countingReads(10, () => elapsed);
  at(0);
  await find('a');
  // Set back from 899 to 100.
  at(100);
  elapsed = 899;
  expect(await find('a')).toBe('a1');
  elapsed = 900;
  expect(await find('a')).toBe('a2');
  at(99);
  expect(await find('a')).toBe('a3');
});

test('a machine that was asleep answers nothing from before', async () => {
  const { find } = countingReads(10, () => 0);
  at(0);
  await find('a');
  at(3_600_000);
  expect(await find('a')).toBe('a2');
});

test('what was not found, and a failure, are asked for again', async () => {
  const { recent, find } = countingReads();
  at(0);
  expect(await recent.find('a', async () => undefined)).toBeUndefined();
  expect(await find('a')).toBe('a1');
  await expect(recent.find('b', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await find('b')).toBe('b1');
});

test('what is forgotten while it is being read is read again', async () => {
  const { recent, find } = countingReads();
  at(0);
  const before = find('a');
  recent.forget('a');
  expect(await find('a')).toBe('a2');
  expect(await before).toBe('a1');
  expect(await find('a')).toBe('a2');
  recent.forgetAll();
  expect(await find('a')).toBe('a3');
});

test('when it is full, the oldest makes room', async () => {
  const { find } = countingReads(2);
  at(0);
  await find('a');
  await find('b');
  await find('c');
  expect(await find('b')).toBe('b1');
  expect(await find('a')).toBe('a2');
});
