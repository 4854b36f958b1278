import { recordEvent } from '../../audit/audit.js';
import type { Database } from '../../database/database.js';
import { endSessionOf } from '../../engine/storage/account-sessions.js';
import { endSessionsOf } from '../../engine/storage/sessions-store.js';

interface EndedBy {
  accountId: number;
  network: string;
  requestId: string;
}

/** @returns false when the account has no such session; it may have ended by itself in the meantime */
export async function endSession(database: Database, uid: string, by: EndedBy): Promise<boolean> {
  return database.knex.transaction(async (transaction) => {
    const isEnded = await endSessionOf(transaction, by.accountId, uid);
    if (isEnded) await recordEvent(transaction, { event: 'session.ended', at: new Date(), ...by });
    return isEnded;
  });
}

/** @param uid of the session that goes on */
export async function endOtherSessions(database: Database, uid: string, by: EndedBy): Promise<void> {
  await database.knex.transaction(async (transaction) => {
    await endSessionsOf(transaction, by.accountId, uid);
    const details = { which: 'all others' };
    await recordEvent(transaction, { event: 'session.ended', at: new Date(), ...by, details });
  });
}
