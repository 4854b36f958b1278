/**
 * The link with which somebody who is leaving stays after all. Whoever signs in to such an account is given one: it
 * stands for the password or passkey that was right, and works once, for a quarter of an hour.
 */
import type { Database, Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import { text } from '../../languages/texts.js';
import { hashToken, newToken } from '../../secrets/token-hash.js';
import { keepAccount } from './delete-account.js';
import { type Deletion, findCancellableDeletion } from './store.js';

const PURPOSE = 'keep-account';
const LIFETIME = 15 * 60 * 1000;

function linkIsUsedUp(): AppError {
  return new AppError(410, 'link_used_up', text('accounts.leaving.linkUsedUp'), {
    hint: text('accounts.leaving.linkUsedUpHint'),
    link: { href: '/login', text: text('layout.signIn') },
  });
}

export async function makeKeepToken(db: Db, accountId: number): Promise<string> {
  const token = newToken();
  const at = new Date();
  await db('one_time_links').insert({
    token_hash: hashToken(token),
    purpose: PURPOSE,
    account_id: accountId,
    created_at: at,
    expires_at: new Date(at.getTime() + LIFETIME),
  });
  return token;
}

/** @returns the path of the page that asks whether to keep the account */
export async function makeKeepLink(db: Db, accountId: number): Promise<string> {
  return `/account/keep?token=${await makeKeepToken(db, accountId)}`;
}

const live = (db: Db, token: string, at: Date) =>
  db('one_time_links')
    .where({ token_hash: hashToken(token), purpose: PURPOSE, used_at: null })
    .where('expires_at', '>', at);

/** Looks without using the link up. @throws AppError link_used_up */
export async function getDeletionOf(db: Db, token: string): Promise<Deletion> {
  const at = new Date();
  const link: { account_id: number } | undefined = await live(db, token, at).first('account_id');
  const deletion = link && (await findCancellableDeletion(db, link.account_id, at));
  if (!deletion) throw linkIsUsedUp();
  return deletion;
}

/** @throws AppError link_used_up */
export async function useKeepLink(
  database: Database,
  token: string,
  from: { network: string; requestId: string },
): Promise<void> {
  const at = new Date();
  await database.knex.transaction(async (transaction) => {
    const [used]: { account_id: number }[] = await live(transaction, token, at)
      .update({ used_at: at })
      .returning('account_id');
    if (!used || !(await keepAccount(transaction, used.account_id, at, from))) throw linkIsUsedUp();
  });
}
