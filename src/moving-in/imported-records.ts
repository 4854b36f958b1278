/**
 * What imports have brought (table imported_records), by the key it has at its source. A run after the first brings what
 * is not in here, so that nothing comes back that was deleted or revoked meanwhile.
 */
import type { Db } from '../database/database.js';

export type Kind = 'account' | 'team' | 'application' | 'token' | 'grant';

export interface ImportedRecord {
  key: string;
  /** Of a person: who it is here. */
  accountId?: number;
  /** Of a team: which one it is here. */
  teamId?: number;
  /** Of a token and its family. */
  expiresAt?: Date;
}

export interface Known {
  accountId: number | null;
  teamId: number | null;
  importedAt: Date;
}

export async function findImported(db: Db, kind: Kind, keys: string[]): Promise<Map<string, Known>> {
  const { rows } = await db.raw<{ rows: (Known & { key: string })[] }>(
    `SELECT key, account_id AS "accountId", team_id AS "teamId", imported_at AS "importedAt" FROM imported_records
      WHERE kind = ? AND key = ANY(?::text[])`,
    [kind, keys],
  );
  return new Map(rows.map(({ key, ...known }) => [key, known]));
}

export async function rememberImported(
  db: Db,
  kind: Kind,
  records: ImportedRecord[],
  at: Date,
): Promise<void> {
  if (!records.length) return;
  await db.raw(
    `INSERT INTO imported_records (kind, key, account_id, team_id, imported_at, expires_at)
      SELECT :kind, key, account_id, team_id, :at, expires_at
      FROM json_to_recordset(:records) AS (key text, account_id bigint, team_id bigint, expires_at timestamptz)
      ON CONFLICT DO NOTHING`,
    {
      kind,
      at,
      records: JSON.stringify(
        records.map(({ key, accountId, teamId, expiresAt }) => ({
          key,
          account_id: accountId,
          team_id: teamId,
          expires_at: expiresAt,
        })),
      ),
    },
  );
}
