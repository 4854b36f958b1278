/** Moves the clock of the whole process, the server's included, instead of sleeping. Only Date moves: timers stay real. */
import { jest } from '@jest/globals';

const REAL = [
  'cancelAnimationFrame',
  'cancelIdleCallback',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'requestAnimationFrame',
  'requestIdleCallback',
  'setImmediate',
  'setInterval',
  'setTimeout',
] as const;

/** From now on the clock goes on from this many seconds later (or earlier). */
export function travel(seconds: number): void {
  jest.useFakeTimers({ now: Date.now() + seconds * 1000, doNotFake: [...REAL], advanceTimers: true });
}

/** The clock stands still at this moment. */
export function freezeAt(moment: Date): void {
  jest.useFakeTimers({ now: moment, doNotFake: [...REAL] });
}

export function backToPresent(): void {
  jest.useRealTimers();
}
