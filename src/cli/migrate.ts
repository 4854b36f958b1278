import type { Command } from 'commander';
import { startEmbeddedDatabase } from '../database/embedded.js';
import { prepareSchema } from '../database/prepare-schema.js';
import { printLine } from './print.js';
import type { ReadConfig } from './read-config.js';

export function addMigrateCommand(program: Command, readConfig: ReadConfig): void {
  program
    .command('migrate')
    .description("Bring the database's tables up to date. The server does so itself when it starts.")
    .action(async () => {
      const config = readConfig();
      const onProgress = (line: string) => process.stderr.write(`${line}\n`);
      const embedded = config.databaseUrl
        ? undefined
        : await startEmbeddedDatabase({ dataDir: config.dataDir, onProgress });
      try {
        const names = await prepareSchema(config.databaseUrl ?? embedded!.url, onProgress);
        for (const name of names) printLine(`Migrated ${name}.`);
        printLine('The tables are up to date.');
      } finally {
        await embedded?.stop();
      }
    });
}
