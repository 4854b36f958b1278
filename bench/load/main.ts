/** The load generator: a process of its own, told by its parent what to do, one request at a time. */
import type { LoadAnswer, LoadRequest, Target } from '../target.js';
import { openClient } from './http-client.js';
import { type Visitor, WrongAnswer } from './operations.js';
import { runSlice } from './run-slice.js';

const visitorsOf = new Map<string, Visitor[]>();

function prepare(target: Target): void {
  const visitors = target.people.map((person) => ({
    http: openClient(target.origin),
    target,
    person,
    done: 0,
  }));
  visitorsOf.set(target.name, visitors);
}

async function answer(request: LoadRequest): Promise<LoadAnswer> {
  try {
    if ('run' in request)
      return { result: await runSlice(visitorsOf.get(request.run.target) ?? [], request.run) };
    prepare(request.prepare);
    return { prepared: true };
  } catch (error) {
    const { message } = error as Error;
    return error instanceof WrongAnswer ? { wrongAnswer: message } : { failure: message };
  }
}

process.on('message', async (request: LoadRequest) => {
  process.send?.(await answer(request));
});
// The parent is gone, whatever became of it.
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole group; the parent ends this process when it has cleaned up.
process.on('SIGINT', () => {});
