/** The tokens of a server that has been in use for a while. */
import { bucketedTables, bucketFor } from '../../src/tokens/buckets.js';
import type { BenchPostgres } from '../postgres.js';

interface Rows {
  /** Keeps the two kinds apart. */
  kind: 'live' | 'expired';
  count: number;
  issuedAt: Date;
  expiresAt: Date;
}

// Seconds.
const DAY = 86_400;
const MONTH = 30 * DAY;
const HALF_AN_HOUR = 1_800;

const secondsFrom = (date: Date, seconds: number) => new Date(date.getTime() + seconds * 1000);

/** Half an hour ago, but today: what expired yesterday has left with yesterday's partition. */
function expiredToday(now: Date): Date {
  const { span } = bucketedTables.access_tokens;
  const midnight = Math.floor(now.getTime() / 1000 / span) * span * 1000;
  return new Date(Math.max(midnight, secondsFrom(now, -HALF_AN_HOUR).getTime()));
}

/**
 * One sign-in per row: a grant, an access and a refresh token. In the order of their keys, which makes the indexes
 * by appending: ten million rows in minutes instead of hours.
 */
function insertSignIns(clientId: string, { kind, count, issuedAt, expiresAt }: Rows, now: Date): string[] {
  const hash = (what: string) => `sha256(convert_to('bench ${kind} ${what} ' || n, 'UTF8'))`;
  const grantId = `encode(${hash('grant')}, 'base64')`;
  const time = (date: Date) => `'${date.toISOString()}'::timestamptz`;
  const client = `'${clientId}'`;
  const account = '(SELECT min(id) FROM accounts)';
  const details = (more: object) => `'${JSON.stringify({ gty: 'authorization_code', ...more })}'`;
  const refreshExpiry = kind === 'live' ? secondsFrom(now, MONTH) : expiresAt;
  const accessBucket = bucketFor('access_tokens', expiresAt, now);
  const refreshBucket = bucketFor('refresh_tokens', refreshExpiry, now);
  const numbers = `generate_series(1, ${count}) n ORDER BY 1`;
  return [
    `INSERT INTO grants (id, account_id, client_id, details, created_at, expires_at)
      SELECT ${grantId}, ${account}, ${client}, '{"openid":{"scope":"read"}}', ${time(issuedAt)}, ${time(refreshExpiry)}
      FROM ${numbers}`,
    `INSERT INTO access_tokens
        (token_hash, bucket, client_id, account_id, grant_id, issued_at, expires_at, scope, details)
      SELECT ${hash('access')}, ${accessBucket}, ${client}, ${account}, ${grantId}, ${time(issuedAt)}, ${time(expiresAt)},
        'read', ${details({})}
      FROM ${numbers}`,
    `INSERT INTO refresh_tokens
        (token_hash, bucket, client_id, account_id, grant_id, issued_at, expires_at, scope, details,
        access_token_hash, access_token_bucket)
      SELECT ${hash('refresh')}, ${refreshBucket}, ${client}, ${account}, ${grantId}, ${time(issuedAt)},
        ${time(refreshExpiry)}, 'read', ${details({ rotations: 0 })}, ${hash('access')}, ${accessBucket}
      FROM ${numbers}`,
  ];
}

export async function fillTables(
  postgres: Pick<BenchPostgres, 'run'>,
  database: string,
  clientId: string,
  { tokens, expired }: { tokens: number; expired: number },
): Promise<void> {
  const now = new Date();
  const over = expiredToday(now);
  const kinds: Rows[] = [
    { kind: 'live', count: tokens, issuedAt: now, expiresAt: secondsFrom(now, DAY) },
    { kind: 'expired', count: expired, issuedAt: secondsFrom(over, -DAY), expiresAt: over },
  ];
  const inserts = kinds
    .filter(({ count }) => count > 0)
    .flatMap((rows) => insertSignIns(clientId, rows, now));
  const settings = [`SET work_mem = '1GB'`, 'SET synchronous_commit = off'];
  await postgres.run(database, ...settings, ...inserts, 'VACUUM ANALYZE', 'CHECKPOINT');
}
