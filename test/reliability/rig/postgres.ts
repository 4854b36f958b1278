/**
 * A PostgreSQL to be maltreated: in a folder and on a port of its own, as durable as in production, with the programs
 * of the embedded database unless others are named.
 */
import { readFileSync } from 'node:fs';
import { appendFile, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { findFreePort } from '../../../bench/contestants/server-process.js';
import { findPrograms, type Programs, runProgram } from '../../../src/database/embedded-programs.js';
import { pause, waitUntil } from './pause.js';
import { findDescendants, isAlive } from './processes.js';

export interface PostgresOptions {
  /** Lines of postgresql.conf, such as { max_connections: 30 }. */
  settings?: Record<string, string | number>;
  /** Other programs than those of the embedded database. */
  programs?: Programs;
  /** Where to make the folder with its data and log; the rig's own folder by default. */
  folder?: string;
  /** False: the data folder is not made, because the experiment puts one there (a restored backup). */
  initialize?: boolean;
  /** Default true. */
  start?: boolean;
}

export type StopMode = 'smart' | 'fast' | 'immediate';

export interface Postgres {
  port: number;
  programs: Programs;
  dataFolder: string;
  logFile: string;
  password: string;
  /** The database `latchkey` by default, which is made at the first start. */
  url(database?: string): string;
  /** One statement on a connection of its own. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[], database?: string): Promise<Row[]>;
  /** A connection that stays; the caller ends it. */
  connect(database?: string): Promise<pg.Client>;
  /** Writes lines into postgresql.conf; the next start (or reload) reads them. */
  configure(settings: Record<string, string | number>): Promise<void>;
  /** The same, with lines as they stand. */
  configureText(lines: string): Promise<void>;
  /** Resolves once it takes connections, with how long that took in milliseconds. */
  start(): Promise<number>;
  /** pg_ctl stop. */
  stop(mode: StopMode): Promise<void>;
  /** kill -9 of the postmaster; the others notice, and follow. */
  kill(): Promise<void>;
  /** SIGSTOP to every process of it: connections stay open, and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** The postmaster and all its children; empty when it does not run. */
  pids(): number[];
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 100,
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  log_lock_waits: 'on',
  deadlock_timeout: '200ms',
  jit: 'off',
  timezone: 'UTC',
};

const START_TRIES = 20;
const USER = 'latchkey';
const PASSWORD = 'only for this run';
const DATABASE = 'latchkey';

const lines = (settings: Record<string, string | number>) =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`)
    .join('');

// The first version with locales of its own.
const BUILTIN_LOCALES = 17;

/** As the embedded database has it; before that version the nearest there is, which is the system's. */
function localeOf({ majorVersion }: Programs): string[] {
  if (Number(majorVersion) < BUILTIN_LOCALES) return ['--locale=C.UTF-8'];
  return ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
}

async function makeCluster(programs: Programs, folder: string): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
  if (programs.user) await chown(passwordFile, programs.user.uid, programs.user.gid);
  const { code, output } = await runProgram(programs, 'initdb', [
    `--pgdata=${join(folder, 'data')}`,
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--data-checksums',
    ...localeOf(programs),
  ]);
  if (code !== 0) throw new Error(`initdb failed: ${output}`);
}

export async function openPostgres(
  parent: string,
  { settings = {}, programs: given, folder = join(parent, 'postgres'), ...options }: PostgresOptions,
): Promise<Postgres> {
  const programs = given ?? (await findPrograms());
  const { user } = programs;
  await mkdir(folder, { mode: 0o700 });
  if (user) await chown(folder, user.uid, user.gid);
  const dataFolder = join(folder, 'data');
  const logFile = join(folder, 'postgres.log');
  const port = await findFreePort();
  // A folder that was put here has its own.
  let hasDatabase = options.initialize === false;

  const url = (database = DATABASE) =>
    `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`;

  const connect = async (database?: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url(database), application_name: 'reliability' });
    // A connection that is lost while idle is the experiment's very purpose.
    client.on('error', () => {});
    await client.connect();
    return client;
  };

  const query = async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[], database?: string) => {
    const client = await connect(database);
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  };

  const pids = (): number[] => {
    try {
      const postmaster = Number(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]);
      return isAlive(postmaster) ? findDescendants(postmaster) : [];
    } catch {
      return [];
    }
  };

  const signalAll = (signal: NodeJS.Signals) => {
    for (const pid of pids()) if (isAlive(pid)) process.kill(pid, signal);
  };

  const configure = (more: Record<string, string | number>) =>
    appendFile(join(dataFolder, 'postgresql.conf'), lines(more));

  const control = (...args: string[]) =>
    runProgram(programs, 'pg_ctl', [...args, '--silent', `--pgdata=${dataFolder}`]);

  const makeDatabase = async (): Promise<void> => {
    if (hasDatabase) return;
    await query(`CREATE DATABASE ${DATABASE}`, [], 'postgres');
    hasDatabase = true;
  };

  const postgres: Postgres = {
    port,
    programs,
    dataFolder,
    logFile,
    password: PASSWORD,
    url,
    query,
    connect,
    configure,
    configureText: (text) => appendFile(join(dataFolder, 'postgresql.conf'), text),
    pids,

    async start() {
      const begun = performance.now();
      const start = () => control('start', '--wait', '--timeout=120', `--log=${logFile}`);
      // After kill -9 of the postmaster its children may hold the shared memory for another moment.
      for (let tries = 1, ended = await start(); ended.code !== 0; ended = await start()) {
        if (tries++ === START_TRIES)
          throw new Error(
            `PostgreSQL does not start: ${ended.output}\n${readFileSync(logFile, 'utf8').slice(-1_000)}`,
          );
        await pause(100);
      }
      const took = performance.now() - begun;
      await makeDatabase();
      return took;
    },
    async stop(mode) {
      const { code, output } = await control('stop', '--wait', '--timeout=60', `--mode=${mode}`);
      if (code !== 0 && pids().length) throw new Error(`PostgreSQL does not stop: ${output}`);
    },
    async kill() {
      const all = pids();
      if (all[0]) process.kill(all[0], 'SIGKILL');
      await waitUntil('the processes of PostgreSQL are gone', () => !all.some(isAlive));
    },
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
  };

  if (options.initialize ?? true) {
    await makeCluster(programs, folder);
    await configure({ ...SETTINGS, port, ...settings });
    if (options.start ?? true) await postgres.start();
  }
  return postgres;
}

export async function closePostgres(postgres: Postgres): Promise<void> {
  postgres.thaw();
  if (postgres.pids().length) await postgres.stop('immediate');
}
