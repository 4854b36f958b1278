/**
 * How many refused requests are written down. Whoever knows a client id can be refused as often as they like, so that
 * beyond some a minute they are only counted; of one kind from one network there are even fewer, so that the mistake
 * of a developer is still seen while somebody else makes noise.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Per process. At the worst a week of one application is some 50,000 rows, and of the whole process ten times that. */
const PER_APPLICATION = { minute: 30, hour: 300 };
const PER_KIND = 10;
/** What an application that is right is told as well: while a device waits for its person, and when it asks in silence. */
const USUAL_ANSWERS = ['authorization_pending', 'login_required'];
const PER_PROCESS = { minute: 300, hour: 3_000 };
/** Of those that name no client there is: each costs some look-ups to find out whose it may be. */
const UNKNOWN_PER_MINUTE = 60;

interface Counter {
  hasRoom(key: string, now: number, most?: number): boolean;
  count(key: string, now: number): void;
}

/** Counts by key within windows of a length. */
function createCounter(length: number, usual: number): Counter {
  const windows = new Map<string, { start: number; count: number }>();
  let tidied = 0;
  const isOver = (start: number, now: number) => Math.abs(now - start) >= length;

  /** Forgets what is over, once in each length. */
  function tidy(now: number): void {
    if (!isOver(tidied, now)) return;
    tidied = now;
    for (const [key, { start }] of windows) if (isOver(start, now)) windows.delete(key);
  }

  return {
    hasRoom(key, now, most = usual) {
      const window = windows.get(key);
      return !window || isOver(window.start, now) || window.count < most;
    },
    count(key, now) {
      tidy(now);
      const window = windows.get(key);
      if (window && !isOver(window.start, now)) window.count++;
      else windows.set(key, { start: now, count: 1 });
    },
  };
}

export interface Limits {
  /**
   * Before anything is looked up.
   * @param client its id, as it was sent when the engine knows none
   * @param kind what makes requests alike, such as their error and network
   */
  mayLookAt(request: { client: string; isKnown: boolean; kind: string; at: Date }): boolean;
  /** Once it is known whose it is. */
  mayKeep(applicationId: number, at: Date): boolean;
}

export function createLimits(): Limits {
  const process = [createCounter(MINUTE, PER_PROCESS.minute), createCounter(HOUR, PER_PROCESS.hour)];
  const unknown = [createCounter(MINUTE, UNKNOWN_PER_MINUTE)];
  const kinds = createCounter(MINUTE, PER_KIND);
  const applications = [
    createCounter(MINUTE, PER_APPLICATION.minute),
    createCounter(HOUR, PER_APPLICATION.hour),
  ];

  /** Counts in all of them, or in none. */
  function take(counters: Counter[], key: string, now: number): boolean {
    if (!counters.every((counter) => counter.hasRoom(key, now))) return false;
    for (const counter of counters) counter.count(key, now);
    return true;
  }

  return {
    mayLookAt({ client, isKnown, kind, at }) {
      const now = at.getTime();
      const key = `${client} ${kind}`;
      const most = USUAL_ANSWERS.some((error) => kind.startsWith(error)) ? 1 : PER_KIND;
      if (!kinds.hasRoom(key, now, most) || !take(isKnown ? process : [...process, ...unknown], '', now))
        return false;
      // Last, so that there are no more keys than requests that were looked at.
      kinds.count(key, now);
      return true;
    },
    mayKeep: (id, at) => take(applications, String(id), at.getTime()),
  };
}
