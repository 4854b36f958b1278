/** The figures of a run, for people and for programs. A row's figure is the median of its rounds. */
import type { Contestant } from './contestants/contestant.js';
import { describeMachine } from './machine.js';
import { medianOf, type Round, type Row } from './measure.js';
import type { Options } from './options.js';
import type { Cores } from './processes.js';

/** What a reader needs to compare one run with another. */
export interface Circumstances {
  commit: string;
  at: string;
  node: string;
  machine: string;
  cores: Cores | undefined;
  options: Options;
  contestants: Record<string, string>;
}

export function describeCircumstances(
  options: Options,
  cores: Cores | undefined,
  contestants: Contestant[],
): Circumstances {
  return {
    ...describeMachine(),
    cores,
    options,
    contestants: Object.fromEntries(contestants.map(({ target, description }) => [target.name, description])),
  };
}

// Of a core; beyond it the rate and the latencies are those of the load generator.
const BUSY = 0.9;

/** The median round of a row, figure by figure. */
export function summarize({ rounds }: Row) {
  const median = (figure: (round: Round) => number) => medianOf(rounds.map(figure));
  return {
    server: median((round) => round.server),
    postgres: median((round) => round.postgres),
    total: median((round) => round.server + round.postgres),
    perSecond: median((round) => round.perSecond),
    p50: median((round) => round.latency.p50),
    p99: median((round) => round.latency.p99),
    loadCores: median((round) => round.loadCores),
    serverCores: median((round) => round.serverCores),
  };
}

/**
 * CPU of the first contestant, ours, relative to another: the median over the rounds, each of which took place within
 * seconds for both.
 */
export function ratioTo(ours: Row, rival: Row): number {
  const totals = ({ rounds }: Row) => rounds.map((round) => round.server + round.postgres);
  const theirs = totals(rival);
  return medianOf(totals(ours).map((total, i) => total / (theirs[i] ?? Number.NaN)));
}

const cpu = (milliseconds: number) => milliseconds.toFixed(milliseconds < 10 ? 3 : 1);
const time = (milliseconds: number) => milliseconds.toFixed(milliseconds < 10 ? 2 : 0);

const HEADINGS = [
  'operation',
  'server',
  'CPU ms',
  'app',
  'PG',
  'ops/s',
  'p50',
  'p99',
  'half p50',
  'half p99',
  'SQL',
  'PSS MB',
  'ratio',
];

function ratioCell(row: Row, ours: Row | undefined): string {
  if (!ours || row === ours) return '';
  const ratio = ratioTo(ours, row);
  return ratio < 1 ? `1/${(1 / ratio).toFixed(1)}` : ratio.toFixed(2);
}

function cells(row: Row, ours: Row | undefined): string[] {
  const { total, server, postgres, perSecond, p50, p99, loadCores } = summarize(row);
  const statements = row.statements.reduce((sum, { perOperation }) => sum + perOperation, 0);
  return [
    row.operation,
    row.contestant,
    cpu(total),
    cpu(server),
    cpu(postgres),
    `${perSecond.toFixed(0)}${loadCores > BUSY ? '*' : ''}`,
    time(p50),
    time(p99),
    time(row.halfLoad.p50),
    time(row.halfLoad.p99),
    statements ? statements.toFixed(1) : '',
    (row.memory / 2 ** 20).toFixed(0),
    ratioCell(row, ours),
  ];
}

/** The row of our own server for the same operation. */
function findOurs(rows: Row[], { operation }: Row): Row | undefined {
  return rows.find((row) => row.operation === operation && row.contestant === 'latchkey');
}

export function printTable(rows: Row[]): void {
  const lines = [HEADINGS, ...rows.map((row) => cells(row, findOurs(rows, row)))];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const print = (line: string[]) =>
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ');
  for (const line of lines) console.log(print(line));
  console.log(
    '\nCPU in milliseconds per operation, of the server (app) and of PostgreSQL; p50 and p99 in milliseconds, at full',
  );
  console.log(
    'load and at half of it; SQL: statements per operation; ratio: CPU of latchkey by CPU of this row.',
  );
  if (rows.some((row) => summarize(row).loadCores > BUSY)) {
    console.log(
      '* the load generator was the bottleneck: rate and latency are its own, CPU per operation still holds.',
    );
  }
}

export function printStatements(rows: Row[]): void {
  console.log('\nStatements per operation of latchkey, each a round trip of its own:');
  for (const { operation, statements } of rows.filter((row) => row.contestant === 'latchkey')) {
    console.log(`  ${operation}`);
    for (const { statement, perOperation } of statements)
      console.log(`    ${perOperation.toFixed(2)}  ${statement}`);
  }
}

export function toJson(circumstances: Circumstances, rows: Row[]): string {
  const figures = rows.map((row) => {
    const base = findOurs(rows, row);
    return { ...row, median: summarize(row), ratio: base && base !== row ? ratioTo(base, row) : undefined };
  });
  return `${JSON.stringify({ ...circumstances, rows: figures }, null, 2)}\n`;
}
