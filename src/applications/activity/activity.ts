/**
 * What happens at the applications: counted, and the steps of sign-ins noted for whoever watches. Requests only leave a word
 * in memory; once a second all of it is written down together. A process that is killed loses the last second of it, which
 * is why nothing is decided by these numbers.
 */
import type { Database } from '../../database/database.js';
import type { Logger } from '../../logging/log.js';
import { type Counted, insertSteps, type NewStep, upsertCounters } from './store.js';

/** What is counted by day. */
export const COUNTERS = {
  sign_in: 'Sign-ins',
  token: 'Access tokens',
  refresh: 'Refreshes',
  refresh_repeated: 'Harmless double refreshes',
  refresh_reused: 'Reuse of refresh tokens',
  refused: 'Refused requests',
} as const;
export type Counter = keyof typeof COUNTERS;

export type Step =
  | 'login_page'
  | 'signed_in'
  | 'consent_page'
  | 'allowed'
  | 'code_sent'
  | 'tokens'
  | 'refused';

export interface NotedStep {
  applicationId: number;
  step: Step;
  /** Of the sign-in that is in progress. */
  flow?: string | undefined;
  /** Of the sign-in that is done. */
  grantId?: string | undefined;
  requestId: string;
  /** Scopes, the redirect URI, an error code: nothing that is secret, and nothing about the person. */
  details?: Record<string, unknown>;
}

export interface Activity {
  count(applicationId: number, counter: Counter): void;
  note(step: NotedStep): void;
  /** Writes down what there is. */
  flush(): Promise<void>;
  /** The last flush; nothing is written down afterwards. */
  stop(): Promise<void>;
}

// Milliseconds.
const FLUSH_EVERY = 1_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
const STEPS_KEPT = DAY;
const COUNTERS_KEPT = 90 * DAY;

/** In a minute and process, for one application: enough for a developer, and nothing beside what a busy application does. */
const MOST_STEPS = 120;

export function createActivity(database: Database, log: Logger): Activity {
  let counted = new Map<string, Counted>();
  let steps: NewStep[] = [];
  let minute = 0;
  let stepsOf = new Map<number, number>();
  let flushing = Promise.resolve();

  function count(applicationId: number, name: Counter): void {
    const at = new Date();
    const key = `${applicationId} ${name}`;
    const known = counted.get(key);
    if (!known)
      counted.set(key, {
        applicationId,
        name,
        count: 1,
        at,
        expiresAt: new Date(at.getTime() + COUNTERS_KEPT),
      });
    else {
      known.count += 1;
      known.at = at;
    }
  }

  function mayNote(applicationId: number, now: number): boolean {
    const present = Math.floor(now / MINUTE);
    if (present !== minute) {
      minute = present;
      stepsOf = new Map();
    }
    const before = stepsOf.get(applicationId) ?? 0;
    stepsOf.set(applicationId, before + 1);
    return before < MOST_STEPS;
  }

  async function write(): Promise<void> {
    const [numbers, noted] = [[...counted.values()], steps];
    counted = new Map();
    steps = [];
    try {
      if (numbers.length) await upsertCounters(database.knex, numbers);
      if (noted.length) await insertSteps(database.knex, noted);
    } catch (err) {
      log.warn({ err }, 'could not write down what happened at the applications');
    }
  }

  const flush = (): Promise<void> => {
    flushing = flushing.then(write);
    return flushing;
  };
  const timer = setInterval(() => {
    if (counted.size || steps.length) void flush();
  }, FLUSH_EVERY);
  timer.unref();

  return {
    count,
    note({ applicationId, step, flow, grantId, requestId, details = {} }) {
      const at = new Date();
      if (!mayNote(applicationId, at.getTime())) return;
      const expiresAt = new Date(at.getTime() + STEPS_KEPT);
      steps.push({ applicationId, at, step, flow, grantId, requestId, details, expiresAt });
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
