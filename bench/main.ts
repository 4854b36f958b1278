/**
 * npm run bench: our server beside the engine it is built on and beside Django OAuth Toolkit, under the same load in
 * the same run. Figures are comparable within a run only: docs/performance.md says what each of them means.
 * Exit codes: 0 measured, however slow; 1 an operation was answered wrongly; 2 called in a wrong way.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBare } from './contestants/bare.js';
import type { Arena, Contestant } from './contestants/contestant.js';
import { HOW_TO_INSTALL, isInstalled, startDot } from './contestants/dot.js';
import { startBefore, startBeside, startLatchkey } from './contestants/latchkey.js';
import { startLoadGenerator } from './load-generator.js';
import { measureOperation, type Row } from './measure.js';
import { type Options, parseOptions } from './options.js';
import { startPostgres } from './postgres.js';
import { findCores, pin } from './processes.js';
import { describeCircumstances, printStatements, printTable, toJson } from './report.js';
import { measureStarts } from './start.js';

const say = (line: string) => process.stderr.write(`${line}\n`);

/** What has to be undone at the end, the last first. */
type Cleanup = (() => Promise<void> | void)[];

async function clean(cleanup: Cleanup): Promise<void> {
  for (let undo = cleanup.pop(); undo; undo = cleanup.pop()) {
    await Promise.resolve(undo()).catch((error: Error) => say(`Could not clean up: ${error.message}`));
  }
}

async function openArena(options: Options, cleanup: Cleanup): Promise<Arena> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  cleanup.push(() => rm(folder, { recursive: true, force: true }));
  // Root's PostgreSQL, another user, has to pass through.
  await chmod(folder, 0o711);
  const postgres = await startPostgres(folder);
  cleanup.push(postgres.stop);
  return { options, postgres, folder };
}

async function listStarts({
  rivals,
  python,
  before,
  besideTokens,
  besideWorkers,
  scope,
}: Options): Promise<((arena: Arena) => Promise<Contestant>)[]> {
  const starts = [startLatchkey];
  if (besideTokens !== undefined || besideWorkers) starts.push(startBeside);
  if (before) starts.push(startBefore);
  if (rivals.includes('bare')) starts.push(startBare);
  if (!rivals.includes('dot')) return starts;
  if (scope !== 'read') {
    say(
      'Django OAuth Toolkit is left out: as its tutorial sets it up, it knows neither openid nor ID tokens.',
    );
    return starts;
  }
  if (await isInstalled(python)) return [...starts, startDot];
  say(`Django OAuth Toolkit is left out: ${python} does not have it (${HOW_TO_INSTALL}, or --python PATH).`);
  return starts;
}

async function startContestants(arena: Arena, cleanup: Cleanup): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const start of await listStarts(arena.options)) {
    const contestant = await start(arena);
    cleanup.push(contestant.stop);
    contestants.push(contestant);
    say(`Ready: ${contestant.target.name} (${contestant.description})`);
  }
  return contestants;
}

async function bench(options: Options, cleanup: Cleanup): Promise<void> {
  const arena = await openArena(options, cleanup);
  const { postgres } = arena;
  if (options.start) return measureStarts(arena);
  const contestants = await startContestants(arena, cleanup);
  const load = startLoadGenerator();
  cleanup.push(load.stop);
  for (const { target } of contestants) await load.prepare(target);

  const cores = findCores(options.serverCores);
  if (cores) {
    pin(load.pid, cores.load);
    for (const pid of [postgres.pid, ...contestants.map((contestant) => contestant.pid)])
      pin(pid, cores.servers);
  } else {
    say('The load generator shares its core with the servers: there is one core only, or no taskset.');
  }

  const rows: Row[] = [];
  for (const operation of options.operations) {
    say(`Measuring ${operation}...`);
    rows.push(...(await measureOperation({ load, postgres, options }, contestants, operation)));
  }
  printTable(rows);
  printStatements(rows);
  const circumstances = describeCircumstances(options, cores, contestants);
  console.log(`\n${circumstances.machine}, Node.js ${circumstances.node}, commit ${circumstances.commit}`);
  if (options.json) await writeFile(options.json, toJson(circumstances, rows));
}

const cleanup: Cleanup = [];
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => void clean(cleanup).finally(() => process.exit(code)));
}
try {
  await bench(parseOptions(process.argv.slice(2)), cleanup);
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
} finally {
  await clean(cleanup);
}
