/**
 * Access that ends (a new password, signing out everywhere, a disabled account) takes with it what is still under way: a
 * password that waits for its turn to be checked, a second step, a code about to be issued. Each account counts how often
 * that has happened. A sign-in remembers the number it began with, and what it leads to is stored only while that is
 * still the account's, which PostgreSQL decides in the statement that stores it.
 */
import type { Db } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { text } from '../languages/texts.js';
import type { Account } from './account.js';

/** Somebody who proves who they are, as they were found when they began to. */
export type SigningIn = Pick<Account, 'id' | 'accessEpoch'>;

/**
 * Before anything is deleted, in the same transaction: what is stored at the same time waits for its end and finds
 * another number, or was stored before and is deleted with the rest.
 */
export async function beginAccessEpoch(transaction: Db, accountId: number): Promise<void> {
  await transaction('accounts').where({ id: accountId }).increment('access_epoch', 1);
}

/**
 * A condition of the statement that stores what a sign-in leads to; both arguments are SQL. FOR SHARE waits for a
 * transaction that ends access at this moment, and makes it wait. Without a number there is nothing to compare: nobody
 * has signed in, or a node of the version before has begun it.
 */
export const isEpochOf = (accountId: string, accessEpoch: string): string =>
  `(${accessEpoch} IS NULL OR EXISTS (
    SELECT FROM accounts WHERE id = ${accountId} AND access_epoch = ${accessEpoch} FOR SHARE))`;

/** The proof was right, but access has been ended since. */
export class AccessEnded extends AppError {
  /** @param start where to sign in again */
  constructor(start = '/login') {
    const link = { href: start, text: text('layout.signIn') };
    super(401, 'sign_in_over', text('accounts.login.ended'), { link });
  }
}
