import { recordEvent } from '../../audit/audit.js';
import type { Config } from '../../config/config.js';
import type { Database } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import type { Language } from '../../languages/languages.js';
import { text } from '../../languages/texts.js';
import type { Mails } from '../../mail/mails.js';
import { normalizeUsername } from '../account.js';
import { isForeignAddress } from '../account-fields.js';
import { type AccountResult, createAccount, type NewAccount } from '../create-account.js';
import { sendConfirmation } from '../email-addresses/send-confirmation.js';
import type { MailedLinks } from '../mailed-links.js';
import type { Passwords } from '../passwords.js';
import { markEmailVerified } from '../store.js';
import { requireInvitations } from './invite.js';
import { type Invitation, selectInvitation, takeInvitation } from './store.js';

interface AcceptDeps {
  config: Pick<Config, 'signup' | 'emailVerification'>;
  database: Database;
  mails: Mails;
  mailedLinks: MailedLinks;
  passwords: Passwords;
}

function invitationIsOver(): AppError {
  return new AppError(410, 'invitation_over', text('invitations.over'), {
    hint: text('invitations.overHint'),
  });
}

/** Looks without using it up. @throws AppError invitation_over, invitations_closed */
export async function getInvitation(
  { config, database }: Pick<AcceptDeps, 'config' | 'database'>,
  token: string,
): Promise<Invitation> {
  requireInvitations(config);
  const invitation = await selectInvitation(database.knex, token, new Date());
  if (!invitation) throw invitationIsOver();
  return invitation;
}

/**
 * The person invited makes their account, with the address that was invited. It is verified when the link came by mail;
 * otherwise it is asked about as that of anybody who signs up.
 * @returns the account, or what is wrong with the form; then the invitation still works
 * @throws AppError invitation_over, invitations_closed, overloaded
 */
export async function acceptInvitation(
  deps: AcceptDeps,
  token: string,
  input: Omit<NewAccount, 'isSuperuser' | 'email'>,
  { language, ...from }: { network: string; requestId: string; language: Language },
): Promise<AccountResult> {
  const { database, passwords, config } = deps;
  const { email } = await getInvitation(deps, token);
  if (isForeignAddress(normalizeUsername(input.username), email))
    return { ok: false, errors: { username: text('accounts.refused.usernameIsAddress') } };
  const origin = { ...from, event: 'signup' } as const;
  return createAccount(database, passwords, { ...input, email }, origin, async (transaction, account) => {
    const at = new Date();
    const invitation = await takeInvitation(transaction, token, at);
    if (!invitation) throw invitationIsOver();
    await recordEvent(transaction, { event: 'invitation.used', at, accountId: account.id, ...from });
    if (invitation.isMailed) await markEmailVerified(transaction, account.id, email, at);
    else if (config.emailVerification !== 'off') {
      const mail = { account, purpose: 'email verification', to: email, language } as const;
      await sendConfirmation(deps, transaction, mail);
    }
  });
}
