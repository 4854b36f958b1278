/**
 * What was read from the database less than a second ago, for what every request asks about. Nothing is answered from
 * here that was read longer ago, so a change obeys on every node within that second. Reads of the same key at the same
 * time are one. What was not found is not kept, so that strangers cannot fill the memory.
 */

// Milliseconds: the second that is promised, less what a busy node may take until its answer is out.
const FRESH_FOR = 900;
// From this age on it is read anew beforehand, while what is known still answers: what is asked for all the time never waits.
const RENEW_AFTER = 600;

interface Read<Value> {
  begunAt: Moment;
  value: Promise<Value | undefined>;
  isBeingRenewed?: true;
}

/** By both clocks: that of the day may be set back, and the other one knows nothing of a machine that was asleep. */
interface Moment {
  date: number;
  elapsed: number;
}

export interface RecentReads<Value> {
  find(key: string, read: () => Promise<Value | undefined>): Promise<Value | undefined>;
  forget(key: string): void;
  forgetAll(): void;
}

/**
 * @param most how many are kept; beyond that the oldest make room
 * @param elapsed milliseconds of a clock that is never set
 */
export function createRecentReads<Value>(
  most: number,
  elapsed = () => performance.now(),
): RecentReads<Value> {
  // In the order in which they were begun.
  const reads = new Map<string, Read<Value>>();

  const ageOf = ({ begunAt }: Read<Value>, now: Moment): number => {
    const byDate = now.date - begunAt.date;
    return byDate < 0 ? Number.POSITIVE_INFINITY : Math.max(byDate, now.elapsed - begunAt.elapsed);
  };
  const isFresh = (read: Read<Value>, now: Moment) => ageOf(read, now) < FRESH_FOR;

  function makeRoom(now: Moment): void {
    for (const [key, read] of reads) {
      if (reads.size < most && isFresh(read, now)) return;
      reads.delete(key);
    }
  }

  /** What is forgotten, or found to be gone, meanwhile stays so; after a failure what is known lasts until its own end. */
  async function renew(key: string, known: Read<Value>, read: () => Promise<Value | undefined>, now: Moment) {
    known.isBeingRenewed = true;
    try {
      const value = await read();
      if (reads.get(key) !== known) return;
      reads.delete(key);
      if (value !== undefined) reads.set(key, { begunAt: now, value: Promise.resolve(value) });
    } catch {
      // Whoever asks after its end hears of it.
    }
  }

  return {
    find(key, read) {
      const now = { date: Date.now(), elapsed: elapsed() };
      const known = reads.get(key);
      if (known && isFresh(known, now)) {
        if (ageOf(known, now) >= RENEW_AFTER && !known.isBeingRenewed) void renew(key, known, read, now);
        return known.value;
      }
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
