/**
 * The embedded database: real PostgreSQL, started with the first process that needs it and stopped by the last one
 * that leaves. Servers and commands with the same DATA_DIR share it. Each holds one connection open for as long as it
 * runs; by those connections they see each other, and by losing its own a server notices that PostgreSQL has died and
 * starts it again.
 */
import { isAbsolute } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import {
  type Cluster,
  checkVersion,
  choosePort,
  DATABASE_USER,
  findPostmaster,
  initialize,
  isInitialized,
  startPostgres,
  stopPostgres,
} from './embedded-cluster.js';
import { findLocation, type Location, openFolder, rememberPort } from './embedded-location.js';
import { EmbeddedDatabaseError, findPrograms } from './embedded-programs.js';

export { EmbeddedDatabaseError } from './embedded-programs.js';

export interface EmbeddedDatabase {
  url: string;
  /** Where its data and its log are. */
  folder: string;
  /** Closes our own connections first; stops PostgreSQL unless somebody else is still connected. */
  stop(): Promise<void>;
}

export interface EmbeddedDatabaseOptions {
  dataDir: string;
  /** Told what takes time, in a line. */
  onProgress?: (line: string) => void;
  /** Told what went wrong, and was put right, after the start. */
  onProblem?: (line: string) => void;
  /** Default true; see Cluster. */
  isDurable?: boolean;
}

const DATABASE = 'latchkey';
const PRESENT = 'latchkey present';
const LEAVING = 'latchkey leaving';
// Any number; processes that leave at the same time do so one after the other.
const LEAVING_LOCK = 7_215_001;

// Milliseconds.
const POLL = 100;
const START_PATIENCE = 300_000;
// Failures to start in a row, after which it is not because of other processes that start and stop it.
const START_TRIES = 5;
const LEAVING_PATIENCE = 2_000;
const FIRST_RESTART_PAUSE = 500;
const LONGEST_RESTART_PAUSE = 15_000;

/** Ends early when the signal is aborted. */
const pause = (milliseconds: number, signal?: AbortSignal) =>
  setTimeout(milliseconds, undefined, { signal }).catch(() => {});

const urlOf = (location: Location, port: number, database: string) =>
  `postgres://${DATABASE_USER}:${location.password}@127.0.0.1:${port}/${database}`;

/** PostgreSQL is there but takes no connections at the moment (starting, stopping), or is no longer there. */
function isPassing(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? '';
  const isCut = (error as Error).message.includes('Connection terminated');
  return isCut || ['57P03', '57P01', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(code);
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: PRESENT, keepAlive: true });
  // Without a listener a lost connection would end the process; what it means is told by 'end'.
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function createDatabase(location: Location, port: number): Promise<void> {
  const client = await connect(urlOf(location, port, 'postgres'));
  await client
    .query(`CREATE DATABASE ${DATABASE}`)
    // Somebody else has just made it.
    .catch((error: { code?: string }) => {
      if (!['42P04', '23505'].includes(error.code ?? '')) throw error;
    })
    .finally(() => client.end());
}

/** One try to get in. Undefined when the time is not ripe. */
async function tryToConnect(location: Location, port: number): Promise<pg.Client | undefined> {
  try {
    return await connect(urlOf(location, port, DATABASE));
  } catch (error) {
    if (isPassing(error)) return undefined;
    const { code, message } = error as { code?: string; message: string };
    if (code === '28P01') {
      throw new EmbeddedDatabaseError(
        `The database in ${location.folder} was made for a data folder that is gone: its password is not in this one. Restore the old data folder, or remove ${location.folder} to start over.`,
        error,
      );
    }
    if (code !== '3D000')
      throw new EmbeddedDatabaseError(`The embedded PostgreSQL refuses us: ${message}.`, error);
    await createDatabase(location, port);
    return undefined;
  }
}

interface StartOptions {
  /** No other will do. */
  fixedPort?: number;
  /** Aborted: give up. */
  signal?: AbortSignal;
}

/**
 * Starts PostgreSQL unless it runs, and connects. Starting, stopping and connecting of other processes may come
 * between any two steps, so all of it is tried again until it succeeds.
 * @returns undefined when given up
 */
async function startAndConnect(cluster: Cluster, location: Location, options: StartOptions = {}) {
  const start = { isOurs: false };
  try {
    return await tryUntilConnected(cluster, location, options, start);
  } catch (error) {
    // Whoever is refused must not leave running what nobody else asked for.
    if (start.isOurs) await stopPostgres(cluster);
    throw error;
  }
}

/** @param start told whether it was this process that started PostgreSQL */
async function tryUntilConnected(
  cluster: Cluster,
  location: Location,
  { fixedPort, signal }: StartOptions,
  start: { isOurs: boolean },
) {
  const deadline = Date.now() + START_PATIENCE;
  for (let failures = 0; Date.now() < deadline; ) {
    if (signal?.aborted) return undefined;
    if (!findPostmaster(cluster)) {
      const port = await choosePort(fixedPort ?? location.port);
      if (fixedPort && port !== fixedPort) {
        throw new EmbeddedDatabaseError(
          `PostgreSQL cannot start again: another program has taken port ${fixedPort}.`,
        );
      }
      const problem = await startPostgres(cluster, port);
      start.isOurs = !problem;
      failures = problem ? failures + 1 : 0;
      if (failures === START_TRIES) throw new EmbeddedDatabaseError(`PostgreSQL does not start: ${problem}.`);
    }
    const port = findPostmaster(cluster)?.port;
    const client = port ? await tryToConnect(location, port) : undefined;
    if (client && port) return { client, port };
    await pause(POLL);
  }
  throw new EmbeddedDatabaseError(
    `PostgreSQL in ${cluster.folder} has not taken connections for five minutes.`,
  );
}

const COUNT_OTHERS = `SELECT
  count(*) FILTER (WHERE application_name = $1)::int AS present,
  count(*) FILTER (WHERE application_name <> $2)::int AS connected
  FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

/** Whether nobody else is connected. Our own pool's connections take a moment to vanish after they were closed. */
async function isLastOne(client: pg.Client): Promise<boolean> {
  await client.query('SELECT pg_advisory_lock($1)', [LEAVING_LOCK]);
  await client.query(`SET application_name = '${LEAVING}'`);
  const deadline = Date.now() + LEAVING_PATIENCE;
  for (;;) {
    const { rows } = await client.query<{ present: number; connected: number }>(COUNT_OTHERS, [
      PRESENT,
      LEAVING,
    ]);
    const { present, connected } = rows[0]!;
    if (connected === 0) return true;
    if (present > 0 || Date.now() > deadline) return false;
    await pause(POLL / 4);
  }
}

/** Stays connected until told to leave; brings PostgreSQL back when it dies under us. */
function stayPresent(first: pg.Client, reconnect: Reconnect, onProblem: (line: string) => void) {
  let client: pg.Client | undefined;
  let comingBack = Promise.resolve();
  const leaving = new AbortController();

  const watch = (next: pg.Client): void => {
    client = next;
    next.once('end', () => {
      client = undefined;
      if (!leaving.signal.aborted) comingBack = comeBack();
    });
  };

  const comeBack = async (): Promise<void> => {
    onProblem('The embedded PostgreSQL went away; starting it again.');
    for (let wait = FIRST_RESTART_PAUSE; !client; wait = Math.min(wait * 2, LONGEST_RESTART_PAUSE)) {
      try {
        const next = await reconnect(leaving.signal);
        if (!next) return;
        watch(next);
        onProblem('The embedded PostgreSQL is back.');
      } catch (error) {
        onProblem((error as Error).message);
        await pause(wait, leaving.signal);
      }
    }
  };

  watch(first);
  return {
    /** @returns whether we were the last, as far as that can be known */
    async leave(): Promise<boolean> {
      leaving.abort();
      await comingBack;
      return client ? isLastOne(client).catch(() => true) : true;
    },
    disconnect: async () => client?.end().catch(() => {}),
  };
}

/** @returns undefined when the signal told it to give up */
type Reconnect = (signal: AbortSignal) => Promise<pg.Client | undefined>;

async function openCluster(options: EmbeddedDatabaseOptions) {
  const { dataDir, onProgress = () => {}, isDurable = true } = options;
  const programs = await findPrograms();
  const location = await findLocation(dataDir, programs);
  const { folder, user } = await openFolder(dataDir, location, programs);
  const cluster: Cluster = { programs: { ...programs, user }, folder, isDurable };
  if (!isInitialized(cluster)) {
    const isElsewhere = isAbsolute(location.folder);
    onProgress(
      `Making the database in ${folder}${isElsewhere ? `, since PostgreSQL's user cannot enter ${dataDir}` : ''}...`,
    );
    await initialize(cluster, location.password);
  }
  checkVersion(cluster);
  return { cluster, location };
}

/** @throws EmbeddedDatabaseError with one clear sentence */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const { cluster, location } = await openCluster(options).catch((error: NodeJS.ErrnoException) => {
    if (!error.syscall) throw error;
    throw new EmbeddedDatabaseError(
      `The embedded database cannot use ${options.dataDir}: ${error.message}.`,
      error,
    );
  });
  const { client, port } = (await startAndConnect(cluster, location))!;
  await rememberPort(options.dataDir, location, port);

  const reconnect: Reconnect = async (signal) =>
    (await startAndConnect(cluster, location, { fixedPort: port, signal }))?.client;
  const presence = stayPresent(client, reconnect, options.onProblem ?? options.onProgress ?? (() => {}));
  const leave = async (): Promise<void> => {
    if (await presence.leave()) await stopPostgres(cluster);
    await presence.disconnect();
  };
  let left: Promise<void> | undefined;
  return {
    url: urlOf(location, port, DATABASE),
    folder: cluster.folder,
    stop() {
      left ??= leave();
      return left;
    },
  };
}
