import { recordEvent } from '../audit/audit.js';
import type { Database } from '../database/database.js';
import type { SessionActor } from './session-actors.js';
import { endImpersonationForGood } from './storage/impersonations.js';
import { deleteSessionByUid } from './storage/sessions-store.js';

interface EndedSession {
  /** Of the session. */
  uid: string;
  /** Undefined when nobody was signed in. */
  accountId: number | undefined;
  /** Who acted as the account, if somebody did. */
  actor?: SessionActor | undefined;
  network: string | undefined;
  requestId: string | undefined;
}

/** The end of a session and the audit event of it: both or neither, wherever the connection breaks. */
export async function signOut(
  database: Database,
  { uid, accountId, actor, ...from }: EndedSession,
): Promise<void> {
  await database.knex.transaction(async (transaction) => {
    await deleteSessionByUid(transaction, uid);
    if (actor) await endImpersonationForGood(transaction, actor.impersonationId);
    const event = { event: 'logout', at: new Date(), accountId, actorId: actor?.accountId, ...from } as const;
    if (accountId) await recordEvent(transaction, event);
  });
}

/**
 * The end of the session that somebody signs in over. Where a superuser acted as somebody else in it, that ends too, with
 * its tokens; nobody could go back to the superuser's own session, which ends as well.
 */
export async function endSessionBefore(
  database: Database,
  { uid, accountId, actor, ...from }: EndedSession,
): Promise<void> {
  if (!actor) {
    await deleteSessionByUid(database.knex, uid);
    return;
  }
  await database.knex.transaction(async (transaction) => {
    await deleteSessionByUid(transaction, uid);
    await endImpersonationForGood(transaction, actor.impersonationId);
    const named = { event: 'impersonation.ended', at: new Date(), actorId: actor.accountId } as const;
    await recordEvent(transaction, { ...named, accountId, ...from });
  });
}
