import type { Command } from 'commander';
import type { Growth } from '../stats/growth.js';
import { aboutRows as about, inBytes, inDate, inNumbers } from '../stats/in-words.js';
import { type Leaving, MOST_COUNTED } from '../stats/leaving.js';
import { readStats, type Size, type Stats } from '../stats/read-stats.js';
import { printJson, printLine, printTable } from './print.js';
import type { ReadConfig } from './read-config.js';
import { withDatabase } from './with-database.js';

const DAY = 86_400_000;

function printSizes(sizes: Size[]): void {
  const sum = (pick: (size: Size) => number) => sizes.reduce((total, size) => total + pick(size), 0);
  printTable(
    ['WHAT', 'ROWS', 'TABLE', 'INDEXES'],
    [
      ...sizes.map(({ what, rows, isEstimate, tableBytes, indexBytes }) => [
        what,
        about(rows, isEstimate),
        inBytes(tableBytes),
        inBytes(indexBytes),
      ]),
      ['together', '', inBytes(sum((size) => size.tableBytes)), inBytes(sum((size) => size.indexBytes))],
    ],
  );
}

function printGrowth(growth: Growth[]): void {
  const days = Object.keys(growth[0]?.days ?? {});
  printTable(
    ['DAY', ...growth.map(({ what }) => what.toUpperCase())],
    days.map((day) => [day, ...growth.map((each) => about(each.days[day] ?? 0, each.isEstimate))]),
  );
}

function printLeaving({ partitions, rows, audit, stays }: Leaving): void {
  printLine('\nLeaves as a whole, with the sweep after this time (UTC):');
  printTable(
    ['WHAT', 'LEAVES AFTER', 'ROWS', 'SIZE'],
    partitions.map(({ what, leavesAfter, rows: count, isEstimate, bytes }) => [
      what,
      inDate(leavesAfter),
      about(count, isEstimate),
      inBytes(bytes),
    ]),
  );
  printLine('\nLeaves row by row, some minutes after it has expired:');
  const counted = (count: number) =>
    count === MOST_COUNTED ? `${inNumbers(count)} or more` : inNumbers(count);
  printTable(
    ['WHAT', 'EXPIRED', 'WITHIN A DAY', 'WITHIN A WEEK'],
    rows.map(({ what, expired, withinDay, withinWeek }) => [
      what,
      counted(expired),
      counted(withinDay),
      counted(withinWeek),
    ]),
  );
  const oldest = audit.oldest ? `; the oldest is of ${inDate(audit.oldest)}` : '';
  printLine(`\nAudit events leave after ${inNumbers(audit.keepDays)} days (AUDIT_KEEP_DAYS)${oldest}.`);
  printLine(`Stays until somebody deletes it: ${stays.join(', ')}.`);
}

/** Names as all JSON of the command line has them. */
function toJson({ sizes, growth, leaving }: Stats, now: Date) {
  const { oldest, keepDays } = leaving.audit;
  return {
    at: now,
    sizes: sizes.map(({ what, rows, isEstimate, tableBytes, indexBytes }) => ({
      what,
      rows,
      is_estimate: isEstimate,
      table_bytes: tableBytes,
      index_bytes: indexBytes,
    })),
    growth: growth.map(({ what, isEstimate, days }) => ({ what, is_estimate: isEstimate, days })),
    leaving: {
      partitions: leaving.partitions.map(({ what, table, leavesAfter, rows, isEstimate, bytes }) => ({
        what,
        table,
        leaves_after: leavesAfter,
        rows,
        is_estimate: isEstimate,
        bytes,
      })),
      rows: leaving.rows.map(({ what, table, expired, withinDay, withinWeek, isMore }) => ({
        what,
        table,
        expired,
        within_a_day: withinDay,
        within_a_week: withinWeek,
        is_more: isMore,
      })),
      audit_events: {
        keep_days: keepDays,
        oldest,
        leaves_after: oldest && new Date(oldest.getTime() + keepDays * DAY),
      },
      stays: leaving.stays,
    },
  };
}

export function addStatsCommand(program: Command, readConfig: ReadConfig): void {
  program
    .command('stats')
    .description('How large the tables are, what came in lately, and what will leave when.')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const config = readConfig();
      const now = new Date();
      const { auditKeepDays } = config;
      const stats = await withDatabase(config, ({ knex }) => readStats(knex, { auditKeepDays, now }));
      if (json) return printJson(toJson(stats, now));
      printSizes(stats.sizes);
      printLine('\nCame in by day (UTC), of what is still there:');
      printGrowth(stats.growth);
      printLeaving(stats.leaving);
    });
}
