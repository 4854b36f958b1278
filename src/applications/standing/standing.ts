import type { Db } from '../../database/database.js';
import type { Application } from '../application.js';
import { findHold, type HoldKind } from './holds-store.js';

/** Why an application is refused everywhere. */
export interface Standing {
  kind: HoldKind;
  /** '' where none was given. */
  reason: string;
}

/** As the portal and the command line call it. */
export const STANDING_LABELS: Record<HoldKind, string> = {
  suspended: 'disabled',
  waiting: 'waiting for approval',
  refused: 'not approved',
};

/** @param hold undefined: disabled by a version before, or where it moved in from */
export const kindOfStanding = (disabledAt: Date | null, hold: HoldKind | undefined): HoldKind | undefined =>
  disabledAt ? (hold ?? 'suspended') : undefined;

/** undefined: it is served as it should be. */
export async function findStanding(
  db: Db,
  { id, disabledAt }: Pick<Application, 'id' | 'disabledAt'>,
): Promise<Standing | undefined> {
  const hold = disabledAt ? await findHold(db, id) : undefined;
  const kind = kindOfStanding(disabledAt, hold?.kind);
  return kind && { kind, reason: hold?.reason ?? '' };
}
