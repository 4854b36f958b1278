/**
 * The way back in for somebody who has forgotten the password, by whoever runs the server. Whoever knew the old one is
 * signed out everywhere; applications keep what they were allowed, as after a change by the person.
 */

import { recordEvent } from '../audit/audit.js';
import type { Database } from '../database/database.js';
import { endSessionsOf } from '../engine/storage/sessions-store.js';
import { AppError } from '../http/errors.js';
import type { Account } from './account.js';
import { dropEmailChange } from './email-addresses/change-email.js';
import { forgetBrowsersOf } from './factors/change-factors.js';
import { getAccount } from './find-account.js';
import { withdrawLinks } from './mailed-links.js';
import type { Passwords } from './passwords.js';
import { updateAccount } from './store.js';

/** @throws AppError account_not_found, or password_refused with the reason */
export async function setPassword(
  database: Database,
  passwords: Passwords,
  username: string,
  password: string,
  at = new Date(),
): Promise<Account> {
  const account = await getAccount(database.knex, username);
  const problem = passwords.findProblem(password, [account.username, account.email]);
  if (problem) throw new AppError(422, 'password_refused', problem);
  const passwordHash = await passwords.hash(password, undefined);
  await database.knex.transaction(async (transaction) => {
    await updateAccount(transaction, account.id, { passwordHash }, at);
    await endSessionsOf(transaction, account.id);
    await withdrawLinks(transaction, account.id, ['password reset']);
    await dropEmailChange(transaction, account.id);
    await forgetBrowsersOf(transaction, account.id);
    const details = { by: 'command line' };
    await recordEvent(transaction, { event: 'password.changed', at, accountId: account.id, details });
  });
  return account;
}
