import type { Db } from '../../database/database.js';
import type { Application } from '../application.js';
import { findHold, type HoldKind } from './holds-store.js';

/** Why an application is refused everywhere. */
export interface Standing {
  kind: HoldKind;
  /** '' where none was given. */
  reason: string;
}

/** undefined: it is served as it should be. */
export async function findStanding(
  db: Db,
  { id, disabledAt }: Pick<Application, 'id' | 'disabledAt'>,
): Promise<Standing | undefined> {
  if (!disabledAt) return undefined;
  const hold = await findHold(db, id);
  // By a version before, or where it moved in from.
  return hold ? { kind: hold.kind, reason: hold.reason } : { kind: 'suspended', reason: '' };
}
