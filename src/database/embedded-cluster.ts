/**
 * One cluster of PostgreSQL on disk: made by initdb, started and stopped by pg_ctl, which detaches it from us: Ctrl-C
 * in the terminal does not reach it, it outlives a server that is killed, and the next start takes it over.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { chown, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { EmbeddedDatabaseError, type Programs, runProgram } from './embedded-programs.js';

export const DATABASE_USER = 'latchkey';

export interface Cluster {
  programs: Programs;
  /** Holds the data and the log; belongs to the user PostgreSQL runs as. */
  folder: string;
  /** False for tests: what a crash of the machine would take is not missed, and everything is faster. */
  isDurable: boolean;
}

export interface Postmaster {
  pid: number;
  port: number;
  status: string;
}

const dataFolder = (cluster: Cluster) => join(cluster.folder, 'data');
export const logFile = (cluster: Cluster) => join(cluster.folder, 'postgres.log');

// Seconds; a crash recovery may take that long, everything else takes less than one.
const START_TIMEOUT = 300;
const STOP_TIMEOUT = 60;

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  // No socket: its folder would have to be found, protected and short enough; TCP with a password does for all.
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The log must never hold what a statement carried: no statements, no parameters, no DETAIL with the row in it. An
  // error of a statement is reported by the server that sent it.
  log_statement: 'none',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export const isInitialized = (cluster: Cluster): boolean =>
  existsSync(join(dataFolder(cluster), 'PG_VERSION'));

/** @throws EmbeddedDatabaseError when the data were written by another major version of PostgreSQL */
export function checkVersion(cluster: Cluster): void {
  const version = readFileSync(join(dataFolder(cluster), 'PG_VERSION'), 'utf8').trim();
  if (version === cluster.programs.majorVersion) return;
  throw new EmbeddedDatabaseError(
    `${dataFolder(cluster)} was written by PostgreSQL ${version}, and this Latchkey brings ${cluster.programs.majorVersion}. Dump it with the Latchkey that wrote it, and restore the dump here.`,
  );
}

/** Makes the cluster unless there is one; made aside and renamed, so that an interrupted initdb leaves none. */
export async function initialize(cluster: Cluster, password: string): Promise<void> {
  const { user } = cluster.programs;
  const unfinished = join(cluster.folder, `initdb-${randomUUID()}`);
  const passwordFile = `${unfinished}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  try {
    const { code, output } = await runProgram(cluster.programs, 'initdb', [
      `--pgdata=${unfinished}`,
      `--username=${DATABASE_USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      // Letters of every language have a lower case, whatever locales the machine has.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
      ...(cluster.isDurable ? [] : ['--no-sync']),
    ]);
    if (code !== 0) throw new EmbeddedDatabaseError(`PostgreSQL's initdb failed: ${problemLine(output)}`);
    await rename(unfinished, dataFolder(cluster)).catch((error: Error) => {
      // Another process that started at the same time was faster: its cluster is as good.
      if (!isInitialized(cluster)) throw error;
    });
  } finally {
    await rm(passwordFile, { force: true });
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** The server that runs on these data at the moment, if any. */
export function findPostmaster(cluster: Cluster): Postmaster | undefined {
  const lines = readPidFile(cluster);
  const pid = Number(lines?.[0]);
  if (!lines || !pid || !isPostmasterOf(cluster, pid)) return undefined;
  return { pid, port: Number(lines[3]), status: (lines[7] ?? '').trim() };
}

function readPidFile(cluster: Cluster): string[] | undefined {
  const file = join(dataFolder(cluster), 'postmaster.pid');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : undefined;
}

/** A process id alone proves nothing: after a restart of the machine some other process may have it. */
function isPostmasterOf(cluster: Cluster, pid: number): boolean {
  try {
    process.kill(pid, 0);
    // PostgreSQL works in its data folder. Where there is no /proc, the id has to do.
    return (
      !existsSync('/proc/self/cwd') || readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataFolder(cluster))
    );
  } catch {
    return false;
  }
}

/**
 * PostgreSQL itself removes a pid file whose process is gone, but refuses to start when the id belongs to some other
 * process of its user by now. Only where /proc shows that nothing at all works on these data.
 */
async function removeStalePidFile(cluster: Cluster): Promise<void> {
  if (!existsSync('/proc/self/cwd') || !readPidFile(cluster)) return;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  if (pids.some((pid) => isPostmasterOf(cluster, Number(pid)))) return;
  await rm(join(dataFolder(cluster), 'postmaster.pid'), { force: true });
}

function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

// Below the ports that systems hand out to outgoing connections: one of those might be ours just while PostgreSQL is
// being started again.
const PORTS = { least: 20_000, most: 29_999 };

/** The port asked for when nobody has it, else any free one. */
export async function choosePort(wanted: number | undefined): Promise<number> {
  for (let port = wanted; ; port = randomInt(PORTS.least, PORTS.most + 1)) {
    if (port && (await isPortFree(port))) return port;
  }
}

/**
 * Starts PostgreSQL on that port and waits until it takes connections.
 * @returns undefined, or why it did not start: often only that another process started or stopped it just then, or
 *   that another program took the port
 */
export async function startPostgres(cluster: Cluster, port: number): Promise<string | undefined> {
  await removeStalePidFile(cluster);
  const settings = { ...SETTINGS, ...(cluster.isDurable ? DURABLE : NOT_DURABLE), port: String(port) };
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  const log = logFile(cluster);
  const logged = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const { code, output } = await runProgram(cluster.programs, 'pg_ctl', [
    'start',
    '--silent',
    '--wait',
    `--timeout=${START_TIMEOUT}`,
    `--pgdata=${dataFolder(cluster)}`,
    `--log=${log}`,
    `--options=${options.join(' ')}`,
  ]);
  if (code === 0) return undefined;
  const lines = existsSync(log) ? readFileSync(log, 'utf8').slice(logged).split('\n') : [];
  const fatal = lines.find((line) => /(FATAL|PANIC):/.test(line) && !line.includes('terminating connection'));
  return `${fatal?.replace(/^.*?(FATAL|PANIC): */, '') ?? problemLine(output)} (its log: ${log})`;
}

export async function stopPostgres(cluster: Cluster): Promise<void> {
  const { code, output } = await runProgram(cluster.programs, 'pg_ctl', [
    'stop',
    '--silent',
    '--wait',
    '--mode=fast',
    `--timeout=${STOP_TIMEOUT}`,
    `--pgdata=${dataFolder(cluster)}`,
  ]);
  if (code !== 0 && findPostmaster(cluster)) {
    throw new EmbeddedDatabaseError(`PostgreSQL did not stop: ${problemLine(output)}`);
  }
}

/** The line of a program's output that says what went wrong. */
function problemLine(output: string): string {
  const lines = output.trim().split('\n');
  return lines.find((line) => /error|fatal|could not/i.test(line)) ?? lines.at(-1) ?? '';
}
