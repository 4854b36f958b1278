/** Consents as an import brings them (src/moving-in), many in one statement, and as an export reads them. */
import type { Db } from '../database/database.js';
import type { Consent } from './consents.js';

export interface BroughtConsent extends Consent {
  accountId: number;
  clientId: string;
  createdAt: Date;
  updatedAt: Date;
}

const COLUMNS =
  'account_id, client_id, scopes, rejected_scopes, claims, rejected_claims, created_at, updated_at';

/**
 * What somebody has decided here stays, and what comes twice in one import (with the same updatedAt) is added up. Where
 * the person or the application is not there, nothing is stored.
 * @returns how many are new
 */
export async function bringConsents(db: Db, consents: BroughtConsent[]): Promise<number> {
  const { rows } = await db.raw<{ rows: { is_new: boolean }[] }>(
    `INSERT INTO consents (${COLUMNS}) SELECT ${COLUMNS}
      FROM json_to_recordset(?) AS brought (account_id bigint, client_id text, scopes text[], rejected_scopes text[],
        claims text[], rejected_claims text[], created_at timestamptz, updated_at timestamptz)
      WHERE EXISTS (SELECT FROM accounts WHERE id = account_id)
        AND EXISTS (SELECT FROM applications p WHERE p.client_id = brought.client_id)
      ON CONFLICT (account_id, client_id) DO UPDATE
        SET scopes = ARRAY(SELECT DISTINCT unnest(consents.scopes || excluded.scopes))
        WHERE consents.updated_at = excluded.updated_at
      RETURNING xmax = 0 AS is_new`,
    [
      JSON.stringify(
        consents.map((consent) => ({
          account_id: consent.accountId,
          client_id: consent.clientId,
          scopes: consent.scopes,
          rejected_scopes: consent.rejectedScopes,
          claims: consent.claims,
          rejected_claims: consent.rejectedClaims,
          created_at: consent.createdAt,
          updated_at: consent.updatedAt,
        })),
      ),
    ],
  );
  return rows.filter((row) => row.is_new).length;
}

/** For an export, in the order of accounts and applications. @param after the last one read, undefined for the first */
export async function readConsentsAfter(
  db: Db,
  after: Pick<BroughtConsent, 'accountId' | 'clientId'> | undefined,
  size: number,
): Promise<BroughtConsent[]> {
  const { rows } = await db.raw<{ rows: BroughtConsent[] }>(
    `SELECT account_id AS "accountId", client_id AS "clientId", scopes, rejected_scopes AS "rejectedScopes", claims,
        rejected_claims AS "rejectedClaims", created_at AS "createdAt", updated_at AS "updatedAt"
      FROM consents WHERE (account_id, client_id) > (?, ?) ORDER BY account_id, client_id LIMIT ?`,
    [after?.accountId ?? 0, after?.clientId ?? '', size],
  );
  return rows;
}
