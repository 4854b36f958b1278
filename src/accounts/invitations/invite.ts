/** Somebody is asked to join: a link that works once, within a week. */
import { z } from 'zod';
import { type Administrator, recordAdministration } from '../../audit/audit.js';
import type { Config } from '../../config/config.js';
import type { Database } from '../../database/database.js';
import { AppError, type FieldErrors } from '../../http/errors.js';
import { parseForm } from '../../http/form-input.js';
import type { Language } from '../../languages/languages.js';
import { showDate } from '../../languages/show-date.js';
import { text, translatorFor } from '../../languages/texts.js';
import type { Letter } from '../../mail/letter.js';
import type { Mails } from '../../mail/mails.js';
import { newToken } from '../../secrets/token-hash.js';
import { identityFields } from '../account-fields.js';
import { deleteInvitation, insertInvitation } from './store.js';

const WEEK = 7 * 24 * 60 * 60 * 1000;

interface InviteDeps {
  config: Pick<Config, 'signup'>;
  database: Database;
  mails: Mails;
}

export type InviteResult =
  /** The link is for the administrator to hand over, once; undefined when it was mailed. */
  { ok: true; email: string; link: string | undefined } | { ok: false; errors: FieldErrors };

/** @throws AppError invitations_closed */
export function requireInvitations({ signup }: Pick<Config, 'signup'>): void {
  if (signup !== 'closed') return;
  throw new AppError(403, 'invitations_closed', text('invitations.closed'), {
    hint: text('accounts.signup.closedHint'),
  });
}

function writeLetter(url: string, language: Language, expiresAt: Date): Letter {
  const { t } = translatorFor(language);
  const { host } = new URL(url);
  return {
    language,
    subject: t('invitations.mail.subject', { host }),
    lines: [t('invitations.mail.line', { host })],
    action: { label: t('invitations.mail.action'), url },
    closing: [t('invitations.mail.closing', { date: showDate(expiresAt, language) })],
  };
}

/**
 * @param isMailed false: the link is for the administrator even where mail goes out
 * @param language of the mail
 * @throws AppError invitations_closed
 */
export async function invite(
  { config, database, mails }: InviteDeps,
  typed: { email: string },
  { by, isMailed: isWanted, language }: { by: Administrator; isMailed: boolean; language: Language },
): Promise<InviteResult> {
  requireInvitations(config);
  const form = parseForm(z.object({ email: identityFields.email }), typed);
  if (!form.ok) return form;
  const { email } = form.value;
  const createdAt = new Date();
  const expiresAt = new Date(createdAt.getTime() + WEEK);
  const token = newToken();
  const link = mails.linkTo(`/invitation?token=${token}`);
  const isMailed = isWanted && mails.areAvailable;
  await database.knex.transaction(async (transaction) => {
    const invitedBy = by.accountId;
    await insertInvitation(transaction, { token, email, isMailed, invitedBy, createdAt, expiresAt });
    if (isMailed)
      await mails.post(transaction, { to: email, letter: writeLetter(link, language, expiresAt), expiresAt });
    const details = { email, link: isMailed ? 'mailed' : 'shown' };
    await recordAdministration(transaction, by, { event: 'invitation.made', at: createdAt, details });
  });
  return { ok: true, email, link: isMailed ? undefined : link };
}

/** The link works no more. Nothing happens when it was used or revoked before. */
export async function revokeInvitation({ knex }: Database, id: number, by: Administrator): Promise<void> {
  await knex.transaction(async (transaction) => {
    const email = await deleteInvitation(transaction, id);
    if (email === undefined) return;
    const event = { event: 'invitation.revoked', at: new Date(), details: { email } } as const;
    await recordAdministration(transaction, by, event);
  });
}
