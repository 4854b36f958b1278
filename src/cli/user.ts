import type { Command } from 'commander';
import type { Account } from '../accounts/account.js';
import { createAccount } from '../accounts/create-account.js';
import { createPasswords } from '../accounts/passwords.js';
import { setAccountEnabled } from '../accounts/set-account-enabled.js';
import { setPassword } from '../accounts/set-password.js';
import { listAccounts } from '../accounts/store.js';
import { printJson, printLine, printTable } from './print.js';
import type { ReadConfig } from './read-config.js';
import { readPassword } from './read-password.js';
import { refusedInput } from './refused-input.js';
import { withDatabase } from './with-database.js';

interface CreateOptions {
  username: string;
  email: string;
  firstName?: string;
  lastName?: string;
  superuser?: boolean;
  json?: boolean;
}

/** An account as programs read it, without what nobody needs outside the server. */
function toJson(account: Account) {
  return {
    id: account.id,
    username: account.username,
    email: account.email,
    first_name: account.firstName,
    last_name: account.lastName,
    is_superuser: account.isSuperuser,
    is_enabled: account.disabledAt === null,
    created_at: account.createdAt,
  };
}

async function createUser(
  readConfig: ReadConfig,
  { json, superuser, ...input }: CreateOptions,
): Promise<void> {
  const config = readConfig();
  const password = await readPassword();
  const account = await withDatabase(config, async (database) => {
    const passwords = createPasswords(config.passwords);
    const result = await createAccount(database, passwords, { ...input, password, isSuperuser: superuser });
    if (!result.ok) throw refusedInput(result.errors);
    return result.account;
  });
  if (json) printJson(toJson(account));
  else
    printLine(
      `Made the ${account.isSuperuser ? 'superuser' : 'user'} ${account.username} (id ${account.id}).`,
    );
}

async function listUsers(readConfig: ReadConfig, { json }: { json?: boolean }): Promise<void> {
  const accounts = await withDatabase(readConfig(), ({ knex }) => listAccounts(knex));
  if (json) return printJson(accounts.map(toJson));
  printTable(
    ['ID', 'USERNAME', 'EMAIL', 'NAME', 'STATE'],
    accounts.map((account) => [
      String(account.id),
      account.username,
      account.email,
      `${account.firstName} ${account.lastName}`.trim(),
      [account.isSuperuser && 'superuser', account.disabledAt && 'disabled'].filter(Boolean).join(', '),
    ]),
  );
}

async function setEnabled(readConfig: ReadConfig, username: string, isEnabled: boolean): Promise<void> {
  const account = await withDatabase(readConfig(), (database) =>
    setAccountEnabled(database, username, isEnabled),
  );
  printLine(
    `${account.username} ${isEnabled ? 'can sign in again' : 'is disabled and can no longer sign in'}.`,
  );
}

async function replacePassword(readConfig: ReadConfig, username: string): Promise<void> {
  const config = readConfig();
  const password = await readPassword();
  const account = await withDatabase(config, (database) =>
    setPassword(database, createPasswords(config.passwords), username, password),
  );
  printLine(`${account.username} has a new password, and is signed out of every browser.`);
}

export function addUserCommands(program: Command, readConfig: ReadConfig): void {
  const user = program
    .command('user')
    .description('Make, list, disable and enable users, and set their passwords.');

  user
    .command('create')
    .description('Make a user. The password is read from stdin.')
    .requiredOption('--username <name>', 'what they sign in with')
    .requiredOption('--email <address>', 'their email address')
    .option('--first-name <name>', 'their first name')
    .option('--last-name <name>', 'their last name')
    .option('--superuser', 'may see and change everything')
    .requiredOption('--password-stdin', 'read the password from stdin')
    .option('--json', 'print JSON')
    .action((options: CreateOptions) => createUser(readConfig, options));

  user
    .command('set-password')
    .description('Give a user a new password, read from stdin, and sign them out of every browser.')
    .argument('<username>')
    .requiredOption('--password-stdin', 'read the password from stdin')
    .action((username: string) => replacePassword(readConfig, username));

  user
    .command('list')
    .description('List all users.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => listUsers(readConfig, options));

  user
    .command('disable')
    .description('Keep a user from signing in; what was given out for them stops working.')
    .argument('<username>')
    .action((username: string) => setEnabled(readConfig, username, false));

  user
    .command('enable')
    .description('Let a disabled user sign in again.')
    .argument('<username>')
    .action((username: string) => setEnabled(readConfig, username, true));
}
