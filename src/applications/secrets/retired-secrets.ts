/**
 * The SQL of table retired_secrets: secrets that have ended, by their hashes, for a week. Whoever still sends one, or
 * pastes it into the portal, can be told when and how it ended.
 */
import type { Database, Db } from '../../database/database.js';
import { BATCH, deleteInBatches } from '../../database/delete-in-batches.js';
import { hashSecret } from './client-secrets.js';

/** Days. */
const REMEMBERED = 7;

export type WhyEnded = 'retired' | 'expired' | 'leaked';

export interface EndedSecret {
  name: string;
  hint: string;
  why: WhyEnded;
  endedAt: Date;
}

/** From deleted rows to remembered ones; what had expired by then ended by itself, whatever is done with it now. */
const REMEMBER = `INSERT INTO retired_secrets (application_id, hash, name, hint, why, ended_at, expires_at)
  SELECT application_id, hash, name, hint, CASE WHEN expires_at <= :at THEN 'expired' ELSE :why END,
    ended_at, ended_at + interval '${REMEMBERED} days'
  FROM gone, LATERAL (SELECT least(expires_at, :at) AS ended_at) AS ended`;
const GONE = 'application_id, hash, name, hint, expires_at';

/**
 * Ends one secret of the application, or all of them.
 * @returns how many there were
 */
export async function endSecrets(
  db: Db,
  { applicationId, id }: { applicationId: number; id?: number },
  { why, at }: { why: WhyEnded; at: Date },
): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `WITH gone AS (
      DELETE FROM client_secrets WHERE application_id = :applicationId AND id = coalesce(:id, id) RETURNING ${GONE})
    ${REMEMBER}`,
    { applicationId, id: id ?? null, why, at },
  );
  return rowCount;
}

/** Those of the application whose time was over by then. */
export async function endExpiredSecrets(db: Db, applicationId: number, at: Date): Promise<void> {
  await db.raw(
    `WITH gone AS (
      DELETE FROM client_secrets WHERE application_id = :applicationId AND expires_at <= :at RETURNING ${GONE})
    ${REMEMBER}`,
    { applicationId, why: 'expired', at },
  );
}

/**
 * Those of all applications, for the sweep.
 * @returns how many
 */
export function endAllExpiredSecrets(
  { knex }: Database,
  at: Date,
  isStopped: () => boolean,
): Promise<number> {
  const endBatch = async (): Promise<{ deleted: number; reached: undefined }> => {
    const { rowCount } = await knex.raw<{ rowCount: number }>(
      `WITH gone AS (
        DELETE FROM client_secrets WHERE id = ANY(ARRAY(
          SELECT id FROM client_secrets WHERE expires_at <= :at ORDER BY expires_at LIMIT ${BATCH}
          FOR UPDATE SKIP LOCKED))
        RETURNING ${GONE})
      ${REMEMBER}`,
      { why: 'expired', at },
    );
    return { deleted: rowCount, reached: undefined };
  };
  return deleteInBatches(undefined, endBatch, isStopped);
}

/** What became of the secret that was presented: one of this application that ended within the last days. */
export async function findEndedSecret(
  db: Db,
  applicationId: number,
  presented: string,
  at: Date,
): Promise<EndedSecret | undefined> {
  const hash = hashSecret(presented);
  const retired: EndedSecret | undefined = await db('retired_secrets')
    .where({ application_id: applicationId, hash })
    .where('expires_at', '>', at)
    .orderBy('id', 'desc')
    .first('name', 'hint', 'why', 'ended_at as endedAt');
  if (retired) return retired;
  // Its time is over, and nobody has come by since to clear it away.
  const expired: Omit<EndedSecret, 'why'> | undefined = await db('client_secrets')
    .where({ application_id: applicationId, hash })
    .where('expires_at', '<=', at)
    .first('name', 'hint', 'expires_at as endedAt');
  return expired && { ...expired, why: 'expired' };
}
