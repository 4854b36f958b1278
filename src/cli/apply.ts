/** `latchkey apply FILE`: for people who keep their applications in git. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import {
  applyApplications,
  type PlannedChange,
  planApplications,
} from '../applications/apply/apply-applications.js';
import { readApplications } from '../applications/apply/read-applications.js';
import { printJson, printLine } from './print.js';
import type { ReadConfig } from './read-config.js';
import { UsageError } from './run-program.js';
import { withDatabase } from './with-database.js';

interface Options {
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

const SIGNS = { create: '+', change: '~', delete: '-', nothing: ' ' } as const;
const inWords = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));

function printPlan(planned: PlannedChange[]): void {
  for (const { clientId, name, action, differences } of planned) {
    printLine(`${SIGNS[action]} ${clientId} (${name}): ${action === 'nothing' ? 'nothing differs' : action}`);
    for (const { field, from, to } of differences) {
      const isDefault =
        action === 'create' && (to === null || (Array.isArray(to) && !to.length) || to === '');
      if (!isDefault)
        printLine(
          `    ${field}: ${action === 'create' ? inWords(to) : `${inWords(from)} -> ${inWords(to)}`}`,
        );
    }
  }
}

async function isAgreed(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError('Nobody can be asked here: add --yes, or --dry-run to look only.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Apply this? [y/N] ');
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function apply(readConfig: ReadConfig, file: string, { dryRun, yes, json }: Options): Promise<void> {
  const config = readConfig();
  const wanted = await readApplications(file);
  await withDatabase(config, async ({ knex }) => {
    const planned = await planApplications(knex, config, wanted, new Date());
    const differs = planned.some(({ action }) => action !== 'nothing');
    if (!json) printPlan(planned);
    if (dryRun || !differs) {
      if (json) printJson({ applied: false, applications: planned });
      else printLine(differs ? 'Nothing was done (--dry-run).' : 'Nothing to do.');
      return;
    }
    if (!yes && !(await isAgreed())) return printLine('Nothing was done.');
    const change = { by: { via: 'latchkey apply' }, at: new Date() };
    const { done, secrets } = await applyApplications(knex, config, wanted, change);
    if (json)
      return printJson({ applied: true, applications: done, client_secrets: Object.fromEntries(secrets) });
    printLine('Applied.');
    for (const [clientId, secret] of secrets)
      printLine(`client_secret of ${clientId}, shown now and never again: ${secret}`);
  });
}

export function addApplyCommand(program: Command, readConfig: ReadConfig): void {
  program
    .command('apply')
    .description(
      'Make applications what a YAML file says: shows what differs, asks, and does it all or not at all.',
    )
    .argument('<file>')
    .option('--dry-run', 'show what differs and do nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((file: string, options: Options) => apply(readConfig, file, options));
}
