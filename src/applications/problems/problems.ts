/**
 * Writes refused requests down for the owners of their applications. Nobody waits for it: a request is noted in memory,
 * and after its answer its cause is looked for and a row written. What is noted is bounded (limits.ts), and written
 * before the server stops.
 */
import type { Config } from '../../config/config.js';
import type { Database } from '../../database/database.js';
import { isDatabaseOutOfReach } from '../../database/out-of-reach.js';
import type { Logger } from '../../logging/log.js';
import type { Activity } from '../activity/activity.js';
import type { Application } from '../application.js';
import type { Refused, Seen } from './cause.js';
import { recogniseCause } from './causes/index.js';
import { findWhose } from './find-whose.js';
import { createLimits } from './limits.js';
import { createLook } from './look.js';
import { storeRequest, storeUserAgent, withoutSecrets } from './redact.js';
import { type SentRequest, sentClientId } from './sent-request.js';
import { addLeftOut, insertRefusedRequests, type RefusedRequest } from './store.js';

export interface Noted {
  sent: SentRequest;
  refused: Refused;
  /** The client the engine has found, whether it proved itself or not. */
  known: Application | undefined;
}

export interface Problems {
  note(noted: Noted): void;
  /** Returns once everything noted so far is written. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const MOST_WAITING = 500;
// Each is some look-ups, on connections that requests need as well.
const BATCH = 5;
// Milliseconds between two writings of how many were left out.
const COUNTS_APART = 5_000;

export interface ProblemsDeps {
  activity: Activity;
  config: Config;
  database: Database;
  log: Logger;
}

export function createProblems(deps: ProblemsDeps): Problems {
  const { activity, database, log } = deps;
  const limits = createLimits();
  const waiting: Noted[] = [];
  /** By application: the last row that was kept, and how many requests came after it that were not. */
  const leftOut = new Map<number, { after: string; count: number }>();
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function countLeftOut(applicationId: number): void {
    const last = leftOut.get(applicationId);
    if (!last) return;
    last.count++;
    timer ??= setTimeout(() => void writeCounts(), COUNTS_APART).unref();
  }

  async function writeCounts(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const counts = [...leftOut.values()].filter(({ count }) => count > 0);
    for (const last of counts) {
      const { count } = last;
      last.count = 0;
      await addLeftOut(database.knex, last.after, count).catch((err) =>
        log.warn({ err }, 'could not write down how many refused requests were left out'),
      );
    }
  }

  async function describe(noted: Noted): Promise<Omit<RefusedRequest, 'leftOut'> | undefined> {
    const { sent } = noted;
    const look = createLook(database, sent);
    const whose = await findWhose({ database, look, ...noted });
    if (!whose) return undefined;
    const { application } = whose;
    activity.count(application.id, 'refused');
    if (!limits.mayKeep(application.id, sent.at)) {
      countLeftOut(application.id);
      return undefined;
    }
    const { requestId } = sent;
    const { error } = noted.refused;
    // What is refused before that, the engine notes as a step of its sign-in.
    if (sent.endpoint === 'token')
      activity.note({ applicationId: application.id, step: 'refused', requestId, details: { error } });
    const seen: Seen = { ...noted, ...whose, look, config: deps.config };
    const { cause, facts } = await recogniseCause(seen);
    const kept = {
      userAgent: storeUserAgent(sent.userAgent),
      request: storeRequest(sent, application),
      facts,
    };
    return {
      requestId: sent.requestId,
      applicationId: application.id,
      at: sent.at,
      endpoint: sent.endpoint,
      error: noted.refused.error,
      cause: cause.name,
      network: sent.network,
      ...withoutSecrets(kept, sent, application),
    };
  }

  /** What of a request cannot be described must not cost others theirs. @throws Error when the database is away */
  async function describeOrDrop(noted: Noted): ReturnType<typeof describe> {
    try {
      return await describe(noted);
    } catch (err) {
      if (isDatabaseOutOfReach(err)) throw err;
      log.error({ err, requestId: noted.sent.requestId }, 'could not say why a request was refused');
      return undefined;
    }
  }

  async function writeWaiting(): Promise<void> {
    while (waiting.length) {
      const batch = waiting.splice(0, BATCH);
      try {
        const described = await Promise.all(batch.map(describeOrDrop));
        const rows = described.filter((row) => row !== undefined);
        if (rows.length) await insertRefusedRequests(database.knex, rows);
        for (const { applicationId, requestId } of rows) {
          const count = leftOut.get(applicationId)?.count ?? 0;
          leftOut.set(applicationId, { after: requestId, count });
        }
      } catch (err) {
        // Those that wait would wait for the same database, and nobody for them.
        const count = batch.length + waiting.splice(0).length;
        log.warn({ err, count }, 'could not write down why requests were refused');
      }
    }
  }

  function start(): Promise<void> {
    running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(writeWaiting).finally(() => {
      running = undefined;
    });
    return running;
  }

  async function flush(): Promise<void> {
    while (waiting.length || running) await start();
    await writeCounts();
  }

  return {
    note(noted) {
      const { sent, refused, known } = noted;
      const kind = `${refused.error} ${sent.endpoint} ${sent.network}`;
      const isRoom = waiting.length < MOST_WAITING;
      const client = known?.clientId ?? sentClientId(sent)?.slice(0, 100) ?? '';
      if (!isRoom || !limits.mayLookAt({ client, isKnown: known !== undefined, kind, at: sent.at })) {
        if (known) countLeftOut(known.id);
        return;
      }
      waiting.push(noted);
      void start();
    },
    flush,
    close: flush,
  };
}
