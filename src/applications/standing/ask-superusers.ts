import { listSuperusers } from '../../accounts/store.js';
import type { Db } from '../../database/database.js';
import type { Mails } from '../../mail/mails.js';
import { HOUR, reserveAttempt } from '../../throttle/throttle.js';
import type { Application } from '../application.js';
import { writeToDeveloper } from '../tell-owners.js';

/** To each of them in an hour; the list of those that wait is on their pages anyway. */
const MOST_MAILS = 5;

/** A mail to each superuser. @param transaction of what has the application wait */
export async function askSuperusers(
  mails: Mails,
  transaction: Db,
  { id, name }: Pick<Application, 'id' | 'name'>,
): Promise<void> {
  if (!mails.areAvailable) return;
  for (const superuser of await listSuperusers(transaction)) {
    const rule = { key: `applications:waiting:${superuser.id}`, limit: MOST_MAILS, window: HOUR };
    if (superuser.disabledAt || !(await reserveAttempt(transaction, [rule], new Date())).allowed) continue;
    await writeToDeveloper(mails, transaction, superuser, {
      subject: `${name} waits for your approval`,
      lines: [
        `Somebody has registered the application ${name}. It is refused everywhere until you approve it.`,
      ],
      action: { label: 'Look at it', path: `/applications/${id}` },
      closing: ['Others may wait as well: all of them are listed under Administration.'],
    });
  }
}
