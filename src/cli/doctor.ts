/**
 * Looks at what a server needs, one line each: fine, or what to do. Changes nothing, and works whether a server is
 * running or not.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type Config, ConfigError } from '../config/config.js';
import { readSecretKey } from '../config/secret-key.js';
import { type Database, openDatabase } from '../database/database.js';
import { startEmbeddedDatabase } from '../database/embedded.js';
import { schemaState } from '../database/migrate.js';
import { loadSigningKeys } from '../engine/keys/signing-keys.js';
import {
  checkClock,
  checkDatabase,
  type Finding,
  fine,
  note,
  problem,
  type Verdict,
} from '../health/findings.js';
import { checkMailServer } from '../mail/send-mail.js';
import { deriveKey } from '../secrets/derive-key.js';
import { printJson, printLine } from './print.js';
import type { ReadConfig } from './read-config.js';

type Check = () => Promise<Verdict>;

// Milliseconds.
const ISSUER_PATIENCE = 5_000;
const MAIL_PATIENCE = { connection: 5_000, answer: 5_000 };

async function look(about: string, check: Check): Promise<Finding> {
  try {
    return { about, ...(await check()) };
  } catch (error) {
    const reason = error instanceof AggregateError ? error.errors[0] : error;
    return { about, ...problem((reason as Error).message) };
  }
}

async function checkKeys(config: Config, database: Database): Promise<Verdict> {
  const warnings: string[] = [];
  const secretKey = await readSecretKey(config, (line) => warnings.push(line));
  if (warnings[0]) return problem(warnings[0]);
  if ((await schemaState(database.knex)) === 'behind')
    return note('The first start of the server makes them.');
  const keys = await loadSigningKeys(database, deriveKey(secretKey, 'signing keys'));
  const algorithms = [...new Set(keys.map((key) => key.alg))];
  return fine(`${algorithms.join(' and ')}, and SECRET_KEY opens them`);
}

async function checkIssuer(config: Config): Promise<Verdict> {
  const url = `${config.issuer}/.well-known/openid-configuration`;
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(ISSUER_PATIENCE), redirect: 'manual' });
  } catch (error) {
    if (!config.issuerIsConfigured)
      return note(`Nothing answers at ${config.issuer}: the server is not running.`);
    const { cause, message } = error as Error;
    return problem(
      `${url} cannot be reached from here (${cause instanceof Error ? cause.message : message}).`,
    );
  }
  const answered = (await response.json().catch(() => ({}))) as { issuer?: string };
  if (answered.issuer === config.issuer) return fine(`${config.issuer} answers`);
  return problem(
    answered.issuer
      ? `The server at ${config.issuer} says its issuer is ${answered.issuer}: set ISSUER to the one people use.`
      : `${url} answers ${response.status} and is not this server: check the proxy, and ISSUER.`,
  );
}

async function checkMail({ mail }: Config): Promise<Verdict> {
  if (mail.mode === 'kept')
    return fine('no mail server: mails are shown at /dev/mails, to this machine only');
  if (mail.mode === 'off')
    return note('Mail is off: nobody can reset a password or verify an address. Set SMTP_URL.');
  const { host } = new URL(mail.url);
  try {
    await checkMailServer(mail, MAIL_PATIENCE);
  } catch (error) {
    const { code = 'no answer' } = error as NodeJS.ErrnoException;
    return problem(`The mail server ${host} does not take our mails (${code}): check SMTP_URL.`);
  }
  return fine(`${host} takes our mails`);
}

async function checkEnvFile(): Promise<Verdict> {
  const file = resolve('.env');
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return fine('there is none');
  return found.mode & 0o077
    ? problem(`Others on this machine may read ${file}: chmod 600 ${file}`)
    : fine('readable by you only');
}

async function examineDatabase(config: Config): Promise<Finding[]> {
  const embedded = config.databaseUrl ? undefined : await startEmbeddedDatabase({ dataDir: config.dataDir });
  const url = config.databaseUrl ?? embedded!.url;
  const database = openDatabase(url, { poolSize: 2, preparedStatements: config.databasePreparedStatements });
  try {
    const found = await look('database', () => checkDatabase(config, database));
    if (found.verdict === 'problem') return [found];
    return [
      found,
      await look('clock', () => checkClock(database)),
      await look('keys', () => checkKeys(config, database)),
    ];
  } finally {
    await database.close();
    await embedded?.stop();
  }
}

async function examine(readConfig: ReadConfig): Promise<Finding[]> {
  const envFile = await look('.env', checkEnvFile);
  let config: Config;
  try {
    config = readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [...error.problems.map((text) => ({ about: 'configuration', ...problem(text) })), envFile];
  }
  return [
    { about: 'configuration', ...fine('complete') },
    envFile,
    ...(await examineDatabase(config).catch((error: Error) => [
      { about: 'database', ...problem(error.message) },
    ])),
    await look('issuer', () => checkIssuer(config)),
    await look('mail', () => checkMail(config)),
  ];
}

const MARKS = { fine: 'ok  ', note: 'note', problem: 'FIX ' } as const;

export function addDoctorCommand(program: Command, readConfig: ReadConfig): void {
  program
    .command('doctor')
    .description(
      'Check the configuration, database, issuer, clock, keys and mail. Exits with 1 when something is wrong.',
    )
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const findings = await examine(readConfig);
      if (json) printJson(findings);
      else
        for (const { about, verdict, text } of findings)
          printLine(`${MARKS[verdict]}  ${about.padEnd(13)}  ${text}`);
      if (findings.some(({ verdict }) => verdict === 'problem')) process.exitCode = 1;
    });
}
