/**
 * A new address becomes the account's once it is confirmed by a mail to it. Where the old one was verified, its reader
 * has to agree as well: whoever found a browser signed in could otherwise take the account over. An old address
 * that was never verified has no say, since it may be a typing error, and is told.
 */

import { z } from 'zod';
import { recordEvent } from '../../audit/audit.js';
import type { Config } from '../../config/config.js';
import type { Database, Db } from '../../database/database.js';
import type { FieldErrors } from '../../http/errors.js';
import { parseForm } from '../../http/form-input.js';
import type { Language } from '../../languages/languages.js';
import { text } from '../../languages/texts.js';
import type { Mails } from '../../mail/mails.js';
import { notify } from '../../mail/notify.js';
import type { Account } from '../account.js';
import { identityFields, isForeignAddress } from '../account-fields.js';
import { type MailedLinks, withdrawLinks } from '../mailed-links.js';
import { updateAccount } from '../store.js';
import {
  CONFIRMATIONS,
  type ConfirmationPurpose,
  confirmationExpiry,
  countConfirmation,
  sendConfirmation,
} from './send-confirmation.js';
import { deleteEmailChange, saveEmailChange } from './store.js';

export interface EmailDeps {
  config: Pick<Config, 'emailVerification'>;
  database: Database;
  mails: Mails;
  mailedLinks: MailedLinks;
}

export interface FromPage {
  network: string;
  requestId: string;
  language: Language;
}

export type EmailChangeResult =
  | { outcome: 'changed' }
  /** Mails were sent. */
  | { outcome: 'pending' }
  | { outcome: 'refused'; errors: FieldErrors };

const schema = z.object({ email: identityFields.email });
const OF_CHANGE: ConfirmationPurpose[] = ['email change: new address', 'email change: old address'];

/** Where addresses are not verified, nothing is waited for; the old one is told. */
async function changeAtOnce(
  { database, mails }: EmailDeps,
  account: Account,
  email: string,
  { network, requestId, language }: FromPage,
): Promise<void> {
  const at = new Date();
  const about = { accountId: account.id, network };
  await database.knex.transaction(async (transaction) => {
    await updateAccount(transaction, account.id, { email, emailVerifiedAt: null }, at);
    // What was mailed to the old address may be why the owner has left it.
    await withdrawLinks(transaction, account.id, [...CONFIRMATIONS, 'password reset']);
    await recordEvent(transaction, { event: 'email.changed', at, requestId, ...about });
    const notice = { notice: 'emailChanged', values: { address: email } } as const;
    await notify(mails, transaction, { ...notice, to: account.email, language, ...about });
  });
}

async function askForChange(
  deps: EmailDeps,
  account: Account,
  email: string,
  { network, requestId, language }: FromPage,
): Promise<void> {
  const { database, mails } = deps;
  const at = new Date();
  const isOldVerified = account.emailVerifiedAt !== null;
  const about = { accountId: account.id, network };
  await database.knex.transaction(async (transaction) => {
    await withdrawLinks(transaction, account.id, OF_CHANGE);
    const change = { accountId: account.id, email, confirmedByOldAt: isOldVerified ? null : at };
    await saveEmailChange(transaction, change, { at, expiresAt: confirmationExpiry(at) });
    const mail = { account, newAddress: email, language };
    await sendConfirmation(deps, transaction, { ...mail, purpose: 'email change: new address', to: email });
    if (isOldVerified) {
      const purpose = 'email change: old address';
      await sendConfirmation(deps, transaction, { ...mail, purpose, to: account.email });
    } else {
      const notice = { notice: 'emailChangeAsked', values: { address: email } } as const;
      await notify(mails, transaction, { ...notice, language, ...about });
    }
    await recordEvent(transaction, { event: 'email.change_asked', at, requestId, ...about });
  });
}

/** @throws AppError too_many_mails */
export async function changeEmail(
  deps: EmailDeps,
  account: Account,
  typed: string,
  from: FromPage,
): Promise<EmailChangeResult> {
  const form = parseForm(schema, { email: typed });
  if (!form.ok) return { outcome: 'refused', errors: form.errors };
  const { email } = form.value;
  if (email === account.email) return { outcome: 'refused', errors: { email: text('emailAddresses.same') } };
  if (isForeignAddress(account.username, email))
    return { outcome: 'refused', errors: { email: text('emailAddresses.isUsername') } };
  if (deps.config.emailVerification === 'off') {
    await changeAtOnce(deps, account, email, from);
    return { outcome: 'changed' };
  }
  await countConfirmation(deps.database, account.id, email);
  await askForChange(deps, account, email, from);
  return { outcome: 'pending' };
}

/** @returns whether there was one */
export async function dropEmailChange(db: Db, accountId: number): Promise<boolean> {
  await withdrawLinks(db, accountId, OF_CHANGE);
  return deleteEmailChange(db, accountId);
}

/** Nothing happens when there is none. */
export async function cancelEmailChange(
  { database }: Pick<EmailDeps, 'database'>,
  { id: accountId }: Account,
  { network, requestId }: Omit<FromPage, 'language'>,
): Promise<void> {
  await database.knex.transaction(async (transaction) => {
    if (!(await dropEmailChange(transaction, accountId))) return;
    const event = { event: 'email.change_cancelled', at: new Date(), accountId } as const;
    await recordEvent(transaction, { ...event, network, requestId });
  });
}
