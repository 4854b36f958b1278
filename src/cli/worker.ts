/**
 * One of several processes that serve (src/workers.ts): a server like any other, but what concerns all of them, the
 * first process does: it tells the newcomer where to go, holds the embedded database, and hears Ctrl-C.
 */
import cluster, { type Worker } from 'node:cluster';
import type { Command } from 'commander';
import { createLog } from '../logging/log.js';
import { startServer } from '../serve.js';
import { READY, REPLACED } from '../workers.js';
import type { ReadConfig } from './read-config.js';
import { UsageError } from './run-program.js';
import { exitOnSurprise, runServer } from './run-server.js';

const ignore = (): void => {};

function listenForStop(worker: Worker, stop: (isReplaced?: boolean) => void): void {
  let isStopping = false;
  process.on('SIGTERM', () => {
    isStopping = true;
    stop();
  });
  worker.on('message', (message) => {
    if (message === REPLACED) stop(true);
  });
  // The terminal sends the one to every process of the group, an operator may send the other: the first process hears
  // it too, and says what to do.
  process.on('SIGINT', ignore).on('SIGUSR2', ignore);
  worker.once('disconnect', () => {
    // The first process has ended. Should it have told us to stop before, then somebody is in a hurry.
    if (isStopping) process.exit(1);
    // Otherwise node:cluster would end this process at once, and with it the requests in flight.
    worker.exitedAfterDisconnect = true;
    stop();
  });
}

async function work(readConfig: ReadConfig): Promise<void> {
  const { worker } = cluster;
  if (!worker) throw new UsageError('`latchkey serve` starts the workers.');
  const config = readConfig();
  const log = createLog(config.logLevel, 'stdout', { pid: process.pid });
  exitOnSurprise(log);
  try {
    await runServer({
      log,
      start: () => startServer(config, { log, joinsOthers: true }),
      listenForStop: (stop) => listenForStop(worker, stop),
      onReady: () => void worker.send(READY),
    });
  } catch (error) {
    // An open channel would keep this process alive.
    process.disconnect();
    throw error;
  }
}

export function addWorkerCommand(program: Command, readConfig: ReadConfig): void {
  program.command('worker', { hidden: true }).action(() => work(readConfig));
}
