/** A server with its own embedded database, as `npm start` gives it, and ways to treat both at once. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Rig } from '../experiment.js';
import { waitUntil } from './pause.js';
import { findDescendants, isAlive } from './processes.js';
import type { ServerNode } from './server-node.js';

export interface EmbeddedNode {
  node: ServerNode;
  dataDir: string;
  databaseUrl(): string;
  /** kill -9 to the server and to every process of its PostgreSQL. */
  killAll(): Promise<void>;
  /** Runs the work while nothing of it moves. */
  whileFrozen<T>(work: () => Promise<T>): Promise<T>;
}

interface Location {
  folder: string;
  password: string;
  port: number;
}

export async function makeDataDir(path: string): Promise<string> {
  // Root's PostgreSQL, another user, has to pass through; otherwise the database would be made elsewhere.
  await mkdir(path, { mode: 0o711 });
  return path;
}

const readLocation = (dataDir: string) =>
  JSON.parse(readFileSync(join(dataDir, 'embedded-postgres.json'), 'utf8')) as Location;

function findPostgres(dataDir: string): number[] {
  const file = resolve(dataDir, readLocation(dataDir).folder, 'data', 'postmaster.pid');
  if (!existsSync(file)) return [];
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  return isAlive(pid) ? findDescendants(pid) : [];
}

/** @param dataDir made by makeDataDir, or the copy of one that was */
export async function startEmbeddedNode(rig: Rig, name: string, dataDir: string): Promise<EmbeddedNode> {
  rig.atEnd(() => {
    for (const pid of findPostgres(dataDir)) process.kill(pid, 'SIGKILL');
  });
  const node = await rig.startNode({ name, environment: { DATA_DIR: dataDir }, isSupervised: false });
  const all = () => [node.pid(), ...findPostgres(dataDir)].filter((pid) => pid > 0);
  const signalAll = (signal: NodeJS.Signals): number[] => {
    const pids = all();
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, signal);
    return pids;
  };
  return {
    node,
    dataDir,
    databaseUrl() {
      const { port, password } = readLocation(dataDir);
      return `postgres://latchkey:${password}@127.0.0.1:${port}/latchkey`;
    },
    async killAll() {
      const pids = signalAll('SIGKILL');
      await waitUntil('everything is dead', () => !pids.some(isAlive));
    },
    async whileFrozen(work) {
      signalAll('SIGSTOP');
      return work().finally(() => signalAll('SIGCONT'));
    },
  };
}
