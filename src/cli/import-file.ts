/** `latchkey import latchkey|keycloak|auth0`: from a file that another server has written. */
import type { Command } from 'commander';
import type { Knex } from 'knex';
import type { Config } from '../config/config.js';
import { importUsers } from '../moving-in/auth0/import-users.js';
import { importRealm } from '../moving-in/keycloak/import-realm.js';
import { importLines } from '../moving-in/latchkey/import-lines.js';
import type { Progress } from '../moving-in/progress.js';
import type { Report } from '../moving-in/report.js';
import { printJson } from './print.js';
import { printReport, reportToJson } from './print-report.js';
import type { ReadConfig } from './read-config.js';
import { showProgress } from './show-progress.js';
import { withDatabase } from './with-database.js';

interface Options {
  dryRun?: boolean;
  json?: boolean;
}

interface Work {
  knex: Knex;
  at: Date;
  isDryRun: boolean;
  progress: Progress;
}

async function importFile(
  config: Config,
  { json, dryRun: isDryRun = false }: Options,
  work: (work: Work) => Promise<Report>,
): Promise<void> {
  const common = { at: new Date(), isDryRun, progress: showProgress() };
  const report = await withDatabase(config, ({ knex }) => work({ ...common, knex }), { isPatient: true });
  if (json) printJson(reportToJson(report, isDryRun));
  else printReport(report, isDryRun);
}

export function addImportFileCommands(command: Command, readConfig: ReadConfig): void {
  const add = (name: string, description: string) =>
    command
      .command(name)
      .description(`${description} Can be run again: it brings what is new.`)
      .argument('<file>')
      .option('--dry-run', 'say what would come over and what not, and change nothing')
      .option('--json', 'print JSON');

  add('latchkey', 'From the file that `latchkey export` wrote.').action((path: string, options: Options) =>
    importFile(readConfig(), options, (work) => importLines({ ...work, path })),
  );
  add('keycloak', 'From a realm export with its users: users, groups and clients.').action(
    (path: string, options: Options) => {
      const config = readConfig();
      const allowedSchemes = config.allowedRedirectUriSchemes;
      return importFile(config, options, (work) => importRealm({ ...work, path, allowedSchemes }));
    },
  );
  add('auth0', 'From an export of users, one on each line.')
    .option('--hashes <file>', 'the file of password hashes that Auth0 sends on request')
    .action((path: string, options: Options & { hashes?: string }) =>
      importFile(readConfig(), options, (work) => importUsers({ ...work, path, hashesPath: options.hashes })),
    );
}
