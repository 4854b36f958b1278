import { setFlagsFromString } from 'node:v8';
import type { Logger } from '../logging/log.js';
import type { RunningServer } from '../serve.js';

/** A promise nobody handles or an exception nobody catches leaves a state nobody knows: end, and be started anew. */
export function exitOnSurprise(log: Logger): void {
  const exit = (error: unknown): void => {
    log.error({ err: error }, 'unexpected error, the server exits');
    process.exit(1);
  };
  process.on('uncaughtException', exit).on('unhandledRejection', exit);
}

interface Life<Server extends RunningServer> {
  log: Logger;
  start(): Promise<Server>;
  /** Is given what stops the server and ends the process, in good order; it may be called more than once. */
  listenForStop(stop: (isReplaced?: boolean) => void): void;
  onReady(server: Server): Promise<void> | void;
}

/**
 * V8 lets the heap grow to three or four times what is in use before it collects all of it; from here on to one and a half,
 * which under sign-ins is 107 MB instead of 151, for no CPU that could be measured. Not during the start, when it would
 * collect at every step.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=50');
}

/** A server for as long as its process lives. @throws why it cannot start; everything is closed by then */
export async function runServer<Server extends RunningServer>(life: Life<Server>): Promise<void> {
  // The word to stop may come while the server starts: then it is stopped as soon as it has.
  let isStopping = false;
  let server: Server | undefined;
  const stop = async (running: Server, isReplaced?: boolean): Promise<void> => {
    await running.stop(isReplaced);
    life.log.info('stopped');
    process.exit(0);
  };
  life.listenForStop((isReplaced) => {
    if (!isStopping && server) void stop(server, isReplaced);
    isStopping = true;
  });

  server = await life.start();
  if (isStopping) return stop(server);
  try {
    await server.ready;
    keepHeapSmall();
    if (!isStopping) await life.onReady(server);
  } catch (error) {
    isStopping = true;
    await server.stop();
    throw error;
  }
}
