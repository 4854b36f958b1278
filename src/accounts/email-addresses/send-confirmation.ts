/** The mails with which an address is confirmed: each holds a link and a code, and goes to the address it is about. */
import type { Database, Db } from '../../database/database.js';
import type { Language } from '../../languages/languages.js';
import { type TextKey, text, translatorFor } from '../../languages/texts.js';
import { addressTag } from '../../mail/address-tag.js';
import type { Mails } from '../../mail/mails.js';
import { languageFor } from '../../mail/notify.js';
import { HOUR, reserveAttempt } from '../../throttle/throttle.js';
import type { Account } from '../account.js';
import type { LinkPurpose, MailedLinks } from '../mailed-links.js';
import { tooMany } from '../wait.js';

const DAY = 24 * 60 * 60 * 1000;
/** To one address in an hour, and of one account. */
const MOST_MAILS = 5;

export type ConfirmationPurpose = Exclude<LinkPurpose, 'password reset'>;

export const CONFIRMATIONS: ConfirmationPurpose[] = [
  'email verification',
  'email change: new address',
  'email change: old address',
];

const TEXTS: Record<ConfirmationPurpose, { subject: TextKey; line: TextKey }> = {
  'email verification': {
    subject: 'emailAddresses.mail.verification.subject',
    line: 'emailAddresses.mail.verification.line',
  },
  'email change: new address': {
    subject: 'emailAddresses.mail.new.subject',
    line: 'emailAddresses.mail.new.line',
  },
  'email change: old address': {
    subject: 'emailAddresses.mail.old.subject',
    line: 'emailAddresses.mail.old.line',
  },
};

export const confirmationExpiry = (at: Date): Date => new Date(at.getTime() + DAY);

/**
 * Counts a mail that is about to be sent, so that nobody's mailbox can be flooded by way of us.
 * @param accountId undefined for an account that is being made
 */
export function reserveConfirmation(
  db: Db,
  accountId: number | undefined,
  email: string,
): ReturnType<typeof reserveAttempt> {
  const keys = [`email:address:${addressTag(email)}`];
  if (accountId !== undefined) keys.push(`email:account:${accountId}`);
  const rules = keys.map((key) => ({ key, limit: MOST_MAILS, window: HOUR }));
  return reserveAttempt(db, rules, new Date());
}

/** @throws AppError too_many_mails */
export async function countConfirmation(database: Database, accountId: number, email: string): Promise<void> {
  const counted = await reserveConfirmation(database.knex, accountId, email);
  if (counted.allowed) return;
  const link = { href: '/account/email', text: text('emailAddresses.title') };
  throw tooMany('too_many_mails', text('emailAddresses.tooMany'), counted.retryAfter, link);
}

export interface Confirmation {
  account: Account;
  purpose: ConfirmationPurpose;
  /** Where the mail goes. */
  to: string;
  /** Of a change, the address it is about. */
  newAddress?: string;
  /** Where to go on once it is confirmed. */
  next?: string | undefined;
  /** Of the page. */
  language: Language;
}

/** @param db the transaction of the change it is about */
export async function sendConfirmation(
  { mails, mailedLinks }: { mails: Mails; mailedLinks: MailedLinks },
  db: Db,
  { account, purpose, to, newAddress, next, language: page }: Confirmation,
): Promise<void> {
  const at = new Date();
  const expiresAt = confirmationExpiry(at);
  const proof = { accountId: account.id, purpose, email: to };
  const { token, code } = await mailedLinks.make(db, proof, { at, expiresAt });
  const onward = next ? `&next=${encodeURIComponent(next)}` : '';
  const url = mails.linkTo(`/account/email/confirm?token=${token}${onward}`);
  const language = languageFor(account.claims, page);
  const { t } = translatorFor(language);
  const { username } = account;
  const { host } = new URL(url);
  const letter = {
    language,
    subject: t(TEXTS[purpose].subject),
    lines: [
      t('mails.greeting', { username }),
      t(TEXTS[purpose].line, { username, host, address: newAddress ?? to }),
      t('emailAddresses.mail.code'),
    ],
    code,
    action: { label: t('emailAddresses.mail.action'), url },
    closing: [t('emailAddresses.mail.closing')],
  };
  await mails.post(db, { to, accountId: account.id, letter, expiresAt });
}
