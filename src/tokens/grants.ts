/**
 * A grant is one sign-in of a person at an application: the family its code, access and refresh tokens belong to.
 * Every token is looked up together with its grant, so deleting this one row revokes them all, at once and on every
 * node. What the person has agreed to for good is a consent (src/authorization/consents.ts), not a grant.
 */
import type { Database, Db, Statement } from '../database/database.js';
import type { EnginePayload } from './engine-payload.js';
import { numericDate } from './numeric-date.js';

export interface GrantRecord {
  id: string;
  accountId: number;
  clientId: string;
  /** What the engine keeps of a grant beside the columns: granted and rejected scopes and claims. */
  details: Record<string, unknown>;
  createdAt: Date;
  expiresAt: Date;
}

/** What a new grant rests on. It is stored only while all of it is there, as PostgreSQL finds it in the same statement. */
interface GrantBasis {
  /** The session it is made in. */
  sessionUid?: string | undefined;
  /** The access epoch of the account with which the sign-in began that it is made by. */
  accessEpoch?: number | undefined;
  /** Whether it follows from the consent of the person to the application. */
  isByConsent?: boolean | undefined;
}

export interface NewGrant extends GrantRecord {
  basis: GrantBasis;
}

/** The parameter that INSERT_GRANTS reads as its first. `details` is text, since an escaped U+0000 may be in it. */
export const grantRows = (grants: readonly (GrantRecord & Partial<NewGrant>)[]): string =>
  JSON.stringify(
    grants.map((grant) => ({
      id: grant.id,
      account_id: grant.accountId,
      client_id: grant.clientId,
      details: JSON.stringify(grant.details),
      created_at: grant.createdAt,
      expires_at: grant.expiresAt,
      session_uid: grant.basis?.sessionUid,
      access_epoch: grant.basis?.accessEpoch,
      is_by_consent: grant.basis?.isByConsent ?? false,
    })),
  );

const INTO_GRANTS = `INSERT INTO grants (id, account_id, client_id, details, created_at, expires_at)
  SELECT n.id, n.account_id, n.client_id, n.details::json, n.created_at, n.expires_at`;
const GRANT_ROW =
  'id text, account_id bigint, client_id text, details text, created_at timestamptz, expires_at timestamptz';
const BASIS_ROW = 'session_uid text, access_epoch integer, is_by_consent boolean';

/** Inserts the grants of $1, any number of them. */
export const INSERT_GRANTS = `${INTO_GRANTS} FROM json_to_recordset($1) AS n (${GRANT_ROW})`;

/**
 * Inserts those of $1 whose basis is there. The locks let uses of the same session, account or consent pass and wait for
 * whoever ends it, who deletes the grants afterwards; always in the same order, so that they cannot wait for each other.
 */
export const INSERT_NEW_GRANTS = `${INTO_GRANTS}
  FROM (
    SELECT * FROM json_to_recordset($1) AS (${GRANT_ROW}, ${BASIS_ROW})
    ORDER BY access_epoch IS NULL, account_id, session_uid
  ) n
  LEFT JOIN LATERAL (SELECT true AS is_there FROM accounts WHERE n.access_epoch IS NOT NULL
    AND id = n.account_id AND access_epoch = n.access_epoch LIMIT 1 FOR SHARE) a ON true
  LEFT JOIN LATERAL (SELECT true AS is_there FROM sessions WHERE uid = n.session_uid
    AND account_id = n.account_id LIMIT 1 FOR KEY SHARE) s ON true
  LEFT JOIN LATERAL (SELECT true AS is_there FROM consents WHERE n.is_by_consent
    AND account_id = n.account_id AND client_id = n.client_id LIMIT 1 FOR KEY SHARE) c ON true
  WHERE (n.access_epoch IS NULL OR a.is_there) AND (n.session_uid IS NULL OR s.is_there)
    AND (NOT n.is_by_consent OR c.is_there)`;

/** The grant that the engine asks for by its id, as the engine knows it. */
export function grantPayload(grant: GrantRecord): EnginePayload {
  return {
    kind: 'Grant',
    jti: grant.id,
    accountId: String(grant.accountId),
    clientId: grant.clientId,
    iat: numericDate(grant.createdAt),
    exp: numericDate(grant.expiresAt),
    ...grant.details,
  };
}

export function toGrantRecord(id: string, payload: EnginePayload): GrantRecord {
  const { accountId, clientId, iat, exp, kind: _kind, jti: _jti, ...details } = payload;
  return {
    id,
    accountId: Number(accountId),
    clientId: String(clientId),
    details,
    createdAt: new Date(Number(iat) * 1000),
    expiresAt: new Date(Number(exp) * 1000),
  };
}

/**
 * A grant that a superuser brings about who acts as somebody else: its tokens say so (RFC 8693 4.1), and none of them
 * outlives the impersonation.
 */
export function asActedOn(
  grant: GrantRecord,
  actor: { impersonationId: string; accountId: number; until: number } | undefined,
): GrantRecord {
  if (!actor) return grant;
  const until = new Date(actor.until * 1000);
  return {
    ...grant,
    details: {
      ...grant.details,
      act: { sub: String(actor.accountId) },
      impersonationId: actor.impersonationId,
    },
    expiresAt: until < grant.expiresAt ? until : grant.expiresAt,
  };
}

/** The claim `act` of the tokens of this grant, if somebody else acted. */
export function actOf(grant: GrantRecord | undefined): { sub: string } | undefined {
  return grant?.details.act as { sub: string } | undefined;
}

const SAVE: Statement = {
  name: 'grant-save',
  text: `${INSERT_NEW_GRANTS}
    ON CONFLICT (id) DO UPDATE SET details = excluded.details, expires_at = excluded.expires_at RETURNING 1`,
};

/** @returns false when what it rests on has gone */
export async function saveGrant(database: Database, grant: NewGrant): Promise<boolean> {
  return (await database.query(SAVE, [grantRows([grant])])).length === 1;
}

const FIND: Statement = {
  name: 'grant-find',
  text: `SELECT id, account_id AS "accountId", client_id AS "clientId", details, created_at AS "createdAt",
    expires_at AS "expiresAt" FROM grants WHERE id = $1`,
};

export async function findGrant(database: Database, id: string): Promise<GrantRecord | undefined> {
  const [row] = await database.query<GrantRecord>(FIND, [id]);
  return row;
}

/** Revokes every token of one sign-in. */
export async function revokeGrant(db: Db, id: string): Promise<void> {
  await db('grants').where({ id }).delete();
}

/** Revokes every token an account has given an application, whichever sign-in they came from. */
export async function revokeGrantsOf(db: Db, accountId: number, clientId: string): Promise<void> {
  await db('grants').where({ account_id: accountId, client_id: clientId }).delete();
}

/** Revokes every token that was issued while somebody else acted as the account. */
export async function revokeImpersonatedGrants(
  db: Db,
  accountId: number,
  impersonationId: string,
): Promise<void> {
  await db('grants')
    .where({ account_id: accountId })
    .whereRaw("details ->> 'impersonationId' = ?", [impersonationId])
    .delete();
}

/** Revokes every token the account has given to anybody. */
export async function revokeAllGrantsOf(db: Db, accountId: number): Promise<void> {
  await db('grants').where({ account_id: accountId }).delete();
}
