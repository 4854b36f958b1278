import type { Database } from '../database/database.js';
import { BATCH, deleteInBatches } from '../database/delete-in-batches.js';

/**
 * The one place where events leave the trail: the oldest, once they were kept for as long as AUDIT_KEEP_DAYS says. They
 * are appended, so that the oldest have the lowest ids, and no index on the time has to be kept for it.
 * @returns how many have gone
 */
export function deleteEventsBefore(
  { knex }: Database,
  before: Date,
  isStopped: () => boolean,
): Promise<number> {
  return deleteInBatches(
    0,
    async (from) => {
      const { rows } = await knex.transaction(async (transaction) => {
        // The trail refuses every other DELETE (migrations/0020_audit_append_only.sql).
        await transaction.raw("SET LOCAL latchkey.audit_retention = 'on'");
        return transaction.raw<{ rows: { deleted: number; reached: number | null }[] }>(
          `WITH gone AS (
          DELETE FROM audit_events WHERE at <= :before AND id = ANY(ARRAY(
            SELECT id FROM audit_events WHERE id > :from ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))
          RETURNING id)
        SELECT count(*)::int AS deleted, max(id) AS reached FROM gone`,
          { before, from },
        );
      });
      const { deleted = 0, reached } = rows[0] ?? {};
      return { deleted, reached: reached ?? from };
    },
    isStopped,
  );
}
