/**
 * Work that waits for its turn, with a line of its own for each party (a network). The lines are served in turn, so
 * that nobody waits behind somebody else's crowd. When every place is taken, a newcomer gets that of the last in the
 * longest line: a crowd may fill all places, but only as long as nobody else wants one.
 */
interface Waiting {
  start(): Promise<void>;
  refuse(): void;
}

export interface FairQueue {
  /** @throws what `refusal` makes when there is no place for this party, or none any more */
  run<T>(party: string, work: () => Promise<T>): Promise<T>;
}

interface FairQueueOptions {
  /** How many work at the same time. */
  concurrency: number;
  /** How many may wait, all parties together. */
  places: number;
  refusal: () => Error;
}

export function createFairQueue({ concurrency, places, refusal }: FairQueueOptions): FairQueue {
  // In the order in which they are served; none is empty.
  const lines = new Map<string, Waiting[]>();
  let running = 0;
  let waiting = 0;

  function serveNext(): void {
    const [first] = lines;
    if (!first || running >= concurrency) return;
    const [party, line] = first;
    const next = line.shift();
    // The rest of the line goes behind the others.
    lines.delete(party);
    if (line.length) lines.set(party, line);
    waiting--;
    running++;
    void next?.start();
  }

  /** @returns false when it would have to be taken from somebody who has no more than this party */
  function makePlace(party: string): boolean {
    if (waiting < places) return true;
    const longest = [...lines.values()].reduce((a, b) => (b.length > a.length ? b : a));
    if (longest.length <= (lines.get(party)?.length ?? 0) + 1) return false;
    longest.pop()?.refuse();
    waiting--;
    return true;
  }

  return {
    run: <T>(party: string, work: () => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        if (!makePlace(party)) return reject(refusal());
        const start = async (): Promise<void> => {
          try {
            resolve(await work());
          } catch (error) {
            reject(error);
          } finally {
            running--;
            serveNext();
          }
        };
        lines.set(party, [...(lines.get(party) ?? []), { start, refuse: () => reject(refusal()) }]);
        waiting++;
        serveNext();
      }),
  };
}
