import type { Command } from 'commander';
import { makeSuperuserLink } from '../accounts/superuser-link.js';
import { createLog, type Logger } from '../logging/log.js';
import { type RunningServer, startServer } from '../serve.js';
import type { ReadConfig } from './read-config.js';

// Milliseconds. In a terminal Ctrl-C reaches us twice, directly and through npm; that is still one Ctrl-C.
const SAME_SIGNAL = 500;

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Calls `stop` at the first signal, and ends the process without further ado at the second. */
function onStopSignal(log: Logger, stop: (signal: string) => void): void {
  let firstAt: number | undefined;
  const onSignal = (signal: string): void => {
    if (firstAt === undefined) {
      firstAt = Date.now();
      stop(signal);
    } else if (Date.now() - firstAt > SAME_SIGNAL) {
      log.warn({ signal }, 'stopped at once by a second signal');
      process.exit(1);
    }
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
}

/** A promise nobody handles or an exception nobody catches leaves a state nobody knows: end, and be started anew. */
function exitOnSurprise(log: Logger): void {
  const exit = (error: unknown): void => {
    log.error({ err: error }, 'unexpected error, the server exits');
    process.exit(1);
  };
  process.on('uncaughtException', exit).on('unhandledRejection', exit);
}

/** Where to go from here, for the person at the terminal; on stderr, since stdout is the log. */
async function sayWhereToGo({ config, database }: RunningServer): Promise<void> {
  const origin = new URL(config.issuer).origin;
  const link = await makeSuperuserLink(database.knex, { issuer: config.issuer, at: new Date() });
  say('');
  say(`  Latchkey is ready   ${origin}/`);
  say(`  Sign in             ${origin}/login`);
  if (link)
    say(
      `  First superuser     ${link.url} (works once, until ${link.expiresAt.toISOString().slice(0, 16)}Z)`,
    );
  say(`  Data                ${config.databaseUrl ? 'in the database of DATABASE_URL' : config.dataDir}`);
  say('  Stop                Ctrl-C');
  say('');
}

async function serve(readConfig: ReadConfig): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  exitOnSurprise(log);

  // A signal may come while the server starts: then it is stopped as soon as it has.
  let isStopping = false;
  let server: RunningServer | undefined;
  const stop = async (running: RunningServer): Promise<void> => {
    await running.stop();
    log.info('stopped');
    process.exit(0);
  };
  onStopSignal(log, (signal) => {
    log.info({ signal }, 'stopping');
    isStopping = true;
    if (server) void stop(server);
  });

  server = await startServer(config, { log, onProgress: say });
  if (isStopping) return stop(server);
  try {
    await server.ready;
    if (!isStopping) await sayWhereToGo(server);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export function addServeCommand(program: Command, readConfig: ReadConfig): void {
  program
    .command('serve')
    .description('Start the server. SIGTERM and Ctrl-C finish what is in flight and stop it.')
    .action(() => serve(readConfig));
}
