import type { Db } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { text } from '../languages/texts.js';
import type { Account } from './account.js';
import * as store from './store.js';

/** The account of this id, disabled or not. */
export async function findAccount(db: Db, id: number): Promise<Account | undefined> {
  return store.findAccountById(db, id);
}

/** The account of this id, unless it is disabled: the one that may be signed in and hold tokens. */
export async function findEnabledAccount(db: Db, id: number): Promise<Account | undefined> {
  const account = await store.findAccountById(db, id);
  return account?.disabledAt === null ? account : undefined;
}

/** Usernames are found whatever their case. @throws AppError account_not_found */
export async function getAccountByUsername(db: Db, username: string): Promise<Account> {
  const account = await store.findAccountByUsername(db, username);
  if (!account) {
    const message = text('accounts.administration.noUser', { username: JSON.stringify(username) });
    throw new AppError(404, 'account_not_found', message);
  }
  return account;
}
