/**
 * A superuser who acts as somebody else. The browser holds a session of that person which names who acts; the superuser's
 * own session waits under an id that nobody knows, so that the browser cannot be both, and can go back.
 */
import type { Db } from '../../database/database.js';
import { hashToken, newToken } from '../../secrets/token-hash.js';
import { revokeImpersonatedGrants } from '../../tokens/grants.js';
import { numericDate } from '../../tokens/numeric-date.js';
import type { SessionActor } from '../session-actors.js';

export interface Impersonation {
  actor: SessionActor;
  /** Who is impersonated. */
  accountId: number;
  /** Of the superuser's session. */
  ownSessionUid: string;
  startedAt: Date;
}

export interface NewSession {
  /** What the browser's cookie holds. */
  id: string;
  expiresAt: Date;
}

/** @returns false when the session has ended in the meantime, or belongs to somebody else */
async function park(db: Db, uid: string, accountId: number): Promise<boolean> {
  const parked = await db('sessions')
    .where({ uid, account_id: accountId })
    .update({ id_hash: hashToken(newToken()) });
  return parked === 1;
}

/** @returns the session to hand to the browser; undefined when the superuser's own has ended in the meantime */
export async function insertImpersonation(
  db: Db,
  { actor, accountId, ownSessionUid, startedAt }: Impersonation,
): Promise<NewSession | undefined> {
  if (!(await park(db, ownSessionUid, actor.accountId))) return undefined;
  const [id, uid, expiresAt] = [newToken(), newToken(), new Date(actor.until * 1000)];
  await db('sessions').insert({
    id_hash: hashToken(id),
    uid,
    account_id: accountId,
    // As the engine writes a session of its own. How the person would have signed in is not told: they have not.
    details: JSON.stringify({
      accountId: String(accountId),
      loginTs: numericDate(startedAt),
      actor,
    }),
    expires_at: expiresAt,
    created_at: startedAt,
  });
  await db('impersonations').insert({
    id: actor.impersonationId,
    actor_id: actor.accountId,
    account_id: accountId,
    session_uid: uid,
    own_session_uid: ownSessionUid,
    started_at: startedAt,
    expires_at: expiresAt,
  });
  return { id, expiresAt };
}

interface EndedImpersonation {
  id: string;
  account_id: number;
  session_uid: string;
  own_session_uid: string;
}

/** Ends the sessions of these impersonations, and takes back the tokens that were issued in them. */
async function endImpersonations(db: Db, which: Record<string, unknown>): Promise<EndedImpersonation[]> {
  const ended: EndedImpersonation[] = await db('impersonations').where(which).delete().returning('*');
  for (const { id, account_id: accountId, session_uid: uid } of ended) {
    await db('sessions').where({ uid }).delete();
    await revokeImpersonatedGrants(db, accountId, id);
  }
  return ended;
}

/** Whatever the account does as somebody else. */
export async function endImpersonationsBy(db: Db, accountId: number): Promise<void> {
  await endImpersonations(db, { actor_id: accountId });
}

/** Whatever somebody else does as this account. */
export async function endImpersonationsOf(db: Db, accountId: number): Promise<void> {
  await endImpersonations(db, { account_id: accountId });
}

/** What is done in this session, or by the superuser whose own session it is. */
export async function endImpersonationsWith(db: Db, sessionUid: string): Promise<void> {
  await endImpersonations(db, { session_uid: sessionUid });
  await endImpersonations(db, { own_session_uid: sessionUid });
}

/**
 * The superuser goes back to what they were.
 * @returns their session under a new id; undefined when it has ended in the meantime
 */
export async function endImpersonation(db: Db, id: string, at: Date): Promise<NewSession | undefined> {
  const [ended] = await endImpersonations(db, { id });
  if (!ended) return undefined;
  const session = newToken();
  const [own]: { expires_at: Date }[] = await db('sessions')
    .where({ uid: ended.own_session_uid })
    .where('expires_at', '>', at)
    .update({ id_hash: hashToken(session) })
    .returning('expires_at');
  return own && { id: session, expiresAt: own.expires_at };
}

/** Signing out while acting as somebody else signs the superuser out as well. */
export async function endImpersonationForGood(db: Db, id: string): Promise<void> {
  for (const { own_session_uid: uid } of await endImpersonations(db, { id }))
    await db('sessions').where({ uid }).delete();
}
