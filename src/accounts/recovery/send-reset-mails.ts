/**
 * Mails a link and a code for a new password. It goes to the address of the account, verified or not: many servers verify
 * none, and it is the address the person has given. What is asked for in the name of somebody unknown ends here, too,
 * and nobody is told.
 */
import { recordEvent } from '../../audit/audit.js';
import type { Database } from '../../database/database.js';
import type { Language } from '../../languages/languages.js';
import { translatorFor } from '../../languages/texts.js';
import { addressTag } from '../../mail/address-tag.js';
import type { Letter } from '../../mail/letter.js';
import type { Mails } from '../../mail/mails.js';
import { languageFor } from '../../mail/notify.js';
import { HOUR, reserveAttempt } from '../../throttle/throttle.js';
import type { Account } from '../account.js';
import type { MailedLinks } from '../mailed-links.js';
import { findAccountsByName } from '../store.js';

const HALF_AN_HOUR = 30 * 60 * 1000;
/** To one address in an hour, so that nobody's mailbox can be flooded by way of us. */
const MOST_MAILS = 5;
/** Accounts may share an address; each gets a mail that names it. */
const MOST_ACCOUNTS = 3;

export interface ResetDeps {
  database: Database;
  mails: Mails;
  mailedLinks: MailedLinks;
}

export interface ResetRequest {
  /** A username or an email address, as it was typed. */
  name: string;
  /** Where to go on after signing in. */
  next: string | undefined;
  network: string;
  requestId: string;
  language: Language;
}

/** Those that a username or an email address means and that may sign in. */
export async function findRecoverable({ knex }: Database, name: string): Promise<Account[]> {
  const found = await findAccountsByName(knex, name);
  return found.filter(({ email, disabledAt }) => email && !disabledAt).slice(0, MOST_ACCOUNTS);
}

export function writeResetLetter(
  mails: Mails,
  { username }: Account,
  {
    token,
    code,
    next,
    language,
  }: { token: string; code: string; next: string | undefined; language: Language },
): Letter {
  const { t } = translatorFor(language);
  const onward = next ? `&next=${encodeURIComponent(next)}` : '';
  const url = mails.linkTo(`/login/reset?token=${token}${onward}`);
  return {
    language,
    subject: t('recovery.mail.subject'),
    lines: [
      t('mails.greeting', { username }),
      t('recovery.mail.line', { username, host: new URL(url).host }),
      t('recovery.mail.code'),
    ],
    code,
    action: { label: t('recovery.mail.action'), url },
    closing: [t('recovery.mail.closing')],
  };
}

async function sendResetMail(
  { database, mails, mailedLinks }: ResetDeps,
  account: Account,
  { next, network, requestId, language: page }: ResetRequest,
): Promise<void> {
  const at = new Date();
  const rule = { key: `recovery:address:${addressTag(account.email)}`, limit: MOST_MAILS, window: HOUR };
  if (!(await reserveAttempt(database.knex, [rule], at)).allowed) return;
  const expiresAt = new Date(at.getTime() + HALF_AN_HOUR);
  const language = languageFor(account.claims, page);
  await database.knex.transaction(async (transaction) => {
    const proof = { accountId: account.id, purpose: 'password reset', email: account.email } as const;
    const { token, code } = await mailedLinks.make(transaction, proof, { at, expiresAt });
    const letter = writeResetLetter(mails, account, { token, code, next, language });
    await mails.post(transaction, { to: account.email, accountId: account.id, letter, expiresAt });
    await recordEvent(transaction, {
      event: 'password.reset_asked',
      at,
      accountId: account.id,
      network,
      requestId,
    });
  });
}

export async function sendResetMails(deps: ResetDeps, request: ResetRequest): Promise<void> {
  for (const account of await findRecoverable(deps.database, request.name))
    await sendResetMail(deps, account, request);
}
