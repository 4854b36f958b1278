/**
 * What a person has allowed an application, remembered until they take it back (/o/authorized_tokens). A scope that
 * was asked for and unticked is remembered too, so that the question is not asked again at every sign-in; an
 * application that wants to ask again sends prompt=consent.
 */
import { recordEvent } from '../audit/audit.js';
import type { Database, Db, Statement } from '../database/database.js';
import { anyOf } from '../database/gather.js';
import { revokeGrantsOf } from '../tokens/grants.js';

export interface Consent {
  scopes: string[];
  rejectedScopes: string[];
  claims: string[];
  rejectedClaims: string[];
}

const FIND: Statement = {
  name: 'consent-find',
  text: `SELECT scopes, rejected_scopes AS "rejectedScopes", claims, rejected_claims AS "rejectedClaims"
    FROM consents WHERE account_id = $1 AND client_id = $2`,
};

export interface ConsentTo extends Consent {
  clientId: string;
}

/** For a statement that reads an account anyway: what it has decided about each client of the list, NULL when nothing. */
export const consentsBy = (accountId: string, clientIds: string): string => `(
  SELECT json_agg(json_build_object('clientId', client_id, 'scopes', scopes, 'rejectedScopes', rejected_scopes,
    'claims', claims, 'rejectedClaims', rejected_claims))
  FROM consents WHERE account_id = ${accountId} AND client_id = ${anyOf(clientIds)})`;

export async function findConsent(
  database: Database,
  accountId: number,
  clientId: string,
): Promise<Consent | undefined> {
  return (await database.query<Consent>(FIND, [accountId, clientId]))[0];
}

const without = (list: string[], removed: string[]) => list.filter((name) => !removed.includes(name));

/** Adds what was decided now to what was decided before; the new decision wins where they differ. */
export function mergeConsent(before: Consent, now: Consent): Consent {
  const scopes = [...now.scopes, ...now.rejectedScopes];
  const claims = [...now.claims, ...now.rejectedClaims];
  return {
    scopes: [...without(before.scopes, scopes), ...now.scopes],
    rejectedScopes: [...without(before.rejectedScopes, scopes), ...now.rejectedScopes],
    claims: [...without(before.claims, claims), ...now.claims],
    rejectedClaims: [...without(before.rejectedClaims, claims), ...now.rejectedClaims],
  };
}

/** Who decided about which application, for the audit trail. */
export interface ConsentChange {
  accountId: number;
  clientId: string;
  network: string;
  requestId: string;
  at: Date;
}

/** The event of a decision and nothing more: one that counts for a single sign-in is not remembered. */
export async function recordConsent(db: Db, decision: Consent, change: ConsentChange): Promise<void> {
  const details = { scopes: decision.scopes, rejected: decision.rejectedScopes };
  await recordEvent(db, { event: 'consent.given', ...change, details });
}

/** Adds a decision to those before it. Two tabs that decide at once do so one after the other. */
export async function rememberConsent(db: Db, decision: Consent, change: ConsentChange): Promise<void> {
  await db.transaction(async (transaction) => {
    await saveConsent(transaction, decision, change);
    await recordConsent(transaction, decision, change);
  });
}

async function saveConsent(transaction: Db, decision: Consent, { accountId, clientId, at }: ConsentChange) {
  const key = { account_id: accountId, client_id: clientId };
  const empty = { scopes: [], rejected_scopes: [], claims: [], rejected_claims: [] };
  await transaction('consents')
    .insert({ ...key, ...empty, created_at: at, updated_at: at })
    .onConflict(['account_id', 'client_id'])
    .ignore();
  const before: Consent = await transaction('consents')
    .where(key)
    .forUpdate()
    .first('scopes', 'rejected_scopes as rejectedScopes', 'claims', 'rejected_claims as rejectedClaims');
  const merged = mergeConsent(before, decision);
  const columns = {
    scopes: merged.scopes,
    rejected_scopes: merged.rejectedScopes,
    claims: merged.claims,
    rejected_claims: merged.rejectedClaims,
    updated_at: at,
  };
  await transaction('consents').where(key).update(columns);
}

export interface AuthorizedApplication {
  applicationId: number;
  clientId: string;
  name: string;
  /** What it may do: by consent, or by the sign-ins themselves where the application asks for none. */
  scopes: string[];
  allowedAt: Date;
  signIns: number;
  /** The latest that still lasts; null when none does. */
  lastSignInAt: Date | null;
}

interface AuthorizedRow extends AuthorizedApplication {
  grants: { openid?: { scope?: string } }[];
}

/** The applications that hold tokens of the account or have its consent, by name. */
export async function listAuthorizedApplications(
  db: Db,
  accountId: number,
  at: Date,
): Promise<AuthorizedApplication[]> {
  const { rows } = await db.raw<{ rows: AuthorizedRow[] }>(
    `SELECT p.id AS "applicationId", p.client_id AS "clientId", p.name, coalesce(c.scopes, '{}') AS scopes,
        coalesce(c.updated_at, g.since) AS "allowedAt", coalesce(g.sign_ins, 0)::int AS "signIns",
        g.latest AS "lastSignInAt", coalesce(g.details, '[]') AS grants
      FROM applications p
      LEFT JOIN consents c ON c.client_id = p.client_id AND c.account_id = :accountId
      LEFT JOIN (
        SELECT client_id, count(*) AS sign_ins, min(created_at) AS since, max(created_at) AS latest,
          json_agg(details) AS details
        FROM grants WHERE account_id = :accountId AND expires_at > :at GROUP BY client_id
      ) g ON g.client_id = p.client_id
      WHERE c.account_id IS NOT NULL OR g.client_id IS NOT NULL
      ORDER BY lower(p.name), p.id`,
    { accountId, at },
  );
  return rows.map(({ grants, ...application }) => {
    const granted = grants.flatMap(({ openid }) => openid?.scope?.split(' ') ?? []);
    return { ...application, scopes: [...new Set([...application.scopes, ...granted])] };
  });
}

/** Takes everything back: the consent and, at once and on every node, all tokens of the application for this person. */
export async function revokeConsent(db: Db, change: ConsentChange): Promise<void> {
  const { accountId, clientId } = change;
  await db.transaction(async (transaction) => {
    await transaction('consents').where({ account_id: accountId, client_id: clientId }).delete();
    await revokeGrantsOf(transaction, accountId, clientId);
    await recordEvent(transaction, { event: 'consent.revoked', ...change });
  });
}
