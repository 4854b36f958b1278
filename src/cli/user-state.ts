/** `latchkey user` for what changes what somebody may do, and for helping them back in. */
import type { Command } from 'commander';
import { resetFactors } from '../accounts/factors/reset-factors.js';
import { startReset } from '../accounts/recovery/start-reset.js';
import { setAccountEnabled } from '../accounts/set-account-enabled.js';
import { setSuperuser } from '../accounts/set-superuser.js';
import { signOutEverywhere } from '../accounts/sign-out-everywhere.js';
import { notify } from '../mail/notify.js';
import { printLine } from './print.js';
import type { ReadConfig } from './read-config.js';
import { withDatabase } from './with-database.js';
import { withMails } from './with-mails.js';

interface Reason {
  reason?: string;
}

async function setEnabled(
  readConfig: ReadConfig,
  username: string,
  isEnabled: boolean,
  by: Reason,
): Promise<void> {
  const account = await withMails(readConfig(), ({ database, mails }) =>
    setAccountEnabled(database, username, isEnabled, by, async (transaction, { id: accountId }) => {
      if (!isEnabled) await notify(mails, transaction, { accountId, notice: 'accountDisabled', values: {} });
    }),
  );
  printLine(
    `${account.username} ${isEnabled ? 'can sign in again' : 'is disabled and can no longer sign in'}.`,
  );
}

async function promote(
  readConfig: ReadConfig,
  username: string,
  isSuperuser: boolean,
  by: Reason,
): Promise<void> {
  const account = await withDatabase(readConfig(), (database) =>
    setSuperuser(database, username, isSuperuser, by),
  );
  printLine(`${account.username} ${isSuperuser ? 'is a superuser' : 'is no longer a superuser'}.`);
}

async function signOut(readConfig: ReadConfig, username: string, by: Reason): Promise<void> {
  const account = await withDatabase(readConfig(), (database) => signOutEverywhere(database, username, by));
  printLine(`${account.username} is signed out everywhere, and applications lost what they held.`);
}

interface ResetOptions extends Reason {
  print?: boolean;
}

async function resetPassword(
  readConfig: ReadConfig,
  username: string,
  { print = false, ...by }: ResetOptions,
): Promise<void> {
  const { account, link } = await withMails(readConfig(), (deps) =>
    startReset(deps, username, { by, isMailed: !print }),
  );
  printLine(link ?? `${account.username} gets a mail with a link for a new password.`);
}

async function removeFactors(readConfig: ReadConfig, username: string, by: Reason): Promise<void> {
  const account = await withMails(readConfig(), (deps) => resetFactors(deps, username, by));
  printLine(`${account.username} has no second factor any more.`);
}

export function addStateCommands(user: Command, readConfig: ReadConfig): void {
  const change = (
    name: string,
    description: string,
    act: (username: string, by: Reason) => Promise<void>,
  ): void => {
    user
      .command(name)
      .description(description)
      .argument('<username>')
      .option('--reason <text>', 'for the audit trail')
      .action(act);
  };
  change(
    'disable',
    'Keep a user from signing in; what was given out for them stops working.',
    (username, by) => setEnabled(readConfig, username, false, by),
  );
  change('enable', 'Let a disabled user sign in again.', (username, by) =>
    setEnabled(readConfig, username, true, by),
  );
  change('sign-out', 'End every session of a user and every token given out for them.', (username, by) =>
    signOut(readConfig, username, by),
  );
  change('reset-factors', 'Take away the second factors of somebody who has lost them.', (username, by) =>
    removeFactors(readConfig, username, by),
  );
  change('make-superuser', 'Let a user see and change everything.', (username, by) =>
    promote(readConfig, username, true, by),
  );
  change('unmake-superuser', 'Make a superuser a user like any other.', (username, by) =>
    promote(readConfig, username, false, by),
  );

  user
    .command('reset-password')
    .description('Mail a user a link for a new password; without a mail server, print it.')
    .argument('<username>')
    .option('--print', 'print the link, and mail nothing')
    .option('--reason <text>', 'for the audit trail')
    .action((username: string, options: ResetOptions) => resetPassword(readConfig, username, options));
}
