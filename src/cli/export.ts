/** `latchkey export`: what another Latchkey needs to go on where this one is (src/moving-in/latchkey). */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import { exportEverything } from '../moving-in/latchkey/export-everything.js';
import type { ReadConfig } from './read-config.js';
import { showProgress } from './show-progress.js';
import { withDatabase } from './with-database.js';

async function openFile(path: string): Promise<Writable> {
  // It holds hashes: for its owner alone, and never in the place of an older one.
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  await once(file, 'open');
  return file;
}

async function runExport(readConfig: ReadConfig, { to }: { to?: string }): Promise<void> {
  const config = readConfig();
  const out: Writable = to ? await openFile(to) : process.stdout;
  const write = async (lines: string) => {
    if (!out.write(lines)) await once(out, 'drain');
  };
  const { issuer } = config;
  const work = { issuer, at: new Date(), progress: showProgress(), write };
  await withDatabase(config, ({ knex }) => exportEverything({ ...work, knex }), { isPatient: true });
  if (to) await new Promise<void>((resolve, reject) => out.once('error', reject).end(resolve));
}

export function addExportCommand(program: Command, readConfig: ReadConfig): void {
  program
    .command('export')
    .description(
      'Write people, groups, teams, applications, consents and live tokens as JSON lines: hashes, and no secret in clear.',
    )
    .option('--to <file>', 'a new file that only you may read; standard output unless given')
    .action((options: { to?: string }) => runExport(readConfig, options));
}
