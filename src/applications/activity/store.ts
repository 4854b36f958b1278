/** The SQL of application_counters and sign_in_steps. */
import { createHash } from 'node:crypto';
import type { Db } from '../../database/database.js';

export interface Counted {
  applicationId: number;
  name: string;
  count: number;
  /** Of the last one. */
  at: Date;
  expiresAt: Date;
}

const dayOf = (at: Date) => at.toISOString().slice(0, 10);

/** An application that was deleted meanwhile is passed over. In the order of their keys, so that two nodes never wait for each other in a ring. */
export async function upsertCounters(db: Db, counted: Counted[]): Promise<void> {
  const rows = counted
    .map(({ applicationId, name, count, at, expiresAt }) => ({
      application_id: applicationId,
      day: dayOf(at),
      name,
      count,
      last_at: at,
      expires_at: expiresAt,
    }))
    .sort((a, b) => a.application_id - b.application_id || (a.name < b.name ? -1 : 1));
  await db.raw(
    `INSERT INTO application_counters (application_id, day, name, count, last_at, expires_at)
      SELECT r.application_id, r.day, r.name, r.count, r.last_at, r.expires_at
      FROM json_to_recordset(:rows) AS r(application_id bigint, day date, name text, count bigint, last_at timestamptz,
        expires_at timestamptz)
      JOIN applications a ON a.id = r.application_id
      ORDER BY r.application_id, r.name
      ON CONFLICT (application_id, day, name) DO UPDATE SET count = application_counters.count + excluded.count,
        last_at = greatest(application_counters.last_at, excluded.last_at), expires_at = excluded.expires_at`,
    { rows: JSON.stringify(rows) },
  );
}

export interface NewStep {
  applicationId: number;
  at: Date;
  step: string;
  flow: string | undefined;
  grantId: string | undefined;
  requestId: string;
  details: Record<string, unknown>;
  expiresAt: Date;
}

/** The id of a flow is in its cookie, and that of a grant leads to its tokens: what is kept only says which steps belong together. */
const refOf = (id: string | undefined) =>
  id === undefined ? null : createHash('sha256').update(id).digest('base64url').slice(0, 16);

export async function insertSteps(db: Db, steps: NewStep[]): Promise<void> {
  const rows = steps.map((step) => ({
    application_id: step.applicationId,
    at: step.at,
    step: step.step,
    flow: refOf(step.flow),
    grant_ref: refOf(step.grantId),
    request_id: step.requestId,
    details: step.details,
    expires_at: step.expiresAt,
  }));
  await db.raw(
    `INSERT INTO sign_in_steps (application_id, at, step, flow, grant_ref, request_id, details, expires_at)
      SELECT r.* FROM json_to_recordset(:rows) AS r(application_id bigint, at timestamptz, step text, flow text,
        grant_ref text, request_id text, details json, expires_at timestamptz)
      JOIN applications a ON a.id = r.application_id`,
    { rows: JSON.stringify(rows) },
  );
}

export interface FoundStep {
  id: number;
  at: Date;
  step: string;
  flow: string | null;
  grantRef: string | null;
  requestId: string;
  details: Record<string, unknown>;
}

/** The newest first. */
export async function selectSteps(
  db: Db,
  applicationId: number,
  at: Date,
  limit: number,
): Promise<FoundStep[]> {
  return db('sign_in_steps')
    .where({ application_id: applicationId })
    .where('expires_at', '>', at)
    .orderBy('id', 'desc')
    .limit(limit)
    .select({
      id: 'id',
      at: 'at',
      step: 'step',
      flow: 'flow',
      grantRef: 'grant_ref',
      requestId: 'request_id',
      details: 'details',
    });
}

export interface DayCount {
  day: string;
  name: string;
  count: number;
  lastAt: Date;
}

export async function selectCounters(db: Db, applicationId: number, since: Date): Promise<DayCount[]> {
  const { rows } = await db.raw<{ rows: DayCount[] }>(
    `SELECT to_char(day, 'YYYY-MM-DD') AS day, name, count, last_at AS "lastAt" FROM application_counters
      WHERE application_id = :applicationId AND day >= :since ORDER BY day DESC`,
    { applicationId, since: dayOf(since) },
  );
  return rows;
}
