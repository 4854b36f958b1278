import { type Administrator, recordAdministration } from '../../audit/audit.js';
import type { Database } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import type { Language } from '../../languages/languages.js';
import { text } from '../../languages/texts.js';
import type { Mails } from '../../mail/mails.js';
import { languageFor } from '../../mail/notify.js';
import type { Account } from '../account.js';
import { getAccount, type Who } from '../find-account.js';
import type { MailedLinks } from '../mailed-links.js';
import { writeResetLetter } from './send-reset-mails.js';

const HOUR_MS = 60 * 60 * 1000;

interface StartResetDeps {
  database: Database;
  mails: Mails;
  mailedLinks: MailedLinks;
}

export interface ResetStarted {
  account: Account;
  /** For the administrator to hand over, once; undefined when it was mailed. */
  link: string | undefined;
}

/**
 * Whoever runs the server helps somebody back in: a link with which the person chooses a new password, good for an
 * hour. It is mailed, or given to the administrator where that cannot be done or is not wanted.
 * @throws AppError account_not_found, account_disabled
 */
export async function startReset(
  { database, mails, mailedLinks }: StartResetDeps,
  who: Who,
  { by, isMailed, language }: { by: Administrator; isMailed: boolean; language?: Language },
): Promise<ResetStarted> {
  const at = new Date();
  const expiresAt = new Date(at.getTime() + HOUR_MS);
  return database.knex.transaction(async (transaction) => {
    const account = await getAccount(transaction, who);
    const { id: accountId, username, email } = account;
    if (account.disabledAt) {
      const message = text('accounts.administration.disabled', { username });
      throw new AppError(409, 'account_disabled', message);
    }
    const mailTo = isMailed && mails.areAvailable ? email : '';
    const proof = { accountId, purpose: 'password reset', email: mailTo } as const;
    const { token, code } = await mailedLinks.make(transaction, proof, { at, expiresAt });
    if (mailTo) {
      const written = { token, code, next: undefined, language: languageFor(account.claims, language) };
      const letter = writeResetLetter(mails, account, written);
      await mails.post(transaction, { to: mailTo, accountId, letter, expiresAt });
    }
    const details = { link: mailTo ? 'mailed' : 'shown' };
    await recordAdministration(transaction, by, { event: 'password.reset_asked', at, accountId, details });
    return { account, link: mailTo ? undefined : mails.linkTo(`/login/reset?token=${token}`) };
  });
}
