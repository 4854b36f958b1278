/** Measures every contestant in turn, in slices short enough that a disturbance of the machine meets all of them. */
import type { Contestant } from './contestants/contestant.js';
import type { LoadGenerator } from './load-generator.js';
import type { Options } from './options.js';
import type { BenchPostgres } from './postgres.js';
import { readCpuSeconds, readMemory } from './processes.js';
import { type CountedStatement, countStatements } from './statements.js';
import type { OperationName } from './target.js';

export interface Latency {
  /** Milliseconds. */
  p50: number;
  p99: number;
}

export interface Round {
  /** CPU milliseconds per operation. */
  server: number;
  postgres: number;
  perSecond: number;
  latency: Latency;
  /** Cores that the load generator used, and the servers together. */
  loadCores: number;
  serverCores: number;
}

export interface Row {
  operation: OperationName;
  contestant: string;
  rounds: Round[];
  /** With half as many operations per second as it can do: the medians of as many slices as rounds. */
  halfLoad: Latency;
  statements: CountedStatement[];
  /** Bytes, after the operation's last round. */
  memory: number;
}

interface Bench {
  load: LoadGenerator;
  postgres: BenchPostgres;
  options: Options;
}

// Before the first round: V8 compiles (a fifth of all CPU after some thousand operations), pools open and statements are
// planned. In slices of some seconds, for as many operations, but no longer than that many slices.
const WARM_UP = { seconds: 4, operations: 10_000, slices: 5 };
const OPERATIONS_COUNTED = 200;

function latencyOf(samples: Float64Array): Latency {
  const sorted = samples.toSorted();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

export function medianOf(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

async function runRound(
  { load, postgres, options }: Bench,
  contestant: Contestant,
  operation: OperationName,
): Promise<Round> {
  const { pid, target, database } = contestant;
  // What PostgreSQL does meanwhile is charged only to somebody who uses it.
  const read = () => ({ server: readCpuSeconds(pid), postgres: database ? readCpuSeconds(postgres.pid) : 0 });
  const before = read();
  const result = await load.run({ target: target.name, operation, end: { seconds: options.seconds } });
  const after = read();
  const used = { server: after.server - before.server, postgres: after.postgres - before.postgres };
  return {
    server: (used.server * 1000) / result.operations,
    postgres: (used.postgres * 1000) / result.operations,
    perSecond: result.operations / result.seconds,
    latency: latencyOf(result.latencies),
    loadCores: result.cpuSeconds / result.seconds,
    serverCores: (used.server + used.postgres) / result.seconds,
  };
}

async function measureHalfLoad(
  { load, options }: Bench,
  target: string,
  operation: OperationName,
  rounds: Round[],
): Promise<Latency> {
  const rate = medianOf(rounds.map(({ perSecond }) => perSecond)) / 2;
  const slices: Latency[] = [];
  while (slices.length < rounds.length) {
    const { latencies } = await load.run({ target, operation, end: { seconds: options.seconds }, rate });
    slices.push(latencyOf(latencies));
  }
  return { p50: medianOf(slices.map(({ p50 }) => p50)), p99: medianOf(slices.map(({ p99 }) => p99)) };
}

async function listStatements(
  { load, postgres }: Bench,
  { target, database }: Contestant,
  operation: OperationName,
) {
  if (!database) return [];
  return countStatements(postgres, database, async () => {
    const end = { operations: OPERATIONS_COUNTED };
    return (await load.run({ target: target.name, operation, end })).operations;
  });
}

async function warmUp({ load }: Bench, target: string, operation: OperationName): Promise<void> {
  const end = { seconds: WARM_UP.seconds };
  let done = 0;
  for (let slice = 0; slice < WARM_UP.slices && done < WARM_UP.operations; slice++)
    done += (await load.run({ target, operation, end })).operations;
}

/** @throws BenchFailure as soon as an answer is wrong */
export async function measureOperation(
  bench: Bench,
  contestants: Contestant[],
  operation: OperationName,
): Promise<Row[]> {
  const taking = contestants.filter(({ target }) => target.operations.includes(operation));
  for (const { target } of taking) await warmUp(bench, target.name, operation);

  const roundsOf = new Map(taking.map((contestant) => [contestant, [] as Round[]]));
  for (let i = 0; i < bench.options.rounds; i++) {
    for (const [contestant, rounds] of roundsOf) rounds.push(await runRound(bench, contestant, operation));
  }

  const rows: Row[] = [];
  for (const [contestant, rounds] of roundsOf) {
    const { name } = contestant.target;
    const memory = readMemory(contestant.pid);
    const halfLoad = await measureHalfLoad(bench, name, operation, rounds);
    const statements = await listStatements(bench, contestant, operation);
    rows.push({ operation, contestant: name, rounds, halfLoad, statements, memory });
  }
  return rows;
}
