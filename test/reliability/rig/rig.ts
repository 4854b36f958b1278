import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../src/database/database.js';
import type { Rig } from '../experiment.js';
import type { RunOptions } from '../options.js';
import { closePostgres, openPostgres } from './postgres.js';
import { openNode } from './server-node.js';

export interface OpenRig extends Rig {
  abort(): void;
  /** Stops everything that was started, and removes the folder. */
  close(): Promise<void>;
}

const DATABASE_CONNECTIONS = 4;

export async function openRig(options: RunOptions, log: (line: string) => void): Promise<OpenRig> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-reliability-'));
  // Root's PostgreSQL, another user, has to pass through.
  await chmod(folder, 0o711);
  const controller = new AbortController();
  const undos: (() => Promise<void> | void)[] = [() => rm(folder, { recursive: true, force: true })];
  let clusters = 0;
  let closing: Promise<void> | undefined;

  async function undoAll(): Promise<void> {
    for (let undo = undos.pop(); undo; undo = undos.pop()) {
      try {
        await undo();
      } catch (error) {
        log(`Could not clean up: ${(error as Error).message}`);
      }
    }
  }

  return {
    options,
    folder,
    log,
    signal: controller.signal,
    abort: () => controller.abort(),
    atEnd: (undo) => void undos.push(undo),
    async startPostgres(given = {}) {
      const name = `postgres${++clusters === 1 ? '' : `-${clusters}`}`;
      const postgres = await openPostgres(folder, { folder: join(folder, name), ...given });
      undos.push(() => closePostgres(postgres));
      return postgres;
    },
    async startNode(given) {
      const node = await openNode(folder, given);
      undos.push(async () => void (await node.stop()));
      node.start();
      if (given.waitUntilReady ?? true) await node.waitUntilReady();
      return node;
    },
    openDatabase(url) {
      const database = openDatabase(url, { poolSize: DATABASE_CONNECTIONS, preparedStatements: true });
      undos.push(() => database.close());
      return database;
    },
    close() {
      closing ??= undoAll();
      return closing;
    },
  };
}
