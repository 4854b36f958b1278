import type { Db } from '../../database/database.js';
import type { Mails } from '../../mail/mails.js';
import type { Application } from '../application.js';
import { getLockedApplication } from '../find-application.js';
import { type Change, recordChange } from '../record-change.js';
import { updateDisabledAt } from '../store.js';
import { tellOwners } from '../tell-owners.js';
import { deleteHold, putHold } from './holds-store.js';

export interface Switching extends Change {
  enabled: boolean;
  /** Why it is disabled: its owners read it. */
  reason?: string;
  /** Tells the owners; without it nobody is told. */
  mails?: Mails;
}

/**
 * A disabled application is refused like an unknown one, and its tokens are dead until it is enabled again.
 * @throws AppError 404 when it was deleted meanwhile
 */
export async function setApplicationEnabled(
  db: Db,
  id: number,
  { enabled, reason = '', mails, ...change }: Switching,
): Promise<void> {
  await db.transaction(async (transaction) => {
    const application = await getLockedApplication(transaction, id);
    if (enabled === (application.disabledAt === null)) return;
    const { at } = change;
    await updateDisabledAt(transaction, id, enabled ? null : at, at);
    if (enabled) await deleteHold(transaction, id);
    else await putHold(transaction, id, { kind: 'suspended', reason, since: at });
    const event = enabled ? 'application.enabled' : 'application.disabled';
    await recordChange(transaction, event, application, change, reason ? { reason } : {});
    if (mails) await tellSwitching(mails, transaction, application, { enabled, reason });
  });
}

async function tellSwitching(
  mails: Mails,
  transaction: Db,
  application: Application,
  { enabled, reason }: { enabled: boolean; reason: string },
): Promise<void> {
  const { id, name } = application;
  const action = { label: 'Go to the application', path: `/applications/${id}` };
  if (enabled) {
    const lines = [
      `The people who run this server have enabled ${name} again. Tokens that have not expired work.`,
    ];
    return tellOwners(mails, transaction, application, {
      subject: `${name} is enabled again`,
      lines,
      action,
    });
  }
  await tellOwners(mails, transaction, application, {
    subject: `${name} was disabled`,
    lines: [
      `The people who run this server have disabled ${name}. It is refused everywhere, and its tokens do not work.`,
      ...(reason ? [`The reason given: ${reason}`] : []),
    ],
    action,
    closing: ['If you have questions, ask the people who run the server.'],
  });
}
