import { performance } from 'node:perf_hooks';
import type { Slice, SliceResult } from '../target.js';
import { operations, type Visitor } from './operations.js';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** When each visitor begins its operations: as soon as the last is over, or at a fixed rate, evenly interleaved. */
function waitForTurn(rate: number | undefined, visitors: number, index: number, begun: number) {
  if (!rate) return () => Promise.resolve();
  const interval = (visitors / rate) * 1000;
  let next = begun + (interval * index) / visitors;
  return async () => {
    const wait = next - performance.now();
    // One that is late goes on at once, but owes nothing: a server at half load catches up.
    next = Math.max(next, performance.now()) + interval;
    if (wait > 0) await pause(wait);
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
    await turn();
    for (; performance.now() < deadline && left > 0; await turn()) {
      left--;
      const started = performance.now();
      await begin(visitor);
      latencies.push(performance.now() - started);
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
