import type { Command } from 'commander';
import { makeSuperuserLink } from '../accounts/superuser-link.js';
import { AppError } from '../http/errors.js';
import { printJson, printLine } from './print.js';
import type { ReadConfig } from './read-config.js';
import { withDatabase } from './with-database.js';

export function addSuperuserLinkCommand(program: Command, readConfig: ReadConfig): void {
  program
    .command('superuser-link')
    .description('Print a link that makes the first superuser; it works once, for a day.')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const config = readConfig();
      const link = await withDatabase(config, ({ knex }) =>
        makeSuperuserLink(knex, { issuer: config.issuer, at: new Date() }),
      );
      if (!link) {
        throw new AppError(409, 'superuser_exists', 'There is a superuser already.', {
          hint: '`latchkey user create --superuser` makes another.',
        });
      }
      if (json) printJson({ url: link.url, expires_at: link.expiresAt });
      else printLine(link.url);
    });
}
