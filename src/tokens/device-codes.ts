/** Device codes (RFC 8628), found by the device's code or by the short code a person types. */
import type { Database, Statement } from '../database/database.js';
import { type Exchange, exchangeAll, exchangeStatement } from './exchange.js';

export interface DeviceCodeRecord {
  hash: Buffer;
  clientId: string;
  grantId: string | null;
  expiresAt: Date;
  consumedAt: Date | null;
  details: Record<string, unknown>;
}

const COLUMNS = `token_hash AS hash, client_id AS "clientId", grant_id AS "grantId", expires_at AS "expiresAt",
  consumed_at AS "consumedAt", details`;

const FIND: Statement = {
  name: 'device-code-find',
  text: `SELECT ${COLUMNS} FROM device_codes WHERE token_hash = $1`,
};
const FIND_BY_USER_CODE: Statement = {
  name: 'device-code-find-by-user-code',
  text: `SELECT ${COLUMNS} FROM device_codes WHERE user_code_hmac = $1`,
};

export async function findDeviceCode(
  database: Database,
  hash: Buffer,
): Promise<DeviceCodeRecord | undefined> {
  return (await database.query<DeviceCodeRecord>(FIND, [hash]))[0];
}

export async function findDeviceCodeByUserCode(
  database: Database,
  userCodeHmac: Buffer,
): Promise<DeviceCodeRecord | undefined> {
  return (await database.query<DeviceCodeRecord>(FIND_BY_USER_CODE, [userCodeHmac]))[0];
}

const INSERT: Statement = {
  name: 'device-code-insert',
  text: `INSERT INTO device_codes (token_hash, user_code_hmac, client_id, grant_id, expires_at, details)
    VALUES ($1, $2, $3, $4, $5, $6)`,
};

export async function insertDeviceCode(
  database: Database,
  code: Omit<DeviceCodeRecord, 'consumedAt'> & { userCodeHmac: Buffer },
): Promise<void> {
  await database.query(INSERT, [
    code.hash,
    code.userCodeHmac,
    code.clientId,
    code.grantId,
    code.expiresAt,
    JSON.stringify(code.details),
  ]);
}

const UPDATE: Statement = {
  name: 'device-code-update',
  text: `UPDATE device_codes SET grant_id = $2, is_decided = $3, details = $4
    WHERE token_hash = $1 AND consumed_at IS NULL`,
};

/** What the person at the browser has done with it. */
export async function updateDeviceCode(
  database: Database,
  code: Pick<DeviceCodeRecord, 'hash' | 'grantId' | 'details'>,
): Promise<void> {
  const isDecided = code.details.accountId !== undefined || code.details.error !== undefined;
  await database.query(UPDATE, [code.hash, code.grantId, isDecided, JSON.stringify(code.details)]);
}

const EXCHANGE = exchangeStatement(
  'device-code-exchange',
  `UPDATE device_codes t SET consumed_at = asked.at FROM asked
    WHERE t.token_hash = asked.token_hash AND t.consumed_at IS NULL AND t.expires_at > asked.at
    RETURNING asked.issued_hash`,
);

/** Spends the code and stores what it bought; false when somebody else was first. */
export async function exchangeDeviceCode(database: Database, exchange: Exchange): Promise<boolean> {
  const [isFirst] = await exchangeAll(database, EXCHANGE, [exchange]);
  return isFirst === true;
}

const CONSUME: Statement = {
  name: 'device-code-consume',
  text: `UPDATE device_codes SET consumed_at = $2
    WHERE token_hash = $1 AND consumed_at IS NULL AND expires_at > $2 RETURNING 1`,
};

/** @returns false when the code was spent or expired before */
export async function consumeDeviceCode(database: Database, hash: Buffer, at: Date): Promise<boolean> {
  return (await database.query(CONSUME, [hash, at])).length === 1;
}

const DELETE: Statement = {
  name: 'device-code-delete',
  text: 'DELETE FROM device_codes WHERE token_hash = $1',
};

export async function deleteDeviceCode(database: Database, hash: Buffer): Promise<void> {
  await database.query(DELETE, [hash]);
}

const POLL: Statement = {
  name: 'device-code-poll',
  text: `WITH before AS (
      SELECT token_hash, coalesce(last_polled_at + poll_interval * interval '1 second' > $2, false)
        AND NOT is_decided AS early, consumed_at IS NOT NULL AS is_used
      FROM device_codes WHERE token_hash = $1 AND client_id = $3 FOR UPDATE
    )
    UPDATE device_codes d
    SET last_polled_at = $2, poll_interval = poll_interval + CASE WHEN early THEN 5 ELSE 0 END
    FROM before WHERE d.token_hash = before.token_hash
    RETURNING early, is_used AS "isUsed", poll_interval AS interval`,
};

export interface Poll {
  early: boolean;
  /** The code has bought its tokens already. */
  isUsed: boolean;
  /** Seconds to wait between two requests. */
  interval: number;
}

/**
 * Notes that the device has asked. Asking before its interval is over makes the interval five seconds longer, as long
 * as nobody has decided (RFC 8628 3.5); undefined when the client has no such code.
 */
export async function notePoll(
  database: Database,
  hash: Buffer,
  clientId: string,
  at: Date,
): Promise<Poll | undefined> {
  return (await database.query<Poll>(POLL, [hash, at, clientId]))[0];
}
