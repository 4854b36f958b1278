import type { Db } from '../database/database.js';
import type { EventName } from './audit.js';

export interface ListedEvent {
  id: number;
  at: Date;
  event: EventName;
  /** null when somebody else has done it: their address is nobody's business but the operator's. */
  network: string | null;
  /** Of the application, while it is registered. */
  application: string | null;
  details: Record<string, unknown>;
}

interface Wanted {
  events: EventName[];
  /** Only those before the one of this id. */
  before: number | undefined;
  limit: number;
}

/** The events of one account, the latest first. */
export async function listEventsOf(
  db: Db,
  accountId: number,
  { events, before, limit }: Wanted,
): Promise<ListedEvent[]> {
  const { rows } = await db.raw<{ rows: ListedEvent[] }>(
    `SELECT e.id, e.at, e.event, e.details, p.name AS application,
        CASE WHEN e.actor_id IS NULL OR e.actor_id = e.account_id THEN e.network END AS network
      FROM audit_events e LEFT JOIN applications p ON p.client_id = e.client_id
      WHERE e.account_id = :accountId AND e.event = ANY(:events)
        AND (:before::bigint IS NULL
          OR (e.at, e.id) < (SELECT at, id FROM audit_events WHERE id = :before AND account_id = :accountId))
      ORDER BY e.at DESC, e.id DESC LIMIT :limit`,
    { accountId, events, before: before ?? null, limit },
  );
  return rows;
}

// A busy person has some thousands in a year.
const MOST_EXPORTED = 20_000;

/** The latest first, each as it is stored but for who else has done it, and from where. */
export async function listEveryEventOf(db: Db, accountId: number): Promise<Record<string, unknown>[]> {
  return db('audit_events')
    .where({ account_id: accountId })
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(MOST_EXPORTED)
    .select(
      'at',
      'event',
      'client_id',
      db.raw('CASE WHEN actor_id IS NULL OR actor_id = account_id THEN network END AS network'),
      'details',
    );
}
