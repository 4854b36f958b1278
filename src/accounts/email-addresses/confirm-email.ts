/** What a link or code that was mailed brings about: the address is verified, or one of the two of a change agrees. */
import { recordEvent } from '../../audit/audit.js';
import type { Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import { text } from '../../languages/texts.js';
import { notify } from '../../mail/notify.js';
import type { Account } from '../account.js';
import { findEnabledAccount } from '../find-account.js';
import { type Proof, withdrawLinks } from '../mailed-links.js';
import { markEmailVerified, updateAccount } from '../store.js';
import type { EmailDeps, FromPage } from './change-email.js';
import { CONFIRMATIONS } from './send-confirmation.js';
import { confirmEmailChange, deleteEmailChange, findEmailChange } from './store.js';

export interface Confirmed {
  account: Account;
  /** 'half': the mail to the other address is still to be confirmed. */
  outcome: 'verified' | 'changed' | 'half';
}

function linkIsUsedUp(): AppError {
  return new AppError(410, 'link_used_up', text('recovery.usedUp'), {
    hint: text('recovery.usedUpHint'),
    link: { href: '/account/email', text: text('emailAddresses.title') },
  });
}

/** An address that was changed meanwhile is not the one that was proved. */
const isStillOf = ({ purpose, email }: Proof, account: Account): boolean =>
  purpose === 'email change: new address' || email === account.email;

/**
 * What the page of a link asks; uses nothing up.
 * @returns the address that is to count
 * @throws AppError link_used_up
 */
export async function describeLink(
  { database: { knex }, mailedLinks }: Pick<EmailDeps, 'database' | 'mailedLinks'>,
  token: string,
): Promise<{ account: Account; email: string; isChange: boolean }> {
  const at = new Date();
  const proof = await mailedLinks.find(knex, CONFIRMATIONS, token, at);
  const account = proof && (await findEnabledAccount(knex, proof.accountId));
  if (!account || !isStillOf(proof, account)) throw linkIsUsedUp();
  if (proof.purpose === 'email verification') return { account, email: proof.email, isChange: false };
  const change = await findEmailChange(knex, account.id, at);
  if (!change) throw linkIsUsedUp();
  return { account, email: change.email, isChange: true };
}

async function verify(
  db: Db,
  account: Account,
  email: string,
  { network, requestId }: FromPage,
): Promise<Confirmed> {
  const at = new Date();
  if (!(await markEmailVerified(db, account.id, email, at))) throw linkIsUsedUp();
  await recordEvent(db, { event: 'email.verified', at, accountId: account.id, network, requestId });
  return { account, outcome: 'verified' };
}

async function agreeToChange(
  { mails }: EmailDeps,
  db: Db,
  account: Account,
  by: 'new' | 'old',
  { network, requestId, language }: FromPage,
): Promise<Confirmed> {
  const at = new Date();
  const change = await confirmEmailChange(db, account.id, by, at);
  if (!change) throw linkIsUsedUp();
  if (!change.confirmedByNewAt || !change.confirmedByOldAt) return { account, outcome: 'half' };
  const { email } = change;
  await deleteEmailChange(db, account.id);
  // What was mailed to the old address works no more; nor does a new password by way of it.
  await withdrawLinks(db, account.id, [...CONFIRMATIONS, 'password reset']);
  await updateAccount(db, account.id, { email, emailVerifiedAt: at }, at);
  const about = { accountId: account.id, network };
  await recordEvent(db, { event: 'email.changed', at, requestId, ...about });
  const notice = { notice: 'emailChanged', values: { address: email }, language } as const;
  await notify(mails, db, { ...notice, to: account.email, ...about });
  return { account, outcome: 'changed' };
}

/** @throws AppError link_used_up */
export async function confirmEmail(deps: EmailDeps, token: string, from: FromPage): Promise<Confirmed> {
  return deps.database.knex.transaction(async (transaction) => {
    const proof = await deps.mailedLinks.use(transaction, CONFIRMATIONS, token, new Date());
    const account = proof && (await findEnabledAccount(transaction, proof.accountId));
    if (!account || !isStillOf(proof, account)) throw linkIsUsedUp();
    if (proof.purpose === 'email verification') return verify(transaction, account, proof.email, from);
    const by = proof.purpose === 'email change: new address' ? 'new' : 'old';
    return agreeToChange(deps, transaction, account, by, from);
  });
}

/** @returns undefined when the code is of none of the mails, or was tried too often */
export async function confirmEmailByCode(
  deps: EmailDeps,
  { id: accountId }: Account,
  code: string,
  from: FromPage,
): Promise<Confirmed | undefined> {
  for (const purpose of CONFIRMATIONS) {
    const of = { accountId, purpose };
    const token = await deps.mailedLinks.exchangeCode(deps.database.knex, of, code, new Date());
    if (token) return confirmEmail(deps, token, from);
  }
  return undefined;
}
