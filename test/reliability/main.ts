/**
 * npm run test:reliability: experiments that break something under load and count what is lost; docs/reliability.md
 * says what each proves. Exit codes: 0 every bar was reached, 1 one was missed or an experiment failed, 2 called in a
 * wrong way.
 */
import { writeFile } from 'node:fs/promises';
import { describeMachine } from '../../bench/machine.js';
import { findPrograms, runProgram } from '../../src/database/embedded-programs.js';
import { type Experiment, isReached, Obstacle } from './experiment.js';
import { experiments } from './experiments/index.js';
import { parseOptions, type RunOptions } from './options.js';
import { describeFigure, printSummary, type Result, toJson, toMarkdown } from './report.js';
import { type OpenRig, openRig } from './rig/rig.js';

const DEFAULT_LIMIT = 5;
const MILLISECONDS = 60_000;

const say = (line: string) => process.stderr.write(`${line}\n`);

let current: OpenRig | undefined;

function choose({ names }: RunOptions): Experiment[] {
  const unknown = names.filter((name) => !experiments.some((experiment) => experiment.name === name));
  if (unknown.length) {
    say(`There is no experiment ${unknown.join(', ')}. --list names them.`);
    process.exit(2);
  }
  return names.length ? experiments.filter(({ name }) => names.includes(name)) : experiments;
}

async function withinLimit<T>(experiment: Experiment, rig: OpenRig, work: Promise<T>): Promise<T> {
  const minutes = experiment.limit?.(rig.options) ?? DEFAULT_LIMIT;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      rig.abort();
      reject(new Error(`It was not over after ${minutes} minutes.`));
    }, minutes * MILLISECONDS);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

async function runExperiment(experiment: Experiment, options: RunOptions): Promise<Result> {
  say(`\n${experiment.name}: ${experiment.title}`);
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1_000;
  const skip = (reason: string): Result => {
    say(`  skipped: ${reason}`);
    return { experiment, outcome: 'skipped', figures: [], seconds: seconds(), reason };
  };
  const fail = (error: Error): Result => {
    say(`  FAILED: ${error.stack ?? error}`);
    return { experiment, outcome: 'FAILED', figures: [], seconds: seconds(), reason: error.message };
  };
  try {
    const obstacle = await experiment.findObstacle?.(options);
    if (obstacle) return skip(obstacle);
  } catch (error) {
    return fail(error as Error);
  }
  const rig = await openRig(options, (line) => say(`  . ${line}`));
  current = rig;
  try {
    const work = experiment.run(rig);
    // When the limit comes first, what it fails of later concerns nobody.
    work.catch(() => {});
    const figures = await withinLimit(experiment, rig, work);
    for (const figure of figures) say(describeFigure(figure));
    const outcome = figures.every(isReached) ? 'held' : 'MISSED';
    return { experiment, outcome, figures, seconds: seconds() };
  } catch (error) {
    return error instanceof Obstacle ? skip(error.message) : fail(error as Error);
  } finally {
    rig.abort();
    await rig.close();
  }
}

async function findPostgresVersion(): Promise<string> {
  const { output } = await runProgram(await findPrograms(), 'postgres', ['--version']);
  return /\d+(\.\d+)+/.exec(output)?.[0] ?? '';
}

async function run(options: RunOptions): Promise<void> {
  const chosen = choose(options);
  if (options.list) {
    for (const { name, title } of chosen) console.log(`${name}: ${title}`);
    return;
  }
  const results: Result[] = [];
  for (const experiment of chosen) results.push(await runExperiment(experiment, options));
  const circumstances = { ...describeMachine(), postgres: await findPostgresVersion() };
  printSummary(results, say);
  if (options.markdown) console.log(toMarkdown(circumstances, results));
  if (options.json) await writeFile(options.json, toJson(circumstances, options, results));
  if (results.some(({ outcome }) => outcome === 'MISSED' || outcome === 'FAILED')) process.exitCode = 1;
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    current?.abort();
    void Promise.resolve(current?.close()).finally(() => process.exit(code));
  });
}
// An experiment that failed may have left something running that fails too; the next one shall have its turn.
process.on('unhandledRejection', (error) => say(`  . unhandled: ${(error as Error).message}`));

await run(parseOptions(process.argv.slice(2)));
// A connection somebody forgot must not keep the run from ending.
process.exit();
