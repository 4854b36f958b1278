import { recordEvent } from '../audit/audit.js';
import type { Db } from '../database/database.js';
import type { FieldErrors } from '../http/errors.js';
import type { Language } from '../languages/languages.js';
import { text } from '../languages/texts.js';
import type { Mails } from '../mail/mails.js';
import { notify } from '../mail/notify.js';
import type { Account } from './account.js';
import { checkOwnPassword } from './check-own-password.js';
import { dropEmailChange } from './email-addresses/change-email.js';
import { forgetBrowsersOf } from './factors/change-factors.js';
import { withdrawLinks } from './mailed-links.js';
import { replacePasswordHash, updateAccount } from './store.js';
import type { PasswordCheckDeps } from './throttled-password.js';

export interface PasswordChange {
  current: string;
  next: string;
  /** The client's address. */
  network: string;
  requestId: string;
  /** Of the page. */
  language: Language;
}

export interface ChangePasswordDeps extends PasswordCheckDeps {
  mails: Mails;
  /** Ends every session of the account but the one that changes the password. */
  endOtherSessions: (transaction: Db) => Promise<void>;
}

export type PasswordChangeResult =
  | { outcome: 'changed'; account: Account }
  | { outcome: 'refused'; errors: FieldErrors }
  /** retryAfter in seconds */
  | { outcome: 'throttled'; retryAfter: number };

/**
 * Whoever found a browser signed in cannot take the account over: the current password is asked for, under the
 * throttle of the login page, and the other sessions end.
 * @throws AppError overloaded when too many are waiting for their password to be checked
 */
export async function changePassword(
  deps: ChangePasswordDeps,
  account: Account,
  { current, next, network, requestId, language }: PasswordChange,
): Promise<PasswordChangeResult> {
  const { database, passwords } = deps;
  const at = new Date();
  const problem = passwords.findProblem(next, [account.username, account.email]);
  if (problem) return { outcome: 'refused', errors: { new_password: problem } };
  if (next === current)
    return { outcome: 'refused', errors: { new_password: text('accounts.refused.passwordSame') } };

  const purpose = 'current_password' as const;
  const check = { account, password: current, purpose, at, network, requestId };
  const result = await checkOwnPassword(deps, check);
  if (result.outcome === 'throttled') return result;
  const notCurrent: PasswordChangeResult = {
    outcome: 'refused',
    errors: { current_password: text('accounts.refused.passwordNotCurrent') },
  };
  if (result.outcome === 'wrong') return notCurrent;

  const passwordHash = await passwords.hash(next, network);
  const changed = await database.knex.transaction(async (transaction) => {
    // Of two changes at once the second is made with a password that is no longer the current one.
    const isCurrent = await replacePasswordHash(
      transaction,
      account.id,
      result.account.passwordHash,
      passwordHash,
    );
    if (!isCurrent) return undefined;
    const changed = await updateAccount(transaction, account.id, { passwordHash }, at);
    await deps.endOtherSessions(transaction);
    await withdrawLinks(transaction, account.id, ['password reset']);
    await dropEmailChange(transaction, account.id);
    await forgetBrowsersOf(transaction, account.id);
    await recordEvent(transaction, {
      event: 'password.changed',
      at,
      accountId: account.id,
      network,
      requestId,
    });
    const notice = { notice: 'passwordChanged', values: {}, network, language } as const;
    await notify(deps.mails, transaction, { accountId: account.id, ...notice });
    return changed;
  });
  return changed ? { outcome: 'changed', account: changed } : notCurrent;
}
