import type { Database } from '../../database/database.js';
import { deleteExpired } from '../../database/delete-in-batches.js';

// Seconds.
const HOUR = 3_600;
/** A sign-in in progress may be picked up again the next day, with the cookie lost or not. */
export const INTERACTION_LIFETIME = 24 * HOUR;

/** Sign-ins older than an hour in which nobody has signed in yet: more than these are no tabs left open overnight. */
const MANY = 50_000;

/**
 * A sign-in that is begun is kept for a day, and anybody can begin one: when there are tens of thousands,
 * those that nobody has signed in to are kept for an hour only.
 * @returns how many have gone
 */
export async function deleteAbandonedSignIns(
  database: Database,
  now: Date,
  isStopped: () => boolean,
): Promise<number> {
  const abandoned = {
    table: 'interactions',
    column: 'expires_at',
    before: new Date(now.getTime() + (INTERACTION_LIFETIME - HOUR) * 1000),
    only: 'account_id IS NULL',
  };
  const { rows } = await database.knex.raw<{ rows: { count: number }[] }>(
    `SELECT count(*)::int AS count FROM (
      SELECT FROM interactions WHERE expires_at <= ? AND account_id IS NULL ORDER BY expires_at LIMIT ${MANY + 1}) few`,
    [abandoned.before],
  );
  return (rows[0]?.count ?? 0) > MANY ? deleteExpired(database, abandoned, isStopped) : 0;
}
