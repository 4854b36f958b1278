/** Makes an account, whoever asks: the sign-up page, the command line, the link for the first superuser. */
import { z } from 'zod';
import { type Administrator, type EventName, recordAdministration, recordEvent } from '../audit/audit.js';
import type { Database, Db } from '../database/database.js';
import type { FieldErrors } from '../http/errors.js';
import { type FormResult, parseForm } from '../http/form-input.js';
import { text } from '../languages/texts.js';
import type { Account } from './account.js';
import { identityFields } from './account-fields.js';
import { isUsernameRetired } from './leaving/store.js';
import type { Passwords } from './passwords.js';
import { findAccountByUsername, insertAccount, isUsernameTaken } from './store.js';

export interface NewAccount {
  username: string;
  email: string;
  firstName?: string | undefined;
  lastName?: string | undefined;
  password: string;
  isSuperuser?: boolean | undefined;
}

/** Where the request came from, for the audit trail. The command line has nothing to say here. */
export interface Origin {
  event?: 'signup' | 'account.created';
  /** When somebody makes it for somebody else. */
  by?: Administrator;
  network?: string;
  requestId?: string;
}

export type AccountResult = { ok: true; account: Account } | { ok: false; errors: FieldErrors };

export const USERNAME_TAKEN = text('accounts.refused.usernameTaken');

type Identity = { username: string; email: string; first_name: string; last_name: string };

/** Errors under the names of the forms' fields: username, email, first_name, last_name, password. */
export function checkNewAccount(input: NewAccount, passwords: Passwords): FormResult<Identity> {
  const fields = {
    username: input.username,
    email: input.email,
    first_name: input.firstName,
    last_name: input.lastName,
  };
  const identity = parseForm(z.object(identityFields), fields);
  const problem = passwords.findProblem(input.password, [input.username, input.email]);
  if (!problem) return identity;
  return { ok: false, errors: { ...(identity.ok ? {} : identity.errors), password: problem } };
}

/**
 * @param also done in the same transaction
 * @throws AppError overloaded when too many passwords wait to be hashed
 */
export async function createAccount(
  database: Database,
  passwords: Passwords,
  input: NewAccount,
  { event = 'account.created', by, network, requestId }: Origin = {},
  also: (transaction: Db, account: Account) => Promise<void> = async () => {},
): Promise<AccountResult> {
  const checked = checkNewAccount(input, passwords);
  if (!checked.ok) return checked;
  const { username, email, first_name: firstName, last_name: lastName } = checked.value;
  const taken: AccountResult = { ok: false, errors: { username: USERNAME_TAKEN } };
  if (await findAccountByUsername(database.knex, username)) return taken;
  if (await isUsernameRetired(database.knex, username)) return taken;

  const passwordHash = await passwords.hash(input.password, network);
  const isSuperuser = input.isSuperuser ?? false;
  const at = new Date();
  try {
    const account = await database.knex.transaction(async (transaction) => {
      const row = { username, email, firstName, lastName, passwordHash, isSuperuser, createdAt: at };
      const made = await insertAccount(transaction, row);
      const record = (name: EventName) =>
        by
          ? recordAdministration(transaction, by, { event: name, at, accountId: made.id })
          : recordEvent(transaction, { event: name, at, accountId: made.id, network, requestId });
      await record(event);
      if (isSuperuser) await record('superuser.made');
      await also(transaction, made);
      return made;
    });
    return { ok: true, account };
  } catch (error) {
    // Somebody took the name between the look and the insert.
    if (isUsernameTaken(error)) return taken;
    throw error;
  }
}
