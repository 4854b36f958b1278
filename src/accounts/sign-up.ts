import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import { AppError } from '../http/errors.js';
import { type AccountResult, createAccount, type NewAccount } from './create-account.js';
import type { Passwords } from './passwords.js';

export interface SignUpDeps {
  database: Database;
  passwords: Passwords;
  config: Pick<Config, 'signup'>;
}

/** @throws AppError signup_closed */
export function requireOpenSignup(config: Pick<Config, 'signup'>): void {
  if (config.signup === 'open') return;
  throw new AppError(403, 'signup_closed', 'Accounts are not made here by signing up.', {
    hint: 'Ask the people who run this server for an account.',
  });
}

/**
 * A person makes an account for themselves; never a superuser, whatever the form says.
 * @throws AppError signup_closed, overloaded
 */
export async function signUp(
  { database, passwords, config }: SignUpDeps,
  input: Omit<NewAccount, 'isSuperuser'>,
  from: { network: string; requestId: string },
): Promise<AccountResult> {
  requireOpenSignup(config);
  return createAccount(database, passwords, { ...input, isSuperuser: false }, { ...from, event: 'signup' });
}
