import { recordEvent } from '../audit/audit.js';
import type { Database } from '../database/database.js';
import { deleteSessionByUid } from './storage/sessions-store.js';

interface SignOut {
  /** Of the session. */
  uid: string;
  /** Undefined when nobody was signed in. */
  accountId: number | undefined;
  network: string | undefined;
  requestId: string | undefined;
}

/** The end of a session and the audit event of it: both or neither, wherever the connection breaks. */
export async function signOut(database: Database, { uid, accountId, ...from }: SignOut): Promise<void> {
  await database.knex.transaction(async (transaction) => {
    await deleteSessionByUid(transaction, uid);
    if (accountId) await recordEvent(transaction, { event: 'logout', at: new Date(), accountId, ...from });
  });
}
