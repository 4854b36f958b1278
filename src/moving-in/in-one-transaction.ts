import type { Knex } from 'knex';
import { moveAccountIdsOn } from '../accounts/bring-accounts.js';
import { recordEvent } from '../audit/audit.js';
import { addBuckets } from '../tokens/buckets.js';
import type { Arrival } from './bring-in.js';
import { newReport, type Report } from './report.js';

/** Two imports at once would each take the other's people for clashes. */
const LOCK = "SELECT pg_advisory_xact_lock(hashtext('latchkey import'))";

export interface ImportRun {
  knex: Knex;
  at: Date;
  /** Everything is done as it would be, and taken back. */
  isDryRun: boolean;
  /** For the audit trail. */
  sourceName: string;
  sourceKey: string;
}

/** Everything an import brings is there at once, or nothing is. */
export async function importInOneTransaction(
  { knex, at, isDryRun, sourceName, sourceKey }: ImportRun,
  work: (arrival: Arrival) => Promise<void>,
): Promise<Report> {
  await addBuckets(knex, at);
  const report = newReport();
  const transaction = await knex.transaction();
  try {
    await transaction.raw(LOCK);
    await work({ db: transaction, at, report, sourceKey });
    await moveAccountIdsOn(transaction);
    const details = { source: sourceName, brought: report.brought };
    await recordEvent(transaction, { event: 'data.imported', at, details });
    if (isDryRun) await transaction.rollback();
    else await transaction.commit();
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
  return report;
}
