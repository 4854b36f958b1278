import type { Account } from '../accounts/account.js';
import type { Db } from '../database/database.js';
import type { Application } from './application.js';
import * as store from './store.js';

/** For the command line and the pages; protocol requests use loadClient. */
export async function findApplicationByClientId(db: Db, clientId: string): Promise<Application | undefined> {
  return store.findApplicationByClientId(db, clientId);
}

/** An application the account may see and change: its own, or any for a superuser. */
export async function findApplicationFor(
  db: Db,
  account: Account,
  id: number,
): Promise<Application | undefined> {
  const application = await store.findApplication(db, id);
  return application && (account.isSuperuser || application.ownerId === account.id) ? application : undefined;
}
