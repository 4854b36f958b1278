import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import { AppError } from '../http/errors.js';
import type { Language } from '../languages/languages.js';
import { text } from '../languages/texts.js';
import type { Mails } from '../mail/mails.js';
import { networkRules } from '../throttle/network-rules.js';
import { giveBackAttempt, HOUR, reserveAttempt } from '../throttle/throttle.js';
import { isForeignAddress } from './account-fields.js';
import { type AccountResult, checkNewAccount, createAccount, type NewAccount } from './create-account.js';
import { reserveConfirmation, sendConfirmation } from './email-addresses/send-confirmation.js';
import type { MailedLinks } from './mailed-links.js';
import type { Passwords } from './passwords.js';
import { tooMany } from './wait.js';

/** Each costs a hash, or tells whether a username is taken; a few names that are taken are everyday life. */
const ATTEMPTS_PER_SIGNUP = 3;

export interface SignUpDeps {
  database: Database;
  passwords: Passwords;
  mails: Mails;
  mailedLinks: MailedLinks;
  config: Pick<Config, 'signup' | 'signupsPerNetwork' | 'emailVerification'>;
}

/** @throws AppError signup_closed, signup_by_invitation */
export function requireOpenSignup(config: Pick<Config, 'signup'>): void {
  if (config.signup === 'open') return;
  if (config.signup === 'invitation') {
    throw new AppError(403, 'signup_by_invitation', text('invitations.needed'), {
      hint: text('invitations.neededHint'),
    });
  }
  throw new AppError(403, 'signup_closed', text('accounts.signup.closed'), {
    hint: text('accounts.signup.closedHint'),
  });
}

/** @throws AppError too_many_signups */
async function reserve(database: Database, key: string, limit: number, network: string) {
  const rules = networkRules({ key, limit, window: HOUR }, network);
  const reservation = await reserveAttempt(database.knex, rules, new Date());
  if (reservation.allowed) return reservation.reserved;
  throw tooMany('too_many_signups', text('accounts.signup.tooMany'), reservation.retryAfter);
}

interface FromSignUpPage {
  network: string;
  requestId: string;
  language: Language;
  /** Where the person was going, for the mail that has them confirm their address. */
  next: string | undefined;
}

/**
 * A person makes an account for themselves; never a superuser, whatever the form says. A form that is not filled in
 * well counts for nothing, any other as an attempt, and a place among the accounts of the hour is kept by those made.
 * @throws AppError signup_closed, too_many_signups, overloaded
 */
export async function signUp(
  deps: SignUpDeps,
  input: Omit<NewAccount, 'isSuperuser'>,
  { language, next, ...from }: FromSignUpPage,
): Promise<AccountResult> {
  const { database, passwords, config } = deps;
  requireOpenSignup(config);
  const checked = checkNewAccount(input, passwords);
  if (!checked.ok) return checked;
  if (isForeignAddress(checked.value.username, checked.value.email))
    return { ok: false, errors: { username: text('accounts.refused.usernameIsAddress') } };

  const limit = config.signupsPerNetwork;
  await reserve(database, 'signup:attempts', limit * ATTEMPTS_PER_SIGNUP, from.network);
  const reserved = await reserve(database, 'signup:accounts', limit, from.network);
  let isMade = false;
  try {
    const account = { ...input, isSuperuser: false };
    const origin = { ...from, event: 'signup' } as const;
    const result = await createAccount(database, passwords, account, origin, async (transaction, made) => {
      if (config.emailVerification === 'off') return;
      // Whoever cannot be written to now asks for the mail later, on the page of the address.
      if (!(await reserveConfirmation(transaction, undefined, made.email)).allowed) return;
      const mail = { account: made, purpose: 'email verification', to: made.email, next, language } as const;
      await sendConfirmation(deps, transaction, mail);
    });
    isMade = result.ok;
    return result;
  } finally {
    if (!isMade) await giveBackAttempt(database.knex, reserved);
  }
}
