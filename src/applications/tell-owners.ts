/** Mails about an application to whoever looks after it: in English, as the portal is. */
import type { Account } from '../accounts/account.js';
import { findEnabledAccount } from '../accounts/find-account.js';
import type { Db } from '../database/database.js';
import { text, translatorFor } from '../languages/texts.js';
import type { Mails } from '../mail/mails.js';
import { mayWriteTo } from '../mail/notify.js';
import type { Application } from './application.js';

/** Who is told of an application: those who can sign in. */
type Owned = Pick<Application, 'ownerId'>;

export interface LetterToOwners {
  subject: string;
  /** Paragraphs. */
  lines: string[];
  /** The path is that of a page of the portal. */
  action: { label: string; path: string };
  closing?: string[];
}

async function findOwners(db: Db, { ownerId }: Owned): Promise<Account[]> {
  const owner = ownerId === null ? undefined : await findEnabledAccount(db, ownerId);
  return owner ? [owner] : [];
}

/** @param db the transaction of what the letter tells about */
export async function tellOwners(
  mails: Mails,
  db: Db,
  application: Owned,
  { subject, lines, action, closing = [] }: LetterToOwners,
): Promise<void> {
  if (!mails.areAvailable) return;
  const { say } = translatorFor('en');
  for (const { id, email, emailVerifiedAt, username } of await findOwners(db, application)) {
    if (!email || (emailVerifiedAt === null && !(await mayWriteTo(db, email)))) continue;
    await mails.post(db, {
      to: email,
      accountId: id,
      letter: {
        language: 'en',
        subject,
        lines: [say(text('mails.greeting', { username })), ...lines],
        action: { label: action.label, url: mails.linkTo(action.path) },
        closing,
      },
    });
  }
}
