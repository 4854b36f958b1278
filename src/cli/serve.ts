import type { Command } from 'commander';
import { makeSuperuserLink } from '../accounts/superuser-link.js';
import type { Config } from '../config/config.js';
import { createLog, type Logger } from '../logging/log.js';
import { type RunningServer, startServer } from '../serve.js';
import { startWorkers } from '../workers.js';
import type { ReadConfig } from './read-config.js';
import { exitOnSurprise, runServer } from './run-server.js';

// Milliseconds. In a terminal Ctrl-C reaches us twice, directly and through npm; that is still one Ctrl-C.
const SAME_SIGNAL = 500;

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Calls `stop` at the first signal, and ends the process without further ado at the second. */
function onStopSignal(log: Logger, stop: () => void): void {
  let firstAt: number | undefined;
  const onSignal = (signal: string): void => {
    if (firstAt === undefined) {
      firstAt = Date.now();
      log.info({ signal }, 'stopping');
      stop();
    } else if (Date.now() - firstAt > SAME_SIGNAL) {
      log.warn({ signal }, 'stopped at once by a second signal');
      process.exit(1);
    }
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
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
  const mail = {
    smtp: 'sent by the mail server of SMTP_URL',
    kept: `shown at ${origin}/dev/mails`,
    off: 'off: set SMTP_URL, or nobody can reset a password or verify an address',
  };
  say(`  Mail                ${mail[config.mail.mode]}`);
  say('  Stop                Ctrl-C');
  say('');
}

async function start(config: Config, log: Logger): Promise<RunningServer> {
  const options = { log, onProgress: say };
  if (config.workers === 1) return startServer(config, options);
  const server = await startWorkers(config, options);
  process.on('SIGUSR2', () => void server.replaceWorkers());
  return server;
}

async function serve(readConfig: ReadConfig): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel, 'stdout', config.workers > 1 ? { pid: process.pid } : null);
  exitOnSurprise(log);
  await runServer({
    log,
    start: () => start(config, log),
    listenForStop: (stop) => onStopSignal(log, stop),
    onReady: sayWhereToGo,
  });
}

export function addServeCommand(program: Command, readConfig: ReadConfig): void {
  program
    .command('serve')
    .description('Start the server. SIGTERM and Ctrl-C finish what is in flight and stop it.')
    .action(() => serve(readConfig));
}
