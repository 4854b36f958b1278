/**
 * Lets one process at a time install and build: `npm start` in two terminals of a fresh clone must not write
 * node_modules twice. The lock is a file; its owner touches it every second, so that the lock of a process that was
 * killed is recognised, in containers that share the folder too, where process ids mean nothing.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';

const HEARTBEAT = 1_000;
const STALE_AFTER = 10_000;
const POLL = 200;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function tryToTake(file, owner) {
  try {
    writeFileSync(file, owner, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function removeIfAbandoned(file) {
  const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > STALE_AFTER) rmSync(file, { force: true });
}

/** Runs `work` while holding the lock; `onWait` is called once when another process holds it. */
export async function withLock(file, work, onWait) {
  const owner = randomUUID();
  for (let waited = false; !tryToTake(file, owner); waited = true) {
    if (!waited) onWait();
    await pause(POLL);
    removeIfAbandoned(file);
  }
  const isOurs = () => existsSync(file) && readFileSync(file, 'utf8') === owner;
  const heartbeat = setInterval(() => isOurs() && utimesSync(file, new Date(), new Date()), HEARTBEAT);
  const release = () => {
    clearInterval(heartbeat);
    if (isOurs()) rmSync(file, { force: true });
  };
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}
