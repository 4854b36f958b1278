/** Mails to developers, above all about an application to whoever looks after it: in English, as the portal is. */
import type { Account } from '../accounts/account.js';
import { findEnabledAccount } from '../accounts/find-account.js';
import type { Db } from '../database/database.js';
import { text, translatorFor } from '../languages/texts.js';
import type { Letter } from '../mail/letter.js';
import type { Mails } from '../mail/mails.js';
import { mayWriteTo } from '../mail/notify.js';
import type { Application } from './application.js';
import { findTeamOfApplication, selectMembers } from './teams/store.js';

type Owned = Pick<Application, 'id' | 'ownerId' | 'contacts'>;

export interface LetterToDevelopers {
  subject: string;
  /** Paragraphs. */
  lines: string[];
  /** The path is that of a page of the portal. */
  action: { label: string; path: string };
  closing?: string[];
}

/** Those of them who can sign in; of a team every member, since each of them can do what a letter asks for. */
async function findOwners(db: Db, { id, ownerId }: Owned): Promise<Account[]> {
  const team = ownerId === null ? await findTeamOfApplication(db, id) : undefined;
  const ids = team ? (await selectMembers(db, team.id)).map(({ accountId }) => accountId) : [ownerId ?? 0];
  const found = await Promise.all(ids.map((accountId) => findEnabledAccount(db, accountId)));
  return found.filter((account) => account !== undefined);
}

/**
 * To its owner or the members of its team, and to its contacts.
 * @param db the transaction of what the letter tells about
 */
export async function tellOwners(
  mails: Mails,
  db: Db,
  application: Owned,
  letter: LetterToDevelopers,
): Promise<void> {
  if (!mails.areAvailable) return;
  const owners = await findOwners(db, application);
  for (const account of owners) await writeToDeveloper(mails, db, account, letter);
  const told = owners.map(({ email }) => email.toLowerCase());
  const others = application.contacts.filter((address) => !told.includes(address.toLowerCase()));
  for (const address of others) await writeToAddress(mails, db, address, letter);
}

/** To the address of the account, where it has one. */
export async function writeToDeveloper(
  mails: Mails,
  db: Db,
  { id, email, emailVerifiedAt, username }: Account,
  letter: LetterToDevelopers,
): Promise<void> {
  if (!mails.areAvailable || !email) return;
  if (emailVerifiedAt === null && !(await mayWriteTo(db, email))) return;
  const { say } = translatorFor('en');
  const lines = [say(text('mails.greeting', { username })), ...letter.lines];
  await mails.post(db, { to: email, accountId: id, letter: toLetter(mails, { ...letter, lines }) });
}

/** @returns false when too many mails went there of late, and this one does not */
export async function writeToAddress(
  mails: Mails,
  db: Db,
  address: string,
  letter: LetterToDevelopers,
): Promise<boolean> {
  if (!(await mayWriteTo(db, address))) return false;
  await mails.post(db, { to: address, letter: toLetter(mails, letter) });
  return true;
}

function toLetter(mails: Mails, { subject, lines, action, closing = [] }: LetterToDevelopers): Letter {
  return {
    language: 'en',
    subject,
    lines,
    action: { label: action.label, url: mails.linkTo(action.path) },
    closing,
  };
}
