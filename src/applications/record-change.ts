import { type EventName, recordEvent } from '../audit/audit.js';
import type { Db } from '../database/database.js';
import type { Actor, Application } from './application.js';
import { enforceChangeQuota } from './quotas.js';

/** Who changes an application and when: what every change of this folder is told. */
export interface Change {
  by: Actor;
  at: Date;
}

/**
 * Records a change under the application and its owner; and who made it, when that is somebody else.
 * @throws AppError 429 for who changes things without end: what is recorded stays
 */
export async function recordChange(
  transaction: Db,
  event: EventName,
  { clientId, ownerId }: Pick<Application, 'clientId' | 'ownerId'>,
  { by, at }: Change,
  details: Record<string, unknown> = {},
): Promise<void> {
  const { accountId, network, requestId, via } = by;
  if (accountId !== undefined) await enforceChangeQuota(transaction, accountId, at);
  await recordEvent(transaction, {
    event,
    at,
    accountId: ownerId ?? undefined,
    clientId,
    actorId: accountId === ownerId ? undefined : accountId,
    network,
    requestId,
    details: via ? { ...details, via } : details,
  });
}
