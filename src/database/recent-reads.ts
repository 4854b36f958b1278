/**
 * What was read from the database less than a second ago, for what every request asks about. Nothing is answered from
 * here that was read longer ago, so a change obeys on every node within that second. Reads of the same key at the same
 * time are one. What was not found is not kept, so that strangers cannot fill the memory.
 */

// Milliseconds: the second that is promised, less what a busy node may take until its answer is out.
const FRESH_FOR = 900;

interface Read<Value> {
  begunAt: number;
  value: Promise<Value | undefined>;
}

export interface RecentReads<Value> {
  find(key: string, read: () => Promise<Value | undefined>): Promise<Value | undefined>;
  forget(key: string): void;
  forgetAll(): void;
}

/** @param most how many are kept; beyond that the oldest make room */
export function createRecentReads<Value>(most: number): RecentReads<Value> {
  // In the order in which they were begun.
  const reads = new Map<string, Read<Value>>();

  // Both ways: a clock that is set back must not make anything live longer.
  const isFresh = ({ begunAt }: Read<Value>, now: number) => Math.abs(now - begunAt) < FRESH_FOR;

  function makeRoom(now: number): void {
    for (const [key, read] of reads) {
      if (reads.size < most && isFresh(read, now)) return;
      reads.delete(key);
    }
  }

  return {
    find(key, read) {
      const now = Date.now();
      const known = reads.get(key);
      if (known && isFresh(known, now)) return known.value;
      reads.delete(key);
      makeRoom(now);
      const begun = { begunAt: now, value: read() };
      reads.set(key, begun);
      const drop = () => reads.get(key) === begun && reads.delete(key);
      begun.value.then((found) => found ?? drop(), drop);
      return begun.value;
    },
    forget: (key) => reads.delete(key),
    forgetAll: () => reads.clear(),
  };
}
