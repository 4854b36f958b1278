/** The SQL of refused requests. */
import type { Db } from '../../database/database.js';
import type { Facts } from './cause.js';
import type { StoredRequest } from './redact.js';
import type { Endpoint } from './sent-request.js';

export interface RefusedRequest {
  requestId: string;
  applicationId: number;
  at: Date;
  endpoint: Endpoint;
  error: string;
  cause: string;
  network: string;
  userAgent: string;
  request: StoredRequest;
  facts: Facts;
  leftOut: number;
}

const COLUMNS = {
  requestId: 'request_id',
  applicationId: 'application_id',
  at: 'at',
  endpoint: 'endpoint',
  error: 'error',
  cause: 'cause',
  network: 'network',
  userAgent: 'user_agent',
  request: 'request',
  facts: 'facts',
  leftOut: 'left_out',
} as const satisfies Record<keyof RefusedRequest, string>;

export const DAYS_KEPT = 7;
const DAY = 86_400_000;

/** One whose application was deleted meanwhile is left out. */
export async function insertRefusedRequests(
  db: Db,
  refused: Omit<RefusedRequest, 'leftOut'>[],
): Promise<void> {
  const rows = refused.map((each) => ({
    request_id: each.requestId,
    application_id: each.applicationId,
    at: each.at,
    endpoint: each.endpoint,
    error: each.error,
    cause: each.cause,
    network: each.network,
    user_agent: each.userAgent,
    request: each.request,
    facts: each.facts,
    expires_at: new Date(each.at.getTime() + DAYS_KEPT * DAY),
  }));
  await db.raw(
    `INSERT INTO refused_requests (request_id, application_id, at, endpoint, error, cause, network, user_agent, request,
        facts, expires_at)
      SELECT r.request_id, a.id, r.at, r.endpoint, r.error, r.cause, r.network, r.user_agent, r.request, r.facts, r.expires_at
      FROM json_to_recordset(?) AS r (request_id uuid, application_id bigint, at timestamptz, endpoint text, error text,
        cause text, network text, user_agent text, request json, facts json, expires_at timestamptz)
      JOIN applications a ON a.id = r.application_id ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  );
}

/** Adds to the requests that were counted only, after the one that is named. */
export async function addLeftOut(db: Db, requestId: string, count: number): Promise<void> {
  await db('refused_requests').where({ request_id: requestId }).increment('left_out', count);
}

export async function findRefusedRequest(
  db: Db,
  requestId: string,
  at: Date,
): Promise<RefusedRequest | undefined> {
  return db('refused_requests').first(COLUMNS).where({ request_id: requestId }).where('expires_at', '>', at);
}

export interface ProblemFilter {
  cause?: string | undefined;
  endpoint?: string | undefined;
  /** Only those that come after this one in the list. */
  after?: Pick<RefusedRequest, 'at' | 'requestId'> | undefined;
  limit: number;
}

/** The newest first. */
export async function selectRefusedRequests(
  db: Db,
  applicationId: number,
  { cause, endpoint, after, limit }: ProblemFilter,
  at: Date,
): Promise<RefusedRequest[]> {
  const query = db('refused_requests')
    .select(COLUMNS)
    .where({ application_id: applicationId, ...(cause ? { cause } : {}), ...(endpoint ? { endpoint } : {}) })
    .where('expires_at', '>', at)
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'request_id', order: 'desc' },
    ])
    .limit(limit);
  return after ? query.whereRaw('(at, request_id) < (?, ?)', [after.at, after.requestId]) : query;
}

export interface CauseCount {
  cause: string;
  endpoint: Endpoint;
  /** Those that were counted only are among them. */
  count: number;
  last: Date;
}

/** The most frequent first. */
export async function countByCause(db: Db, applicationId: number, at: Date): Promise<CauseCount[]> {
  const { rows } = await db.raw<{ rows: CauseCount[] }>(
    `SELECT cause, endpoint, sum(1 + left_out)::int AS count, max(at) AS last FROM refused_requests
      WHERE application_id = ? AND expires_at > ? GROUP BY cause, endpoint ORDER BY 3 DESC, 4 DESC`,
    [applicationId, at],
  );
  return rows;
}
