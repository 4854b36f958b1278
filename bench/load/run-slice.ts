import { performance } from 'node:perf_hooks';
import type { Slice, SliceResult } from '../target.js';
import { operations, type Visitor } from './operations.js';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * When each visitor begins its operations: as soon as the last is over, or at a fixed rate, evenly interleaved.
 * @returns waits for the next turn, and answers when it was due: who had to wait for a slow answer before has waited for it
 *   too, so that a moment of standstill counts for all that fell into it
 */
function waitForTurn(rate: number | undefined, visitors: number, index: number, begun: number) {
  if (!rate) return () => Promise.resolve(performance.now());
  const interval = (visitors / rate) * 1000;
  let next = begun + (interval * index) / visitors;
  return async () => {
    const due = next;
    next += interval;
    const wait = due - performance.now();
    // Timers are only as fine as a millisecond, by which the server must not seem slower.
    if (wait <= 0) return due;
    await pause(wait);
    return performance.now();
  };
}

/** @throws WrongAnswer, once every operation that was under way is over */
export async function runSlice(visitors: Visitor[], { operation, end, rate }: Slice): Promise<SliceResult> {
  const begin = operations[operation];
  const latencies: number[] = [];
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const deadline = 'seconds' in end ? begun + end.seconds * 1000 : Number.POSITIVE_INFINITY;
  let left = 'operations' in end ? end.operations : Number.POSITIVE_INFINITY;

  const visit = async (visitor: Visitor, index: number): Promise<void> => {
    const turn = waitForTurn(rate, visitors.length, index, begun);
    for (let due = await turn(); performance.now() < deadline && left > 0; due = await turn()) {
      left--;
      await begin(visitor);
      latencies.push(performance.now() - due);
      visitor.done++;
    }
  };

  const settled = await Promise.allSettled(visitors.map(visit));
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    operations: latencies.length,
    seconds: (performance.now() - begun) / 1000,
    latencies: Float64Array.from(latencies),
    cpuSeconds: (user + system) / 1e6,
  };
}
