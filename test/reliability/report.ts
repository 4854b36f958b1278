/** What a run has found, for people, for docs/reliability.md and for programs. */
import type { describeMachine } from '../../bench/machine.js';
import { type Experiment, type Figure, isReached } from './experiment.js';
import type { RunOptions } from './options.js';

export interface Result {
  experiment: Experiment;
  outcome: 'held' | 'MISSED' | 'FAILED' | 'skipped';
  figures: Figure[];
  seconds: number;
  /** Why it failed or was skipped. */
  reason?: string;
}

export type Circumstances = ReturnType<typeof describeMachine> & { postgres: string };

const round = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);

const withUnit = (value: number | string, unit = '') =>
  `${typeof value === 'number' ? round(value) : value}${unit ? ` ${unit}` : ''}`;

export const describeValue = ({ value, unit }: Figure): string => withUnit(value, unit);

export function describeBar({ bar, unit }: Figure): string {
  if (!bar) return '';
  if (bar.is !== undefined) return withUnit(bar.is, unit);
  const bounds = [
    bar.atLeast === undefined ? '' : `>= ${withUnit(bar.atLeast, unit)}`,
    bar.atMost === undefined ? '' : `<= ${withUnit(bar.atMost, unit)}`,
  ];
  return bounds.filter(Boolean).join(', ');
}

export function describeFigure(figure: Figure): string {
  const verdict = figure.bar ? (isReached(figure) ? 'ok' : 'MISSED') : '';
  const bar = figure.bar ? ` (bar: ${describeBar(figure)})` : '';
  return `  ${verdict.padEnd(7)}${figure.what}: ${describeValue(figure)}${bar}`;
}

export function printSummary(results: Result[], print: (line: string) => void): void {
  const widest = Math.max(...results.map(({ experiment }) => experiment.name.length));
  print('');
  for (const { experiment, outcome, seconds, reason, figures } of results) {
    const missed = figures.filter((figure) => !isReached(figure)).map(({ what }) => what);
    const why = reason ?? (missed.length ? `missed: ${missed.join('; ')}` : experiment.title);
    const time = `${seconds.toFixed(0)} s`.padStart(6);
    print(`${outcome.padEnd(8)}${experiment.name.padEnd(widest)}  ${time}  ${why.split('\n')[0]}`);
  }
  const minutes = results.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const counts = (['held', 'skipped', 'MISSED', 'FAILED'] as const)
    .map((outcome) => [outcome, results.filter((result) => result.outcome === outcome).length] as const)
    .filter(([, count]) => count > 0);
  print(
    `${counts.map(([outcome, count]) => `${count} ${outcome}`).join(', ')}, in ${minutes.toFixed(1)} minutes`,
  );
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function toMarkdown(
  { machine, node, postgres, commit, at }: Circumstances,
  results: Result[],
): string {
  const rows = results.flatMap(({ experiment, figures, outcome, reason = '' }) =>
    figures.length
      ? figures.map((figure, index) => [
          index === 0 ? `\`${experiment.name}\`` : '',
          figure.what,
          describeValue(figure),
          describeBar(figure),
          figure.bar ? (isReached(figure) ? 'ok' : '**missed**') : '',
        ])
      : [[`\`${experiment.name}\``, `${outcome}: ${reason.split('\n')[0]}`, '', '', '']],
  );
  return [
    `Run of ${at.slice(0, 10)} on ${machine}, Node.js ${node}, PostgreSQL ${postgres}, commit ${commit}:`,
    '',
    '| Experiment | Figure | Measured | Bar | |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
    '',
  ].join('\n');
}

export function toJson(circumstances: Circumstances, options: RunOptions, results: Result[]): string {
  const experiments = results.map(({ experiment, ...result }) => ({
    name: experiment.name,
    title: experiment.title,
    ...result,
    figures: result.figures.map((figure) => ({ ...figure, isReached: isReached(figure) })),
  }));
  return `${JSON.stringify({ ...circumstances, options, experiments }, null, 2)}\n`;
}
