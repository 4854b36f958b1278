/**
 * The one embedded PostgreSQL of a test run: made in a folder of its own, which goes when the run is over, so that
 * runs side by side do not meet and a run that was killed leaves nothing that a later one stumbles over.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/database/embedded.js';

const PREFIX = 'latchkey-test-';

let running: { database: EmbeddedDatabase; dataDir: string } | undefined;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function remove(database: EmbeddedDatabase, dataDir: string): Promise<void> {
  await database.stop();
  // Usually inside dataDir, but not when PostgreSQL's user could not have entered it.
  await rm(database.folder, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
}

/** What runs that were killed have left: the folder's name has the process id of its run. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = name.match(`^${PREFIX}(\\d+)-`) ?? [];
    if (!pid || isAlive(Number(pid))) continue;
    const dataDir = join(tmpdir(), name);
    try {
      const hasDatabase = existsSync(join(dataDir, 'embedded-postgres.json'));
      if (hasDatabase) await remove(await startEmbeddedDatabase({ dataDir, isDurable: false }), dataDir);
      else await rm(dataDir, { recursive: true, force: true });
    } catch {
      // Somebody else's, or in a state we cannot make sense of: not our business.
    }
  }
}

/** @returns the URL of a database on it */
export async function startTestPostgres(): Promise<string> {
  await removeLeftovers();
  const dataDir = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // Root's PostgreSQL, another user, has to pass through.
  await chmod(dataDir, 0o711);
  const database = await startEmbeddedDatabase({ dataDir, isDurable: false });
  running = { database, dataDir };
  return database.url;
}

export async function stopTestPostgres(): Promise<void> {
  if (running) await remove(running.database, running.dataDir);
  running = undefined;
}
