import { type AuditEvent, recordEvent } from '../audit/audit.js';
import type { Db } from '../database/database.js';
import { isFirstRefusal } from '../throttle/throttle.js';
import type { Throttled } from './throttled-password.js';

/** Records that somebody has to wait, once for each window of the rule that says so: a flood leaves one event, not a million. */
export async function recordThrottled(
  db: Db,
  event: Omit<AuditEvent, 'event'>,
  { by, refusal }: Throttled,
): Promise<void> {
  if (!(await isFirstRefusal(db, refusal))) return;
  await recordEvent(db, { ...event, event: 'login.throttled', details: { by, until: refusal.resetsAt } });
}
