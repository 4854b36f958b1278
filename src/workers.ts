/**
 * Several processes under one port, by node:cluster. This is the first process, which serves nobody itself:
 *
 *  - start: it finds the port, reads the secret key and starts the embedded database, where there is one, then forks one
 *    worker (src/cli/worker.ts). That one prepares the tables, and only when it serves are the others forked: what is
 *    wrong is found, and told, once.
 *  - run: it accepts the connections and hands them to the workers in turn. A worker that ends is replaced: at once, and
 *    more and more slowly while they end as soon as they have started.
 *  - replacement (SIGUSR2): for each worker a new one, and only when that one serves the old one leaves.
 *  - stop: it tells the workers to leave by SIGTERM, kills those that have not after their time, then stops the embedded
 *    database. When it dies itself, the workers see their channel to it closed, and leave; the port is free at once.
 *
 * The workers share nothing but the database, where tokens, sessions and throttles are counted for all of them. They
 * are given the key and the URL of the database by the environment, as an operator would.
 */
import cluster, { type Worker } from 'node:cluster';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from './config/config.js';
import { openDatabase } from './database/database.js';
import { listen } from './http/listener.js';
import type { Logger } from './logging/log.js';
import { localUrl, type RunningServer, type ServeOptions, startStorage, withPort } from './serve.js';

/** What a worker sends when it serves. */
export const READY = 'ready';
/** What a worker is sent when another has taken its place. */
export const REPLACED = 'replaced';

/** Why there is no server, in a sentence. */
export class WorkersError extends Error {}

export interface RunningWorkers extends RunningServer {
  /** Puts a new worker in the place of each, one after the other; no connection is refused meanwhile. */
  replaceWorkers(): Promise<void>;
}

// Milliseconds. Who has served that long did not end because of how it was started.
const LONG_ENOUGH = 10_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
// For what a worker closes when its requests are finished or cut: no more than its connections.
const CLOSING_TIME = 3_000;

/** One worker from its fork to its end. */
interface Member {
  pid: number | undefined;
  begun: number;
  /** How many before it, in a row, ended soon after their start. */
  earlyEnds: number;
  /** Its place is taken by another already. */
  isLeaving: boolean;
  /** False when it ended before it served. */
  isReady: Promise<boolean>;
  /** Settles with how: 'exit code 1', 'SIGKILL'. */
  ended: Promise<string>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Tells it that another has taken its place. */
  dismiss(): void;
}

function follow(worker: Worker, earlyEnds: number): Member {
  const ended = new Promise<string>((resolve) => {
    worker.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    // Without a process there is no exit. Any other error is a message to one that has just ended.
    worker.on('error', (error) => {
      if (worker.process.pid === undefined) resolve(error.message);
    });
  });
  const isReady = new Promise<boolean>((resolve) => {
    worker.once('message', () => resolve(true));
    void ended.then(() => resolve(false));
  });
  const { pid } = worker.process;
  const kill = (signal: 'SIGTERM' | 'SIGKILL') => void worker.process.kill(signal);
  const member: Member = {
    pid,
    begun: Date.now(),
    earlyEnds,
    isLeaving: false,
    isReady,
    ended,
    kill,
    dismiss() {
      member.isLeaving = true;
      worker.send(REPLACED);
    },
  };
  return member;
}

const pauseAfter = (earlyEnds: number) =>
  earlyEnds === 0 ? 0 : Math.min(FIRST_PAUSE * 2 ** (earlyEnds - 1), LONGEST_PAUSE);

interface CrewOptions {
  size: number;
  environment: Record<string, string>;
  log: Logger;
}

/** The workers: as many as there should be, from the start to the stop. */
function createCrew({ size, environment, log }: CrewOptions) {
  const members = new Set<Member>();
  let isComplete = false;
  let isStopping = false;
  let replacing: Promise<void> | undefined;

  const add = (earlyEnds = 0): Member => {
    const member = follow(cluster.fork(environment), earlyEnds);
    members.add(member);
    void attend(member);
    return member;
  };

  const fill = (earlyEnds = 0): void => {
    while (!isStopping && members.size < size) add(earlyEnds);
  };

  const attend = async (member: Member): Promise<void> => {
    const how = await member.ended;
    members.delete(member);
    if (isStopping || !isComplete) return;
    if (member.isLeaving) return fill();
    const isEarly = Date.now() - member.begun < LONG_ENOUGH;
    const earlyEnds = isEarly ? member.earlyEnds + 1 : 0;
    const wait = pauseAfter(earlyEnds);
    log.error({ worker: member.pid, how, nextInMs: wait }, 'a worker has ended');
    await pause(wait);
    fill(earlyEnds);
  };

  const replaceEach = async (): Promise<void> => {
    log.info('replacing the workers');
    for (const old of [...members]) {
      if (isStopping) return;
      if (!(await add().isReady)) {
        log.error('the new worker did not come up; the old ones stay');
        return;
      }
      old.dismiss();
      await old.ended;
    }
    log.info('the workers are replaced');
  };

  return {
    /** Settles once the first of them serves. @throws WorkersError when it ends before */
    async start(): Promise<void> {
      const first = add();
      if (await first.isReady) {
        isComplete = true;
        fill();
      } else if (!isStopping) {
        // It has written the reason itself, to the same stderr.
        throw new WorkersError(`The first worker ended before it could serve (${await first.ended}).`);
      }
    },
    replace(): Promise<void> {
      replacing ??= replaceEach().finally(() => {
        replacing = undefined;
      });
      return replacing;
    },
    /** @param patience milliseconds until those that have not left are killed */
    async stop(patience: number): Promise<void> {
      isStopping = true;
      for (const member of members) member.kill('SIGTERM');
      const killLate = setTimeout(() => {
        for (const member of members) {
          log.warn({ worker: member.pid }, 'a worker did not stop in time and is killed');
          member.kill('SIGKILL');
        }
      }, patience);
      await Promise.all([...members].map(({ ended }) => ended));
      clearTimeout(killLate);
    },
  };
}

/**
 * The port all workers ask for, those to come included, also when the operator asked for any. A port that cannot be had
 * is refused here, before anything is started.
 */
async function findPort(config: Config): Promise<number> {
  const listener = await listen((_, response) => response.destroy(), config);
  await listener.drain(0);
  return listener.port;
}

/** @throws as startServer does; what the first worker cannot do rejects `ready` */
export async function startWorkers(config: Config, options: ServeOptions): Promise<RunningWorkers> {
  const { log } = options;
  const running = withPort(config, await findPort(config));
  const { secretKey, url, embedded } = await startStorage(running, options);
  // For the link to the first superuser, and for whoever holds this server.
  const database = openDatabase(url, {
    poolSize: 1,
    preparedStatements: config.databasePreparedStatements,
  });
  // With `latchkey worker` in place of `latchkey serve`.
  cluster.setupPrimary({ args: ['worker'] });
  const environment = { PORT: String(running.port), DATABASE_URL: url, SECRET_KEY: secretKey };
  const crew = createCrew({ size: config.workers, environment, log });
  const ready = crew.start();
  // Whoever awaits it hears of a failure; nobody has to.
  ready.catch(() => {});
  return {
    url: localUrl(running),
    port: running.port,
    config: running,
    database,
    ready,
    replaceWorkers: crew.replace,
    async stop() {
      await crew.stop(config.shutdownTimeout * 1000 + CLOSING_TIME);
      await database.close();
      await embedded?.stop();
    },
  };
}
