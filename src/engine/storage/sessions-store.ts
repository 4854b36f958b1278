/** The browser's session and the sign-ins in progress: the rows behind the engine's Session and Interaction. */
import { beginAccessEpoch, isEpochOf } from '../../accounts/access-epoch.js';
import { type Consent, type ConsentTo, consentsBy } from '../../authorization/consents.js';
import type { Database, Db, Statement } from '../../database/database.js';
import { anyOf, gathered } from '../../database/gather.js';
import { hashToken } from '../../secrets/token-hash.js';
import { byHash, type Holder } from '../../tokens/records.js';
import { endImpersonationsBy, endImpersonationsOf } from './impersonations.js';

export interface SessionRecord {
  uid: string;
  accountId: number | null;
  details: Record<string, unknown>;
  expiresAt: Date;
}

const FIND_SESSIONS: Statement = {
  name: 'session-find',
  text: `SELECT s.id_hash AS token_hash, ${consentsBy('a.id', '$2::text[]')} AS consents,
      s.uid, s.details, s.expires_at AS "expiresAt", s.account_id AS "accountId",
      a.id, a.username, a.email, a.email_verified_at AS "emailVerifiedAt", a.first_name AS "firstName",
      a.last_name AS "lastName", a.claims, a.updated_at AS "updatedAt", a.access_epoch AS "accessEpoch"
    FROM sessions s LEFT JOIN LATERAL (SELECT * FROM accounts WHERE id = s.account_id AND disabled_at IS NULL LIMIT 1) a ON true
    WHERE s.id_hash = ${anyOf('$1::bytea[]')}`,
};

interface SessionRow extends SessionRecord {
  token_hash: Buffer;
  consents: ConsentTo[] | null;
  id: number | null;
  accessEpoch: number | null;
}

const findRow = gathered(
  async (database, asked: readonly { hash: Buffer; clientId: string | undefined }[]) => {
    const hashes = asked.map(({ hash }) => hash);
    const clientIds = asked.map(({ clientId }) => clientId);
    const rowOf = byHash(await database.query<SessionRow>(FIND_SESSIONS, [hashes, clientIds]));
    return eachItsOwn(hashes.map(rowOf));
  },
);

/**
 * The engine notes in a session, deep inside, what a request is about, such as the grant of its code. Requests of one
 * browser whose session was read by one statement must not see what another one notes.
 */
function eachItsOwn(rows: (SessionRow | undefined)[]): (SessionRow | undefined)[] {
  const given = new Set<SessionRow>();
  return rows.map((row) => {
    if (row && given.has(row)) return { ...row, details: structuredClone(row.details) };
    if (row) given.add(row);
    return row;
  });
}

export interface FoundSession extends SessionRecord {
  /** Undefined when nobody is signed in or the account is disabled. */
  holder: Holder | undefined;
  /** That of the holder's account. */
  accessEpoch: number | undefined;
  /** What the holder has decided about the application. */
  consent: Consent | undefined;
}

/**
 * The session of this id with its account.
 * @param clientId the application that sends the person here, if any: a sign-in depends on what was decided about it
 */
export async function findSession(
  database: Database,
  id: string,
  clientId: string | undefined,
  at: Date,
): Promise<FoundSession | undefined> {
  const row = await findRow(database, { hash: hashToken(id), clientId });
  if (!row || row.expiresAt <= at) return undefined;
  const { token_hash: _hash, uid, accountId, details, expiresAt, consents, accessEpoch, ...account } = row;
  const holder = account.id === null ? undefined : (account as Holder);
  const consent = consents?.find((each) => each.clientId === clientId);
  return { uid, accountId, details, expiresAt, holder, accessEpoch: accessEpoch ?? undefined, consent };
}

const FIND_SESSION_BY_UID: Statement = {
  name: 'session-find-by-uid',
  text: `SELECT uid, details, expires_at AS "expiresAt", account_id AS "accountId" FROM sessions
    WHERE uid = $1 AND expires_at > $2`,
};

export async function findSessionByUid(
  database: Database,
  uid: string,
  at: Date,
): Promise<SessionRecord | undefined> {
  return (await database.query<SessionRecord>(FIND_SESSION_BY_UID, [uid, at]))[0];
}

const INSERT_SESSION: Statement = {
  name: 'session-insert',
  text: `INSERT INTO sessions (id_hash, uid, account_id, details, expires_at, created_at) 
    SELECT $1::bytea, $2::text, $3::bigint, $4::json, $5::timestamptz, $6::timestamptz
      WHERE ${isEpochOf('$3::bigint', '$7::integer')}
    ON CONFLICT (uid) DO UPDATE SET id_hash = excluded.id_hash, account_id = excluded.account_id,
      details = excluded.details, expires_at = excluded.expires_at
    RETURNING 1`,
};

const sessionValues = (session: SessionRecord) => [
  session.uid,
  session.accountId,
  JSON.stringify(session.details),
  session.expiresAt,
];

/**
 * @param accessEpoch that of the account when the sign-in began which the session is the end of
 * @returns false when access has been ended since
 */
export async function insertSession(
  database: Database,
  id: string,
  session: SessionRecord,
  at: Date,
  accessEpoch: number | undefined,
): Promise<boolean> {
  const values = [hashToken(id), ...sessionValues(session), at, accessEpoch];
  return (await database.query(INSERT_SESSION, values)).length === 1;
}

const UPDATE_SESSION: Statement = {
  name: 'session-update',
  text: `UPDATE sessions SET id_hash = $1, uid = $2, account_id = $3, details = $4, expires_at = $5
    WHERE id_hash = $6 AND ${isEpochOf('$3::bigint', '$7::integer')} RETURNING 1`,
};

/**
 * @param from the id it was read by
 * @param to its id from now on, the same or a new one
 * @param accessEpoch as in insertSession(), when somebody has just signed in
 * @returns false when the session, or all access, has been ended since it was read
 */
export async function updateSession(
  database: Database,
  from: string,
  to: string,
  session: SessionRecord,
  accessEpoch: number | undefined,
): Promise<boolean> {
  const rows = await database.query(UPDATE_SESSION, [
    hashToken(to),
    ...sessionValues(session),
    hashToken(from),
    accessEpoch,
  ]);
  return rows.length === 1;
}

const DELETE_SESSION: Statement = { name: 'session-delete', text: 'DELETE FROM sessions WHERE id_hash = $1' };

export async function deleteSession(database: Database, id: string): Promise<void> {
  await database.query(DELETE_SESSION, [hashToken(id)]);
}

/** Ends a session under whatever id it has by now. @returns false when there is none */
export async function deleteSessionByUid(db: Db, uid: string): Promise<boolean> {
  return (await db('sessions').where({ uid }).delete()) > 0;
}

/**
 * Ends every session of the account, every sign-in of it that is half done or just being made, and whatever is done by it or as it in the
 * place of somebody else.
 * @param exceptUid the one session that goes on
 */
export async function endSessionsOf(db: Db, accountId: number, exceptUid?: string): Promise<void> {
  await beginAccessEpoch(db, accountId);
  const sessions = db('sessions').where({ account_id: accountId });
  if (exceptUid !== undefined) sessions.whereNot({ uid: exceptUid });
  // In the order in which new grants hold them (INSERT_NEW_GRANTS), so that neither waits for the other.
  const ended = sessions.select('uid').orderBy('uid').forUpdate();
  await db('sessions').whereIn('uid', ended).delete();
  await db('interactions').where({ account_id: accountId }).delete();
  await endImpersonationsBy(db, accountId);
  await endImpersonationsOf(db, accountId);
}

export async function countSessionsOf(db: Db, accountId: number, at: Date): Promise<number> {
  const [row] = await db('sessions')
    .where({ account_id: accountId })
    .where('expires_at', '>', at)
    .count({ count: '*' });
  return Number(row?.count ?? 0);
}

export interface InteractionRecord {
  /** Who has signed in within it. */
  accountId: number | null;
  details: Record<string, unknown>;
  expiresAt: Date;
  finishedAt: Date | null;
}

const FIND_INTERACTION: Statement = {
  name: 'interaction-find',
  text: `SELECT account_id AS "accountId", details, expires_at AS "expiresAt", finished_at AS "finishedAt"
    FROM interactions WHERE id_hash = $1 AND expires_at > $2`,
};

/** The interaction of this uid, finished or not. */
export async function findInteraction(
  database: Database,
  uid: string,
  at: Date,
): Promise<InteractionRecord | undefined> {
  return (await database.query<InteractionRecord>(FIND_INTERACTION, [hashToken(uid), at]))[0];
}

const SAVE_INTERACTION: Statement = {
  name: 'interaction-save',
  text: `INSERT INTO interactions (id_hash, account_id, details, expires_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id_hash) DO UPDATE
    SET account_id = excluded.account_id, details = excluded.details, expires_at = excluded.expires_at`,
};

export async function saveInteraction(
  database: Database,
  uid: string,
  interaction: Omit<InteractionRecord, 'finishedAt'>,
): Promise<void> {
  await database.query(SAVE_INTERACTION, [
    hashToken(uid),
    interaction.accountId,
    JSON.stringify(interaction.details),
    interaction.expiresAt,
  ]);
}

/**
 * Puts another language in the place of those the application has asked for, if it has. Not within PostgreSQL: its jsonb
 * refuses an escaped U+0000, which a `state` may have.
 */
export async function setInteractionLocales(database: Database, uid: string, locales: string): Promise<void> {
  await database.knex.transaction(async (transaction) => {
    const row = transaction('interactions').where({ id_hash: hashToken(uid) });
    const found: Pick<InteractionRecord, 'details'> | undefined = await row
      .clone()
      .forUpdate()
      .first('details');
    const params = found?.details.params as { ui_locales?: string } | undefined;
    if (params?.ui_locales === undefined) return;
    const details = { ...found?.details, params: { ...params, ui_locales: locales } };
    await row.clone().update({ details: JSON.stringify(details) });
  });
}

const FINISH_INTERACTION: Statement = {
  name: 'interaction-finish',
  text: 'UPDATE interactions SET finished_at = $2 WHERE id_hash = $1 AND finished_at IS NULL',
};

/** Ends the interaction; its row stays until it expires, so that the back button finds its request again. */
export async function finishInteraction(database: Database, uid: string, at: Date): Promise<void> {
  await database.query(FINISH_INTERACTION, [hashToken(uid), at]);
}
