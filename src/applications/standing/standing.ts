import type { Db } from '../../database/database.js';
import type { Application } from '../application.js';
import { findHold, type HoldKind } from './holds-store.js';

/** Why an application is refused everywhere. */
export interface Standing {
  kind: HoldKind;
  /** '' where none was given. */
  reason: string;
  since: Date;
  /** Two or three words, and then the rest with the reason: for the people who look after it, on its page and in a terminal. */
  heading: string;
  sentence: string;
}

/** As the portal and the command line call it. */
export const STANDING_LABELS: Record<HoldKind, string> = {
  suspended: 'disabled',
  waiting: 'waiting for approval',
  refused: 'not approved',
};

const HEADINGS: Record<HoldKind, string> = {
  suspended: 'Disabled',
  waiting: 'Waiting for approval',
  refused: 'Not approved',
};

const SENTENCES: Record<HoldKind, string> = {
  suspended:
    'An administrator has disabled this application. It is refused everywhere, and its tokens do not work.',
  waiting:
    'The people who run this server look at new applications. Until one of them approves it, it is refused everywhere; you are told by mail.',
  refused: 'The people who run this server have refused this application.',
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
  if (!kind || !disabledAt) return undefined;
  const reason = hold?.reason ?? '';
  const sentence = SENTENCES[kind] + (reason ? ` The reason given: ${reason}` : '');
  return { kind, reason, since: hold?.since ?? disabledAt, heading: HEADINGS[kind], sentence };
}
