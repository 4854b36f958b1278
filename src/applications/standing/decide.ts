/** A superuser approves an application that waits, or refuses it with a reason; its owner may ask again. */
import type { Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import type { Mails } from '../../mail/mails.js';
import type { Application } from '../application.js';
import { getLockedApplication } from '../find-application.js';
import { type Change, recordChange } from '../record-change.js';
import { updateDisabledAt } from '../store.js';
import { tellOwners } from '../tell-owners.js';
import { askSuperusers } from './ask-superusers.js';
import { deleteHold, findHold, type HoldKind, putHold } from './holds-store.js';

/** Holds the row. @throws AppError 404, 409 when somebody else has decided meanwhile */
async function lockHeld(transaction: Db, id: number, kinds: HoldKind[]): Promise<Application> {
  const application = await getLockedApplication(transaction, id);
  const hold = application.disabledAt ? await findHold(transaction, id) : undefined;
  if (hold && kinds.includes(hold.kind)) return application;
  throw new AppError(409, 'not_waiting', `${application.name} does not wait for this any more.`, {
    hint: 'Somebody else may have decided it. Go back and look at it again.',
  });
}

/** It works from now on. Also for one that was refused before. */
export async function approveApplication(mails: Mails, db: Db, id: number, change: Change): Promise<void> {
  await db.transaction(async (transaction) => {
    const application = await lockHeld(transaction, id, ['waiting', 'refused']);
    await deleteHold(transaction, id);
    await updateDisabledAt(transaction, id, null, change.at);
    await recordChange(transaction, 'application.approved', application, change);
    await tellOwners(mails, transaction, application, {
      subject: `${application.name} is approved`,
      lines: [`Your application ${application.name} was approved: people can sign in at it now.`],
      action: { label: 'Connect it', path: `/applications/${id}/connect` },
    });
  });
}

/** It stays refused everywhere, and its owner reads why. */
export async function refuseApplication(
  mails: Mails,
  db: Db,
  id: number,
  { reason, ...change }: Change & { reason: string },
): Promise<void> {
  await db.transaction(async (transaction) => {
    const application = await lockHeld(transaction, id, ['waiting']);
    await putHold(transaction, id, { kind: 'refused', reason, since: change.at });
    await recordChange(transaction, 'application.refused', application, change, { reason });
    await tellOwners(mails, transaction, application, {
      subject: `${application.name} was not approved`,
      lines: [
        `The people who run this server have not approved your application ${application.name}.`,
        `The reason given: ${reason}`,
        'You can change the application and ask again.',
      ],
      action: { label: 'Go to the application', path: `/applications/${id}` },
    });
  });
}

/** After it was refused, and perhaps changed. */
export async function askAgain(mails: Mails, db: Db, id: number, change: Change): Promise<void> {
  await db.transaction(async (transaction) => {
    const application = await lockHeld(transaction, id, ['refused']);
    await putHold(transaction, id, { kind: 'waiting', reason: '', since: change.at });
    await recordChange(transaction, 'application.approval_asked', application, change);
    await askSuperusers(mails, transaction, application);
  });
}
