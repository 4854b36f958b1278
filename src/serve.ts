/**
 * One server from its start to its stop: the database, its tables, the secret key, the app, the sockets, in this
 * order, and back in the other.
 */
import { setTimeout as pause } from 'node:timers/promises';
import Koa from 'koa';
import type { Config } from './config/config.js';
import { readSecretKey } from './config/secret-key.js';
import { type Database, openDatabase } from './database/database.js';
import { type EmbeddedDatabase, startEmbeddedDatabase } from './database/embedded.js';
import { isDatabaseOutOfReach } from './database/out-of-reach.js';
import { prepareSchema } from './database/prepare-schema.js';
import { healthRoutes } from './health/routes.js';
import { type Listener, listen, type RequestHandler } from './http/listener.js';
import { limitLoad } from './http/load-limit.js';
import type { Logger } from './logging/log.js';

export interface RunningServer {
  /** Where it can be reached from this machine. */
  url: string;
  port: number;
  /** As given, with the port and the issuer that follow from PORT=0. */
  config: Config;
  database: Database;
  /** Settles at once, unless the database was out of reach at the start: then once it is there, or refuses us. */
  ready: Promise<void>;
  /**
   * Finishes what is in flight, then closes everything this server opened.
   * @param isReplaced another process serves on the port in its place, so that /readyz has nothing to warn of
   */
  stop(isReplaced?: boolean): Promise<void>;
}

export interface ServeOptions {
  log: Logger;
  /** Told what takes time during the start, in a line. */
  onProgress?: (line: string) => void;
  /**
   * Others serve on this port, which is not 0, already. Then it is taken only when there is an app, since what we turned
   * away they would have answered. A server alone takes it first, to say that it is alive.
   */
  joinsOthers?: boolean;
}

interface App {
  callback: RequestHandler;
  close(): Promise<void>;
}

// Milliseconds between the tries to reach the database: growing, so as not to add to its troubles, but never so long
// that a database that came back waits for us.
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 2_000;
// Every so many tries the log says again that we are waiting.
const TRIES_PER_REMINDER = 15;

/** With PORT=0 the port is known only once there is one, and the default issuer follows it. */
export function withPort(config: Config, port: number): Config {
  const issuer = config.issuerIsConfigured ? config.issuer : `http://localhost:${port}`;
  return Object.freeze({ ...config, port, issuer });
}

export function localUrl({ host, port }: Config): string {
  const name = ['localhost', '0.0.0.0', '::'].includes(host) ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** What is served until the app is there: the health of a server that waits for its database, and 503 for the rest. */
function waitingRoom(database: Database, log: Logger, isDraining: () => boolean): RequestHandler {
  const room = new Koa();
  room.use(healthRoutes({ database, log, isDraining, isStarting: true }));
  room.use((ctx) => {
    ctx.status = 503;
    ctx.set('Retry-After', '2');
    ctx.set('Cache-Control', 'no-store');
    ctx.body = 'The server is starting. Please try again in a few seconds.\n';
  });
  return room.callback();
}

async function waitForDatabase(url: string, log: Logger, isStopping: () => boolean): Promise<void> {
  let wait = FIRST_PAUSE;
  for (let tries = 1; !isStopping(); tries++) {
    await pause(wait);
    wait = Math.min(wait * 2, LONGEST_PAUSE);
    try {
      await prepareSchema(url, (line) => log.warn(line));
      log.info('the database is there');
      return;
    } catch (error) {
      if (!isDatabaseOutOfReach(error)) throw error;
      if (tries % TRIES_PER_REMINDER === 0)
        log.warn({ reason: (error as Error).message }, 'still waiting for the database');
    }
  }
}

/** @returns whether the database could be reached. @throws when it can but must not be used */
async function tryToPrepareSchema(url: string, log: Logger): Promise<boolean> {
  try {
    const migrations = await prepareSchema(url, (line) => log.warn(line));
    if (migrations.length) log.info({ migrations }, 'the tables are up to date');
    return true;
  } catch (error) {
    if (!isDatabaseOutOfReach(error)) throw error;
    log.warn({ reason: (error as Error).message }, 'the database cannot be reached; trying until it can');
    return false;
  }
}

export interface Storage {
  secretKey: string;
  /** Of the database, embedded or not. */
  url: string;
  embedded: EmbeddedDatabase | undefined;
}

/** The key, and the embedded database where there is no other. */
export async function startStorage(config: Config, { log, onProgress }: ServeOptions): Promise<Storage> {
  const secretKey = await readSecretKey(config, (line) => log.warn(line));
  if (config.databaseUrl) return { secretKey, url: config.databaseUrl, embedded: undefined };
  const onProblem = (line: string) => log.warn(line);
  const embedded = await startEmbeddedDatabase({ dataDir: config.dataDir, onProgress, onProblem });
  return { secretKey, url: embedded.url, embedded };
}

/** What a running server holds, in the order in which it was opened. */
interface Opened {
  embedded?: EmbeddedDatabase | undefined;
  database?: Database;
  listener?: Listener;
  app?: App;
}

/**
 * @throws ConfigError, EmbeddedDatabaseError, DatabaseRefusal or ListenError, each with a sentence for the operator;
 *   everything that was opened is closed by then
 */
export async function startServer(config: Config, options: ServeOptions): Promise<RunningServer> {
  const { log } = options;
  const opened: Opened = {};
  let isStopping = false;
  let isDraining = false;

  const stop = async (isReplaced = false): Promise<void> => {
    isStopping = true;
    isDraining = !isReplaced;
    await opened.listener?.drain(config.shutdownTimeout * 1000, isReplaced);
    await opened.app?.close();
    await opened.database?.close();
    await opened.embedded?.stop();
  };

  try {
    const { secretKey, url, embedded } = await startStorage(config, options);
    opened.embedded = embedded;
    const database = openDatabase(url, {
      poolSize: config.databasePoolSize,
      preparedStatements: config.databasePreparedStatements,
    });
    opened.database = database;
    const isReachable = await tryToPrepareSchema(url, log);
    let handle = waitingRoom(database, log, () => isDraining);
    const handleWithinLimit = limitLoad((request, response) => handle(request, response), log);
    const openPort = async (): Promise<Config> => {
      opened.listener ??= await listen(handleWithinLimit, config);
      return withPort(config, opened.listener.port);
    };
    const running = options.joinsOthers && isReachable ? config : await openPort();

    const openDoors = async (): Promise<void> => {
      // The engine is loaded only by a server: a command starts several times faster without it.
      const { createApp } = await import('./app.js');
      opened.app = await createApp({
        config: running,
        database,
        secretKey,
        log,
        isDraining: () => isDraining,
      });
      handle = opened.app.callback;
      await openPort();
      log.info({ url: localUrl(running), issuer: running.issuer }, 'ready');
    };
    const openDoorsLater = async (): Promise<void> => {
      await waitForDatabase(url, log, () => isStopping);
      if (!isStopping) await openDoors();
    };
    if (isReachable) await openDoors();
    const ready = isReachable ? Promise.resolve() : openDoorsLater();
    // Whoever awaits it hears of a failure; nobody has to.
    ready.catch(() => {});
    return { url: localUrl(running), port: running.port, config: running, database, ready, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
