import type { Command } from 'commander';
import type { Account } from '../accounts/account.js';
import { createAccount } from '../accounts/create-account.js';
import { getAccount } from '../accounts/find-account.js';
import { listGroupsOf } from '../accounts/groups.js';
import { invite } from '../accounts/invitations/invite.js';
import { createPasswords } from '../accounts/passwords.js';
import { searchAccounts } from '../accounts/search-accounts.js';
import { setPassword } from '../accounts/set-password.js';
import type { Db } from '../database/database.js';
import { countSessionsOf } from '../engine/storage/sessions-store.js';
import { matchLanguage } from '../languages/languages.js';
import { printFacts, printJson, printLine, printTable } from './print.js';
import type { ReadConfig } from './read-config.js';
import { readPassword } from './read-password.js';
import { refusedInput } from './refused-input.js';
import { UsageError } from './run-program.js';
import { addStateCommands } from './user-state.js';
import { withDatabase } from './with-database.js';
import { withMails } from './with-mails.js';

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

interface ListOptions {
  search?: string;
  json?: boolean;
}

const ROWS_AT_ONCE = 1_000;

/** In the order in which they were made. */
async function findAll(db: Db, search: string | undefined): Promise<Account[]> {
  const all: Account[] = [];
  let before: number | undefined;
  do {
    const page = await searchAccounts(db, { ...(search ? { search } : {}), before, limit: ROWS_AT_ONCE });
    all.push(...page.accounts);
    before = page.next;
  } while (before !== undefined);
  return all.reverse();
}

const stateOf = (account: Account): string =>
  [account.isSuperuser && 'superuser', account.disabledAt && 'disabled'].filter(Boolean).join(', ');

async function listUsers(readConfig: ReadConfig, { search, json }: ListOptions): Promise<void> {
  const accounts = await withDatabase(readConfig(), ({ knex }) => findAll(knex, search));
  if (json) return printJson(accounts.map(toJson));
  printTable(
    ['ID', 'USERNAME', 'EMAIL', 'NAME', 'STATE'],
    accounts.map((account) => [
      String(account.id),
      account.username,
      account.email,
      `${account.firstName} ${account.lastName}`.trim(),
      stateOf(account),
    ]),
  );
}

async function showUser(readConfig: ReadConfig, username: string, { json }: ListOptions): Promise<void> {
  const { account, groups, sessions } = await withDatabase(readConfig(), async ({ knex }) => {
    const account = await getAccount(knex, username);
    const groups = await listGroupsOf(knex, account.id);
    return { account, groups, sessions: await countSessionsOf(knex, account.id, new Date()) };
  });
  if (json) return printJson({ ...toJson(account), groups, sessions });
  printFacts({
    id: String(account.id),
    username: account.username,
    email: `${account.email}${account.emailVerifiedAt ? ' (verified)' : ''}`,
    name: `${account.firstName} ${account.lastName}`.trim(),
    state: stateOf(account),
    groups: groups.join(', '),
    sessions: String(sessions),
    created: account.createdAt.toISOString(),
  });
}

async function replacePassword(readConfig: ReadConfig, username: string): Promise<void> {
  const config = readConfig();
  const password = await readPassword();
  const account = await withDatabase(config, (database) =>
    setPassword(database, createPasswords(config.passwords), username, password),
  );
  printLine(`${account.username} has a new password, and is signed out of every browser.`);
}

interface InviteOptions {
  language: string;
  print?: boolean;
}

async function inviteUser(
  readConfig: ReadConfig,
  email: string,
  { language: named, print = false }: InviteOptions,
): Promise<void> {
  const language = matchLanguage([named]);
  if (!language) throw new UsageError('--language must be one of the languages of the pages, such as fr.');
  const config = readConfig();
  const result = await withMails(config, (deps) =>
    invite({ config, ...deps }, { email }, { by: {}, isMailed: !print, language }),
  );
  if (!result.ok) throw refusedInput(result.errors);
  printLine(result.link ?? `The invitation is on its way to ${result.email}.`);
}

export function addUserCommands(program: Command, readConfig: ReadConfig): void {
  const user = program.command('user').description('People: make, find, disable, sign out, promote.');

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
    .command('invite')
    .description('Mail somebody a link with which they make an account; without a mail server, print it.')
    .argument('<email>')
    .option('--language <tag>', 'of the mail', 'en')
    .option('--print', 'print the link, and mail nothing')
    .action((email: string, options: InviteOptions) => inviteUser(readConfig, email, options));

  user
    .command('set-password')
    .description('Give a user a new password, read from stdin, and sign them out of every browser.')
    .argument('<username>')
    .requiredOption('--password-stdin', 'read the password from stdin')
    .action((username: string) => replacePassword(readConfig, username));

  user
    .command('list')
    .description('List users.')
    .option('--search <text>', 'only those whose username, email address or name begins with this')
    .option('--json', 'print JSON')
    .action((options: ListOptions) => listUsers(readConfig, options));

  user
    .command('show')
    .description('Show a user, their groups and how many browsers they are signed in at.')
    .argument('<username>')
    .option('--json', 'print JSON')
    .action((username: string, options: ListOptions) => showUser(readConfig, username, options));

  addStateCommands(user, readConfig);
}
