import { recordEvent } from '../../audit/audit.js';
import type { Database } from '../../database/database.js';
import { deleteRememberedBrowsers } from './remembered-browsers.js';

interface Forgetting {
  accountId: number;
  /** The id of a remembered browser; all of them when left out. */
  which: number | undefined;
  network: string;
  requestId: string;
}

/** From now on the second step is asked for there as well. @returns how many are forgotten */
export async function forgetBrowsers(
  database: Database,
  { accountId, which, network, requestId }: Forgetting,
): Promise<number> {
  return database.knex.transaction(async (transaction) => {
    const count = await deleteRememberedBrowsers(transaction, accountId, which);
    const event = { at: new Date(), accountId, network, requestId, details: { count } };
    if (count) await recordEvent(transaction, { ...event, event: 'browser.forgotten' });
    return count;
  });
}
