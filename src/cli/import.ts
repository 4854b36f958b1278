/** `latchkey import`: brings another server over. What each source holds and how it is read is in src/moving-in. */
import { type Command, Option } from 'commander';
import { PKCE_RULES } from '../applications/application.js';
import { LONGEST_LIFETIME } from '../config/parsers.js';
import type { SiteSettings } from '../moving-in/dot/applications.js';
import { importDot } from '../moving-in/dot/import-dot.js';
import { findLayout, type Layout } from '../moving-in/dot/layout.js';
import { findAccessTokenLifetime, type Survey, surveySite } from '../moving-in/dot/survey.js';
import type { Source } from '../moving-in/source.js';
import { listScopes } from '../scopes/scopes.js';
import { inNumbers } from '../stats/in-words.js';
import { addImportFileCommands } from './import-file.js';
import { printJson, printLine } from './print.js';
import { printRemarks, printReport, reportToJson } from './print-report.js';
import type { ReadConfig } from './read-config.js';
import { UsageError } from './run-program.js';
import { showProgress } from './show-progress.js';
import { withDatabase } from './with-database.js';

interface DotOptions {
  from: string;
  dryRun?: boolean;
  json?: boolean;
  accessTokenExpireSeconds?: string;
  refreshTokenExpireSeconds?: string;
  refreshTokenGracePeriodSeconds?: string;
  pkce: (typeof PKCE_RULES)[number];
}

function readSeconds(name: string, value: string | undefined, least: number): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value) || Number(value) < least || Number(value) > LONGEST_LIFETIME)
    throw new UsageError(`${name} must be a whole number of seconds from ${least} to ${LONGEST_LIFETIME}.`);
  return Number(value);
}

/** The readers are loaded when they are needed: that of SQLite is a megabyte of WebAssembly. */
async function openSource(from: string): Promise<Source> {
  if (/^postgres(ql)?:/.test(from)) {
    const { openPostgresSource } = await import('../moving-in/postgres-source.js');
    return openPostgresSource(from);
  }
  const { openSqliteSource } = await import('../moving-in/sqlite-source.js');
  return openSqliteSource(from.replace(/^sqlite:(\/\/(?=\/))?/, ''));
}

async function readSiteSettings(source: Source, layout: Layout, options: DotOptions): Promise<SiteSettings> {
  const { accessTokenExpireSeconds, refreshTokenExpireSeconds, refreshTokenGracePeriodSeconds } = options;
  return {
    accessTokenLifetime:
      readSeconds('--access-token-expire-seconds', accessTokenExpireSeconds, 1) ??
      (await findAccessTokenLifetime(source, layout)),
    // DOT's refresh tokens never expire unless told to, and ours live no longer than this.
    refreshTokenLifetime:
      readSeconds('--refresh-token-expire-seconds', refreshTokenExpireSeconds, 1) ?? LONGEST_LIFETIME,
    refreshGracePeriod:
      readSeconds('--refresh-token-grace-period-seconds', refreshTokenGracePeriodSeconds, 0) ?? null,
    pkce: options.pkce,
  };
}

function printSurvey(source: Source, layout: Layout, site: SiteSettings, survey: Survey): void {
  const counts = Object.entries(survey.counts).map(([what, count]) => `${inNumbers(count)} ${what}`);
  const lifetime =
    site.refreshTokenLifetime === LONGEST_LIFETIME
      ? 'do not expire'
      : `live ${site.refreshTokenLifetime} seconds`;
  printLine(`${source.name} (oauth2_provider at ${layout.version}): ${counts.join(', ')}.`);
  printLine(
    `Access tokens of its applications live ${site.accessTokenLifetime} seconds, their refresh tokens ${lifetime}; PKCE is ${site.pkce}.`,
  );
  printRemarks('Will not come over:', survey.left);
  printRemarks('Will come over, but not as it was:', survey.changed);
  printLine('');
}

async function importFromDot(readConfig: ReadConfig, options: DotOptions): Promise<void> {
  const config = readConfig();
  const { json, dryRun: isDryRun = false } = options;
  const source = await openSource(options.from);
  try {
    const at = new Date();
    const layout = await findLayout(source);
    const site = await readSiteSettings(source, layout, options);
    const allowedSchemes = config.allowedRedirectUriSchemes;
    const scopes = listScopes(config.scopes);
    if (!json)
      printSurvey(
        source,
        layout,
        site,
        await surveySite(source, layout, { at, site, allowedSchemes, scopes }),
      );
    const work = { source, layout, site, allowedSchemes, at, isDryRun, progress: showProgress() };
    const report = await withDatabase(config, ({ knex }) => importDot({ ...work, knex }), {
      isPatient: true,
    });
    if (json) printJson(reportToJson(report, isDryRun));
    else printReport(report, isDryRun);
  } finally {
    await source.close();
  }
}

export function addImportCommands(program: Command, readConfig: ReadConfig): void {
  const command = program
    .command('import')
    .description('Bring people, applications and tokens over from another server.');

  command
    .command('dot')
    .description(
      'From the database of a Django OAuth Toolkit site, which is only read. Can be run again: it brings what is new.',
    )
    .requiredOption(
      '--from <database>',
      'postgres://user:password@host/database, or the path of a SQLite file',
    )
    .option('--dry-run', 'say what would come over and what not, and change nothing')
    .option(
      '--access-token-expire-seconds <seconds>',
      "the site's ACCESS_TOKEN_EXPIRE_SECONDS; what most of its newest tokens have, unless given",
    )
    .option(
      '--refresh-token-expire-seconds <seconds>',
      "the site's REFRESH_TOKEN_EXPIRE_SECONDS; never, unless given",
    )
    .option(
      '--refresh-token-grace-period-seconds <seconds>',
      "the site's REFRESH_TOKEN_GRACE_PERIOD_SECONDS; this server's, unless given",
    )
    .addOption(
      new Option('--pkce <rule>', "the site's PKCE_REQUIRED").choices(PKCE_RULES).default('optional'),
    )
    .option('--json', 'print JSON')
    .action((options: DotOptions) => importFromDot(readConfig, options));
  addImportFileCommands(command, readConfig);
}
