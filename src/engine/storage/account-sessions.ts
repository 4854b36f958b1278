/** The sessions of one person as they see them: which browsers they are signed in at, and the end of each. */
import type { Database, Db, Statement } from '../../database/database.js';
import { gathered } from '../../database/gather.js';
import { endImpersonationsWith } from './impersonations.js';

export interface AccountSession {
  uid: string;
  /** All of these are null in a session that began before they were kept. */
  createdAt: Date | null;
  lastUsedAt: Date | null;
  network: string | null;
  userAgent: string | null;
  /** A superuser acts as this person in it: from where is nobody's business but the operator's. */
  isImpersonation: boolean;
}

/** More than anybody has; a program that signs in again and again could have thousands. */
const MOST_SHOWN = 100;

/** The latest used first. */
export async function listSessionsOf(db: Db, accountId: number, at: Date): Promise<AccountSession[]> {
  const { rows } = await db.raw<{ rows: AccountSession[] }>(
    `SELECT s.uid, s.created_at AS "createdAt", s.last_used_at AS "lastUsedAt",
        CASE WHEN i.id IS NULL THEN s.network END AS network,
        CASE WHEN i.id IS NULL THEN s.user_agent END AS "userAgent", i.id IS NOT NULL AS "isImpersonation"
      FROM sessions s LEFT JOIN impersonations i ON i.session_uid = s.uid
      WHERE s.account_id = :accountId AND s.expires_at > :at
      ORDER BY s.last_used_at DESC NULLS LAST, s.uid LIMIT ${MOST_SHOWN}`,
    { accountId, at },
  );
  return rows;
}

/**
 * Ends one session of the account, and every sign-in of it that is half done: nobody can tell from which browser. Where
 * a superuser acts as somebody else in it or from it, that ends as well.
 * @returns false when the account has no session of this uid
 */
export async function endSessionOf(db: Db, accountId: number, uid: string): Promise<boolean> {
  const ended = await db('sessions').where({ account_id: accountId, uid }).delete();
  if (!ended) return false;
  await db('interactions').where({ account_id: accountId }).delete();
  await endImpersonationsWith(db, uid);
  return true;
}

export interface SessionUse {
  /** Of the session. */
  uid: string;
  at: Date;
  network: string;
  userAgent: string;
}

/** Milliseconds: a use is not worth a statement when one was written down less than this ago. */
export const USES_APART = 5 * 60_000;

const LONGEST_USER_AGENT = 300;

const NOTE: Statement = {
  name: 'session-note-use',
  text: `UPDATE sessions s SET last_used_at = u.at, network = u.network, user_agent = u.user_agent
    FROM json_to_recordset($1) AS u (uid text, at timestamptz, noted_before timestamptz, network text, user_agent text)
    WHERE s.uid = u.uid AND (s.last_used_at IS NULL OR s.last_used_at <= u.noted_before)`,
};

/** Writes down that a session was used, unless that was done a moment ago. */
export const noteSessionUse = gathered(async (database: Database, uses: readonly SessionUse[]) => {
  const rows = uses.map(({ uid, at, network, userAgent }) => ({
    uid,
    at,
    noted_before: new Date(at.getTime() - USES_APART),
    network,
    user_agent: userAgent.slice(0, LONGEST_USER_AGENT),
  }));
  await database.query(NOTE, [JSON.stringify(rows)]);
  return uses.map(() => undefined);
});
