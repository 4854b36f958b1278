import type { Db } from '../database/database.js';

/** Of the mails that are not sent yet or were given up; counted up to MOST of each. */
export interface WaitingMails {
  waiting: number;
  /** Tried and not taken so far. */
  delayed: number;
  /** Of the last day. */
  givenUp: number;
  /** What the mail server said last, of one that is delayed. */
  lastError: string | null;
}

const DAY = 86_400_000;
const MOST = 1_000;

export async function countWaitingMails(db: Db, at: Date): Promise<WaitingMails> {
  const { rows } = await db.raw<{ rows: WaitingMails[] }>(
    `WITH due AS (
      SELECT attempts, last_error, id FROM outgoing_mails WHERE next_try_at IS NOT NULL ORDER BY next_try_at LIMIT :most
    ), lost AS (
      SELECT 1 FROM outgoing_mails
        WHERE next_try_at IS NULL AND sent_at IS NULL AND last_error IS NOT NULL AND created_at > :since LIMIT :most
    )
    SELECT count(*)::int AS waiting, count(last_error)::int AS delayed, (SELECT count(*)::int FROM lost) AS "givenUp",
      max(last_error) AS "lastError" FROM due`,
    { most: MOST, since: new Date(at.getTime() - DAY) },
  );
  return rows[0]!;
}
