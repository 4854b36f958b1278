/**
 * Concurrent requests share one statement: under load a round trip costs more CPU than anything else in a request, and
 * a statement about eight rows hardly more than one about a single row. Nothing is kept: a read begins after it was
 * asked for, and a write is answered after its commit.
 */
import DataLoader from 'dataloader';
import type { Database } from './database.js';

// Milliseconds: no more than a statement usually takes. One that hangs must not hold up the requests behind it.
const LONGEST_WAIT = 10;
// So that no statement becomes so long that it is felt by others.
const MOST_AT_ONCE = 100;

// SQLSTATE classes 22 (data), 23 (constraints) and 40 (deadlock): nothing was stored, and one of several may be the cause.
const CAUSED_BY_ONE = /^(22|23|40)...$/;

function mayBeCausedByOne(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CAUSED_BY_ONE.test(String(error.code));
}

/**
 * For a column that is in a list: `column = ${anyOf('$1::text[]')}`. A list that is hidden from the planner looks the
 * same each time, so that the statement is planned once; a bare `ANY($1)` is planned again for every list (0.35 ms of
 * the 0.42 that finding a refresh token then takes).
 */
export const anyOf = (list: string): string => `ANY(ARRAY(SELECT unnest(${list})))`;

/**
 * What is asked while the same is being asked for others waits until they have their answer, and then goes in one
 * statement together; when nothing is under way, it goes with whatever else arrived in the same turn of the event loop.
 * @param askAll one statement for all of them; its answers are in the order of what was asked
 * @returns asks for one; when a statement fails for what one of them asks, each is asked alone
 */
export function gathered<Asked, Answer>(
  askAll: (database: Database, asked: readonly Asked[]) => Promise<Answer[]>,
): (database: Database, asked: Asked) => Promise<Answer> {
  const loaders = new WeakMap<Database, DataLoader<Asked, Answer>>();
  return (database, asked) => {
    const known = loaders.get(database);
    const loader = known ?? createLoader((all) => askAll(database, all));
    if (!known) loaders.set(database, loader);
    return loader.load(asked);
  };
}

function createLoader<Asked, Answer>(
  askAll: (asked: readonly Asked[]) => Promise<Answer[]>,
): DataLoader<Asked, Answer> {
  let waiting: (() => void)[] = [];
  let underWay = 0;

  async function answer(asked: readonly Asked[]): Promise<(Answer | Error)[]> {
    underWay++;
    try {
      return await askAll(asked);
    } catch (error) {
      if (asked.length === 1 || !mayBeCausedByOne(error)) throw error;
      return await Promise.all(asked.map(askAlone));
    } finally {
      underWay--;
      const sending = waiting;
      waiting = [];
      for (const send of sending) send();
    }
  }

  /** An error is the answer of the one that caused it. */
  const askAlone = (one: Asked) =>
    askAll([one]).then(
      ([only]) => only as Answer,
      (error: Error) => error,
    );

  /** @param go sends what has been gathered by then */
  function schedule(go: () => void): void {
    if (!underWay) {
      setImmediate(go);
      return;
    }
    let isSent = false;
    const send = () => {
      if (isSent) return;
      isSent = true;
      clearTimeout(timer);
      go();
    };
    const timer = setTimeout(send, LONGEST_WAIT);
    waiting.push(send);
  }

  return new DataLoader(answer, { cache: false, maxBatchSize: MOST_AT_ONCE, batchScheduleFn: schedule });
}
