import { recordEvent } from '../../audit/audit.js';
import type { Database } from '../../database/database.js';
import { AppError, type FieldErrors } from '../../http/errors.js';
import type { Language } from '../../languages/languages.js';
import { text } from '../../languages/texts.js';
import type { Mails } from '../../mail/mails.js';
import { notify } from '../../mail/notify.js';
import type { Account } from '../account.js';
import { dropEmailChange } from '../email-addresses/change-email.js';
import { endAllAccess } from '../end-all-access.js';
import { findEnabledAccount } from '../find-account.js';
import type { MailedLinks } from '../mailed-links.js';
import type { Passwords } from '../passwords.js';
import { markEmailVerified, updateAccount } from '../store.js';

export interface ResetPasswordDeps {
  database: Database;
  mails: Mails;
  mailedLinks: MailedLinks;
  passwords: Passwords;
}

interface NewPassword {
  token: string;
  password: string;
  network: string;
  requestId: string;
  language: Language;
}

export type ResetResult = { ok: true; account: Account } | { ok: false; errors: FieldErrors };

function linkIsUsedUp(): AppError {
  return new AppError(410, 'link_used_up', text('recovery.usedUp'), {
    hint: text('recovery.usedUpHint'),
    link: { href: '/login/forgot', text: text('recovery.again') },
  });
}

/**
 * Whose password the link is for; uses nothing up.
 * @throws AppError link_used_up
 */
export async function getAccountOfLink(
  { database: { knex }, mailedLinks }: Pick<ResetPasswordDeps, 'database' | 'mailedLinks'>,
  token: string,
): Promise<Account> {
  const proof = await mailedLinks.find(knex, ['password reset'], token, new Date());
  const account = proof && (await findEnabledAccount(knex, proof.accountId));
  if (!account) throw linkIsUsedUp();
  return account;
}

/**
 * Whoever forgot the password may as well have lost it to somebody: every browser and every application is signed out,
 * and tokens made by hand are revoked. The mailbox was read, so its address is verified, and stays the account's.
 * @throws AppError link_used_up, overloaded
 */
export async function resetPassword(
  deps: ResetPasswordDeps,
  { token, password, network, requestId, language }: NewPassword,
): Promise<ResetResult> {
  const { database, mails, mailedLinks, passwords } = deps;
  const { username, email } = await getAccountOfLink(deps, token);
  const problem = passwords.findProblem(password, [username, email]);
  if (problem) return { ok: false, errors: { new_password: problem } };
  const passwordHash = await passwords.hash(password, network);
  const at = new Date();
  return database.knex.transaction(async (transaction) => {
    const proof = await mailedLinks.use(transaction, ['password reset'], token, at);
    const account = proof && (await findEnabledAccount(transaction, proof.accountId));
    if (!account) throw linkIsUsedUp();
    const changed = await updateAccount(transaction, account.id, { passwordHash }, at);
    if (proof.email) await markEmailVerified(transaction, account.id, proof.email, at);
    await dropEmailChange(transaction, account.id);
    await endAllAccess(transaction, account.id);
    const about = { accountId: account.id, network };
    await recordEvent(transaction, { event: 'password.reset', at, requestId, ...about });
    await notify(mails, transaction, { notice: 'passwordChanged', values: {}, language, ...about });
    return { ok: true, account: changed ?? account };
  });
}
