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

/** The same for a session, with whether there is a second factor to be asked for. */
export async function findEnabledAccountWithFactor(
  db: Db,
  id: number,
): Promise<{ account: Account; hasFactor: boolean } | undefined> {
  const found = await store.findAccountWithFactor(db, id);
  return found?.account.disabledAt === null ? found : undefined;
}

/** An account by its id, or by its username in any case. */
export type Who = number | string;

/** @throws AppError account_not_found */
export async function getAccount(db: Db, who: Who): Promise<Account> {
  const account =
    typeof who === 'number'
      ? await store.findAccountById(db, who)
      : await store.findAccountByUsername(db, who);
  if (account) return account;
  const message = text('accounts.administration.noUser', { username: JSON.stringify(who) });
  throw new AppError(404, 'account_not_found', message);
}
