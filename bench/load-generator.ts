import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadAnswer, LoadRequest, Slice, SliceResult, Target } from './target.js';

const PROGRAM = fileURLToPath(new URL('load/main.js', import.meta.url));

/** An operation was answered wrongly: the one reason for which a benchmark fails. */
export class BenchFailure extends Error {}

export interface LoadGenerator {
  pid: number;
  prepare(target: Target): Promise<void>;
  /** @throws BenchFailure naming the server and the operation */
  run(slice: Slice): Promise<SliceResult>;
  stop(): void;
}

export function startLoadGenerator(): LoadGenerator {
  // 'advanced' hands the latencies over as they are instead of as JSON.
  const child = fork(PROGRAM, { serialization: 'advanced' });

  function ask(request: LoadRequest): Promise<LoadAnswer> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('The load generator has ended.'));
      child.once('exit', onExit);
      child.once('message', (answer) => {
        child.off('exit', onExit);
        resolve(answer as LoadAnswer);
      });
      child.send(request);
    });
  }

  return {
    pid: child.pid ?? 0,
    async prepare(target) {
      const answer = await ask({ prepare: target });
      if (!('prepared' in answer)) throw new Error(`The load generator refuses ${target.name}.`);
    },
    async run(slice) {
      const answer = await ask({ run: slice });
      if ('result' in answer) return answer.result;
      const what =
        'wrongAnswer' in answer ? `was answered wrongly, ${answer.wrongAnswer}` : JSON.stringify(answer);
      throw new BenchFailure(`${slice.operation} at ${slice.target} ${what}`);
    },
    stop: () => child.disconnect(),
  };
}
