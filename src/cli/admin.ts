/** The way back in for whoever has the machine and nobody who could let them in. */
import type { Command } from 'commander';
import { recoverSuperuser } from '../accounts/recover-superuser.js';
import { printJson, printLine } from './print.js';
import type { ReadConfig } from './read-config.js';
import { withMails } from './with-mails.js';

interface RecoverOptions {
  removeFactors?: boolean;
  reason?: string;
  json?: boolean;
}

async function recover(
  readConfig: ReadConfig,
  username: string | undefined,
  { removeFactors = false, json, ...by }: RecoverOptions,
): Promise<void> {
  const { account, link } = await withMails(readConfig(), (deps) =>
    recoverSuperuser(deps, username, { by, removeFactors }),
  );
  if (json) return printJson({ username: account.username, url: link });
  printLine(`${account.username} is a superuser, and chooses a new password here, once and within an hour:`);
  printLine(link);
}

export function addAdminCommands(program: Command, readConfig: ReadConfig): void {
  const admin = program.command('admin').description('When nobody can administer the server any more.');
  admin
    .command('recover')
    .description(
      'Print a link with which a superuser chooses a new password. Anybody else is made a superuser, and enabled.',
    )
    .argument('[username]', 'the only superuser unless given')
    .option('--remove-factors', 'forget the second factors as well')
    .option('--reason <text>', 'for the audit trail')
    .option('--json', 'print JSON')
    .action((username: string | undefined, options: RecoverOptions) =>
      recover(readConfig, username, options),
    );
}
