/** `latchkey serve` with several workers, as an operator runs it, on a database of its own. */

import { type Database, openDatabase } from '../../src/database/database.js';
import { type RunningCommand, startCommand } from '../support/command.js';
import { createTestDatabase } from '../support/database.js';
import { BEHIND_PROXY } from '../support/networks.js';
import { SECRET_KEY } from '../support/server.js';
import { until } from '../support/until.js';

interface LogLine {
  level: string;
  pid: number;
  msg: string;
  method?: string;
  path?: string;
  status?: number;
  worker?: number;
  how?: string;
}

export interface Workers {
  url: string;
  running: RunningCommand;
  database: Database;
  databaseUrl: string;
  /** Everything logged so far, by all processes. */
  log(): LogLine[];
  /** The workers that have become ready, in this order; those that have ended included. */
  pids(): number[];
  /** The processes that have stopped in good order, in this order. */
  stopped(): number[];
  /** Waits until as many have become ready since the start. */
  untilReady(count: number): Promise<void>;
  /** Whatever is left of it. */
  stop(): Promise<void>;
}

/** A connection of its own for each request: the workers take turns by connections. */
export const onNewConnection: typeof fetch = (url, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set('connection', 'close');
  return fetch(url, { ...init, headers });
};

export async function startWorkers(environment: Record<string, string> = {}): Promise<Workers> {
  const own = await createTestDatabase();
  const running = startCommand(['serve'], {
    environment: {
      ...BEHIND_PROXY,
      DATABASE_URL: own.url,
      SECRET_KEY,
      PORT: '0',
      WEB_CONCURRENCY: '2',
      ...environment,
    },
  });
  const { written } = running;
  const log = () =>
    written.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine);
  const pidsThatSaid = (what: string) => log().flatMap(({ msg, pid }) => (msg === what ? [pid] : []));
  const pids = () => pidsThatSaid('ready');
  const untilReady = (count: number) => until(() => pids().length >= count);
  const address = () => /Latchkey is ready +(\S+)\//.exec(written.stderr)?.[1];
  await until(() => address() !== undefined || running.process.exitCode !== null);
  if (!address()) throw new Error(`the server did not start: ${written.stderr}`);
  await untilReady(2);
  const database = openDatabase(own.url, { poolSize: 2, preparedStatements: true });
  return {
    url: address()!,
    running,
    database,
    databaseUrl: own.url,
    log,
    pids,
    stopped: () => pidsThatSaid('stopped'),
    untilReady,
    async stop() {
      running.process.kill('SIGTERM');
      await running.ended;
      await database.close();
      await own.drop();
    },
  };
}
