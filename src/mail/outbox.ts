/** The SQL of table outgoing_mails: a mail is claimed for some minutes, and is due again when its sender has died. */
import type { Db } from '../database/database.js';

export interface NewMail {
  accountId: number | null;
  recipient: string;
  content: Buffer;
  createdAt: Date;
  expiresAt: Date;
  /** null: kept to be read, never sent */
  nextTryAt: Date | null;
  leavesAt: Date;
}

export interface ClaimedMail {
  id: number;
  recipient: string;
  content: Buffer;
  createdAt: Date;
  expiresAt: Date;
  /** With the one that is beginning. */
  attempts: number;
  uncertainAttempts: number;
}

export async function insertMail(db: Db, mail: NewMail): Promise<void> {
  await db('outgoing_mails').insert({
    account_id: mail.accountId,
    recipient: mail.recipient,
    content: mail.content,
    created_at: mail.createdAt,
    expires_at: mail.expiresAt,
    next_try_at: mail.nextTryAt,
    leaves_at: mail.leavesAt,
  });
}

/** Mails that are due, now this node's until `until`; another node passes over what this one is about to claim. */
export async function claimDueMails(db: Db, at: Date, until: Date, limit: number): Promise<ClaimedMail[]> {
  const { rows } = await db.raw<{ rows: ClaimedMail[] }>(
    `UPDATE outgoing_mails SET next_try_at = :until, attempts = attempts + 1
      WHERE id = ANY(ARRAY(
        SELECT id FROM outgoing_mails WHERE next_try_at <= :at ORDER BY next_try_at LIMIT :limit
        FOR UPDATE SKIP LOCKED))
      RETURNING id, recipient, content, created_at AS "createdAt", expires_at AS "expiresAt", attempts,
        uncertain_attempts AS "uncertainAttempts"`,
    { at, until, limit },
  );
  return rows;
}

/** The content goes with it: what was sent is in the mailbox, and here only a risk. */
export async function markSent(db: Db, id: number, at: Date): Promise<void> {
  await db('outgoing_mails')
    .where({ id })
    .update({ sent_at: at, next_try_at: null, content: null, last_error: null });
}

export async function putOff(
  db: Db,
  id: number,
  { nextTryAt, error, isUncertain }: { nextTryAt: Date; error: string; isUncertain: boolean },
): Promise<void> {
  await db('outgoing_mails')
    .where({ id })
    .update({ next_try_at: nextTryAt, last_error: error })
    .increment('uncertain_attempts', isUncertain ? 1 : 0);
}

export async function giveUp(db: Db, id: number, error: string): Promise<void> {
  await db('outgoing_mails').where({ id }).update({ next_try_at: null, content: null, last_error: error });
}

export interface KeptMail {
  id: number;
  recipient: string;
  content: Buffer;
  createdAt: Date;
}

/** The latest first. */
export async function listKeptMails(db: Db, limit: number): Promise<KeptMail[]> {
  const rows = await db('outgoing_mails')
    .whereNotNull('content')
    .orderBy('id', 'desc')
    .limit(limit)
    .select('id', 'recipient', 'content', 'created_at');
  return rows.map(({ created_at: createdAt, ...row }) => ({ ...row, createdAt }));
}
