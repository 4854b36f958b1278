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

  /** An experiment that was given up may still be starting something: that ends at once. */
  const atEnd = (undo: () => Promise<void> | void): void => {
    undos.push(undo);
    if (closing) void undoAll();
  };

  return {
    options,
    folder,
    log,
    signal: controller.signal,
    abort: () => controller.abort(),
    atEnd,
    async startPostgres(given = {}) {
      const name = `postgres${++clusters === 1 ? '' : `-${clusters}`}`;
      const postgres = await openPostgres(folder, { folder: join(folder, name), ...given });
      atEnd(() => closePostgres(postgres));
      return postgres;
    },
    async startNode(given) {
      const node = await openNode(folder, given);
      atEnd(async () => void (await node.stop()));
      if (!controller.signal.aborted) node.start();
      if (given.waitUntilReady ?? true) await node.waitUntilReady();
      return node;
    },
    openDatabase(url) {
      const database = openDatabase(url, { poolSize: DATABASE_CONNECTIONS, preparedStatements: true });
      atEnd(() => database.close());
      return database;
    },
    close() {
      closing ??= undoAll();
      return closing;
    },
  };
}
