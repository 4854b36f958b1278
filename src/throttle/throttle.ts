/**
 * Counts attempts per key and window in table throttles, which all nodes share. An attempt is reserved before it is
 * made and given back when it turns out to be harmless: of a thousand at the same moment, no more than the limit pass.
 */
import type { Knex } from 'knex';
import type { Db } from '../database/database.js';

/** The window of most rules, in seconds. */
export const HOUR = 3600;

export interface ThrottleRule {
  /** Names what is counted, such as `login:network:192.0.2.0/24`. */
  key: string;
  /** Attempts in one window. */
  limit: number;
  /** Seconds. */
  window: number;
}

interface Reserved {
  key: string;
  resetsAt: Date;
}

export interface Refusal {
  allowed: false;
  rule: ThrottleRule;
  /** When the window of the rule is over. */
  resetsAt: Date;
  /** Seconds until then. */
  retryAfter: number;
}

export type Reservation = { allowed: true; reserved: Reserved[] } | Refusal;

interface ThrottleRow {
  key: string;
  attempts: number;
  resets_at: Date;
}

/** Of the rules at their limit, the one that holds longest. @param isOver says whether a row is beyond its rule */
function findRefusal(
  rules: ThrottleRule[],
  rows: ThrottleRow[],
  now: Date,
  isOver: (row: ThrottleRow, rule: ThrottleRule) => boolean,
): Refusal | undefined {
  const rowOf = new Map(rows.map((row) => [row.key, row]));
  const refusals = rules.flatMap((rule) => {
    const row = rowOf.get(rule.key);
    if (!row || !isOver(row, rule)) return [];
    const retryAfter = Math.max(1, Math.ceil((row.resets_at.getTime() - now.getTime()) / 1000));
    return [{ allowed: false as const, rule, resetsAt: row.resets_at, retryAfter }];
  });
  return refusals.sort((a, b) => b.retryAfter - a.retryAfter)[0];
}

/** Whether an attempt would be refused now; counts nothing and promises nothing. */
export async function findThrottled(db: Db, rules: ThrottleRule[], now: Date): Promise<Refusal | undefined> {
  const keys = rules.map((rule) => rule.key);
  const rows: ThrottleRow[] = await db('throttles').whereIn('key', keys).where('resets_at', '>', now);
  return findRefusal(rules, rows, now, (row, rule) => row.attempts >= rule.limit);
}

/** Counts one attempt under every rule, or under none when one of them is at its limit. */
export async function reserveAttempt(db: Db, rules: ThrottleRule[], now: Date): Promise<Reservation> {
  // In the order of the keys, so that two statements with the same keys cannot wait for each other.
  const rows = [...rules]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((rule) => ({ key: rule.key, attempts: 1, resets_at: new Date(now.getTime() + rule.window * 1000) }));
  const counted: ThrottleRow[] = await db('throttles')
    .insert(rows)
    .onConflict('key')
    .merge({
      attempts: db.raw('CASE WHEN throttles.resets_at <= ? THEN 1 ELSE throttles.attempts + 1 END', [now]),
      resets_at: db.raw(
        'CASE WHEN throttles.resets_at <= ? THEN excluded.resets_at ELSE throttles.resets_at END',
        [now],
      ),
    })
    .returning('*');
  const reserved = counted.map((row) => ({ key: row.key, resetsAt: row.resets_at }));
  const refusal = findRefusal(rules, counted, now, (row, rule) => row.attempts > rule.limit);
  if (!refusal) return { allowed: true, reserved };
  await giveBackAttempt(db, reserved);
  return refusal;
}

/** Only from the window it was taken from: the next one owes it nothing. */
export async function giveBackAttempt(db: Db, reserved: Reserved[]): Promise<void> {
  const windows = reserved.map(({ key, resetsAt }): Knex.Value[] => [key, resetsAt]);
  // Locked in the order of the keys, as the upsert has it, whatever the database's locale is: a plain UPDATE of several
  // rows may deadlock with it.
  await db
    .with(
      'held',
      db('throttles')
        .select('key')
        .whereIn(['key', 'resets_at'], windows)
        .orderByRaw('key COLLATE "C"')
        .forUpdate(),
    )
    .from('throttles')
    .whereIn('key', db('held').select('key'))
    .where('attempts', '>', 0)
    .update({ attempts: db.raw('attempts - 1') });
}

/**
 * Whether nobody has asked this of the same rule and window before. In a flood it writes nothing and waits for nobody,
 * as counting in one row would.
 */
export async function isFirstRefusal(db: Db, { rule, resetsAt }: Refusal): Promise<boolean> {
  const key = `refused:${rule.key}:${resetsAt.getTime()}`;
  const inserted: unknown[] = await db('throttles')
    .insert({ key, attempts: 1, resets_at: resetsAt })
    .onConflict('key')
    .ignore()
    .returning('key');
  return inserted.length === 1;
}
