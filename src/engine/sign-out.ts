import { recordEvent } from '../audit/audit.js';
import type { Database } from '../database/database.js';
import type { SessionActor } from './session-actors.js';
import { endImpersonationForGood } from './storage/impersonations.js';
import { deleteSessionByUid } from './storage/sessions-store.js';

interface SignOut {
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
  { uid, accountId, actor, ...from }: SignOut,
): Promise<void> {
  await database.knex.transaction(async (transaction) => {
    await deleteSessionByUid(transaction, uid);
    if (actor) await endImpersonationForGood(transaction, actor.impersonationId);
    const event = { event: 'logout', at: new Date(), accountId, actorId: actor?.accountId, ...from } as const;
    if (accountId) await recordEvent(transaction, event);
  });
}
