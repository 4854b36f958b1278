/** A server as an operator runs it: `latchkey serve` in a process of its own, restarted by a supervisor when it dies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../../bench/contestants/server-process.js';
import { pause, waitUntil } from './pause.js';

export const MAIN = fileURLToPath(new URL('../../../src/main.js', import.meta.url));

export const SECRET_KEY = 'a secret key of the reliability suite, 32+';

export interface NodeOptions {
  /** Names its log file: node-NAME.log. */
  name: string;
  /** Missing: the embedded database, with DATA_DIR in `environment`. */
  databaseUrl?: string;
  /** Of the first node when there are several; http://localhost:PORT of this one when missing. */
  issuer?: string;
  port?: number;
  /** More of it, or other values. */
  environment?: Record<string, string>;
  /** Started again one second after it died by itself. Default true. */
  isSupervised?: boolean;
  /** Default true; otherwise the process has only been started. */
  waitUntilReady?: boolean;
  /** The compiled main.ts to run; that of this checkout by default. */
  main?: string;
}

export interface Death {
  at: number;
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ServerNode {
  name: string;
  port: number;
  issuer: string;
  logFile: string;
  /** Of the process that runs now; 0 between two lives. */
  pid(): number;
  /** How it ended, each time it did. */
  deaths: Death[];
  log(): string;
  /** By /readyz. */
  isReady(): Promise<boolean>;
  /** Resolves with the milliseconds it took. */
  waitUntilReady(patience?: number): Promise<number>;
  /** To the process, or with `group` to everything it has started as well. */
  signal(signal: NodeJS.Signals, to?: { group: boolean }): void;
  /** @param main another program from now on, such as that of another version */
  start(main?: string): void;
  /** SIGTERM, or another signal, and the end of it; the supervisor leaves it alone. */
  stop(signal?: NodeJS.Signals): Promise<Death & { seconds: number }>;
}

// Milliseconds.
const SUPERVISOR_PAUSE = 1_000;
const STOP_PATIENCE = 30_000;
const READY_PATIENCE = 60_000;
const PROBE_PATIENCE = 2_000;

const ENVIRONMENT = {
  HOST: '127.0.0.1',
  LOG_LEVEL: 'info',
  SECRET_KEY,
  // As `npm start` sets it: without it glibc keeps the 19 MB of each password that was checked.
  MALLOC_MMAP_THRESHOLD_: '1048576',
  // All load comes from one address.
  LOGIN_FAILURES_PER_NETWORK: '1000000',
  SIGNUPS_PER_NETWORK: '1000000',
};

async function isReady(port: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PROBE_PATIENCE);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

export async function openNode(folder: string, options: NodeOptions): Promise<ServerNode> {
  const { name, databaseUrl, isSupervised = true, environment = {} } = options;
  const port = options.port ?? (await findFreePort());
  const issuer = options.issuer ?? `http://localhost:${port}`;
  const logFile = join(folder, `node-${name}.log`);
  const deaths: Death[] = [];
  let child: ChildProcess | undefined;
  let isWanted = true;
  let main = options.main ?? MAIN;

  const start = (other = main): void => {
    main = other;
    const log = openSync(logFile, 'a');
    const { PATH = '', HOME = '' } = process.env;
    const database = databaseUrl ? { DATABASE_URL: databaseUrl } : {};
    const own = {
      PATH,
      HOME,
      ...ENVIRONMENT,
      PORT: String(port),
      ISSUER: issuer,
      DATA_DIR: folder,
      ...database,
    };
    const started = spawn(process.execPath, [main, 'serve'], {
      // Where no .env is read; in a group of its own, so that Ctrl-C reaches it through the rig.
      cwd: folder,
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...own, ...environment },
    });
    closeSync(log);
    child = started;
    isWanted = true;
    started.once('exit', (code, signal) => {
      // The next life may have begun before this one's end is told.
      if (child === started) child = undefined;
      deaths.push({ at: Date.now(), code, signal });
      if (isWanted && isSupervised) setTimeout(() => isWanted && start(), SUPERVISOR_PAUSE);
    });
  };

  const tail = () => readFileSync(logFile, 'utf8').slice(-2_000);

  const node: ServerNode = {
    name,
    port,
    issuer,
    logFile,
    deaths,
    pid: () => child?.pid ?? 0,
    log: () => readFileSync(logFile, 'utf8'),
    isReady: () => isReady(port),
    waitUntilReady: (patience = READY_PATIENCE) =>
      waitUntil(`node ${name} is ready`, () => isReady(port), { patience }).catch((error: Error) => {
        throw new Error(`${error.message}\n${tail()}`);
      }),
    signal(signal, { group } = { group: false }) {
      if (child?.pid) process.kill(group ? -child.pid : child.pid, signal);
    },
    start,
    async stop(signal = 'SIGTERM') {
      isWanted = false;
      const running = child;
      const begun = performance.now();
      if (running) {
        const ended = once(running, 'exit');
        running.kill(signal);
        await Promise.race([ended, pause(STOP_PATIENCE)]);
        if (running.exitCode === null && running.signalCode === null) {
          running.kill('SIGKILL');
          await ended;
        }
      }
      const last = deaths.at(-1) ?? { at: Date.now(), code: null, signal: null };
      return { ...last, seconds: (performance.now() - begun) / 1_000 };
    },
  };
  return node;
}
