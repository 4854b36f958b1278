/**
 * Three times as many requests as the server can answer, begun on time whatever becomes of the earlier ones: it
 * goes on doing nearly all it can, tells the rest at once to come back, and is itself again when it is over.
 */
import { availableParallelism } from 'node:os';
import { openClient } from '../../../bench/load/http-client.js';
import { findCores, pin } from '../../../bench/processes.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { codeFlowAction, makeSignIns, refreshAction } from '../rig/everyday-actions.js';
import { type Action, describeOutcomes, type Sample, startLoad, summarize } from '../rig/load.js';
import { readResident } from '../rig/memory.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause } from '../rig/pause.js';
import { createRandom } from '../rig/random.js';
import { makeWorld } from '../rig/world.js';

const SECONDS = 30;
const TIMES_CAPACITY = 3;
// As many as answer fastest together; more only wait for each other.
const CONNECTIONS_AT_PEAK = 32;
// What the proxies in front would keep. Opening a connection costs the server as much as a small request, so a flood
// of new ones would measure the kernel's patience with them and not the server's.
const CONNECTIONS = 1_000;
const SIGN_INS = 2_000;

/** As a balancer does, each time by a connection of its own. @returns the milliseconds that each answer took */
async function checkHealth(port: number, seconds: number): Promise<number[]> {
  const took: number[] = [];
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    const asked = performance.now();
    const check = openClient(`http://127.0.0.1:${port}`);
    const { status } = await check.get('/readyz');
    check.close();
    if (status !== 200) throw new Error(`/readyz says ${status} under load`);
    took.push(performance.now() - asked);
    await pause(300);
  }
  return took;
}

async function run(rig: Rig): Promise<Figure[]> {
  const { options, signal } = rig;
  const seconds = options.seconds ?? SECONDS;
  const postgres = await rig.startPostgres();
  const node = await rig.startNode({
    name: 'a',
    databaseUrl: postgres.url(),
    environment: { LOG_LEVEL: 'warn' },
  });
  const world = await makeWorld(rig, node, postgres.url());
  const http = openNodeClient(node, { connections: CONNECTIONS });
  rig.atEnd(() => http.close());
  const random = createRandom(options.seed);
  const signIns = await makeSignIns(http, world, SIGN_INS);
  const everyday = { http, world, random, signIns };
  // What costs the server most and its load least: of look-ups the load generator, with a core like the server's, cannot
  // begin three times as many as are answered.
  const actions: Action[] = [
    { name: 'refresh', weight: 50, run: refreshAction(everyday) },
    { name: 'code flow', weight: 50, run: codeFlowAction(everyday) },
  ];
  const okPerSecond = (samples: Sample[], from: number, length: number) =>
    samples.filter(
      ({ outcome, at, milliseconds }) =>
        outcome === 'ok' && at + milliseconds >= from && at + milliseconds < from + length * 1000,
    ).length / length;

  const measurePeak = async (length: number): Promise<number> => {
    const load = startLoad({ actions, random, connections: CONNECTIONS_AT_PEAK, signal });
    const from = performance.now();
    await pause(length * 1000);
    return okPerSecond(await load.stop(), from, length);
  };
  // Else the flood would take from the server the core that it works with.
  const cores = findCores();
  if (cores) {
    pin(process.pid, cores.load);
    for (const pid of [node.pid(), ...postgres.pids()]) pin(pid, cores.servers);
    rig.atEnd(() => pin(process.pid, `0-${availableParallelism() - 1}`));
  }
  await measurePeak(8);
  const peak = await measurePeak(8);
  rig.log(`at its peak it answers ${peak.toFixed(0)} per second`);

  // They are there beforehand, as those of a proxy: Node.js takes one new connection in each turn of its event loop.
  await Promise.all(Array.from({ length: CONNECTIONS }, () => http.get('/healthz')));
  let highest = readResident(node.pid());
  const before = highest;
  const watch = setInterval(() => {
    highest = Math.max(highest, readResident(node.pid()));
  }, 250);
  rig.atEnd(() => clearInterval(watch));
  const rate = Math.ceil(peak * TIMES_CAPACITY);
  const flood = startLoad({ actions, random, rate, signal });
  const from = performance.now();
  const cpuBefore = process.cpuUsage();
  const checks = await checkHealth(node.port, seconds);
  const over = performance.now();
  const { user, system } = process.cpuUsage(cpuBefore);
  const loadCpu = (user + system) / 1e6;
  const stopped = flood.stop();

  // At half of its capacity from the moment the flood ends; what was begun before is still under way.
  const after = startLoad({ actions, random, rate: peak / 2, signal });
  const flooded = await stopped;
  await pause(10_000);
  const recovering = await after.stop();
  clearInterval(watch);

  // In the first seconds the queue only fills.
  const lead = Math.min(3, seconds / 4);
  const steady = flooded.filter(({ at }) => at >= from + lead * 1000);
  const summary = summarize(steady);
  const goodput = okPerSecond(flooded, from + lead * 1000, (over - from) / 1000 - lead);
  const offered = flooded.length / ((over - from) / 1000);
  const isNormal = ({ outcome, milliseconds }: Sample) => outcome === 'ok' && milliseconds < 500;
  const lastTrouble = recovering.filter((sample) => !isNormal(sample)).at(-1);
  rig.log(`during the flood: ok ${summary.ok}, ${describeOutcomes(summary)}`);
  const shed = steady.filter(({ outcome }) => ['503', '429'].includes(outcome));
  const lost = summary.count - summary.ok - shed.length;
  return [
    { what: 'peak', value: peak, unit: '/s' },
    { what: 'offered', value: offered, unit: '/s', bar: { atLeast: 0.9 * TIMES_CAPACITY * peak } },
    { what: 'answered well, of the peak', value: (100 * goodput) / peak, unit: '%', bar: { atLeast: 80 } },
    { what: 'p99 of those', value: summary.p99, unit: 'ms', bar: { atMost: 2_000 } },
    { what: 'told to come back', value: shed.length },
    {
      what: 'p50 of those',
      value: summarize(shed.map((sample) => ({ ...sample, outcome: 'ok' }))).p50,
      unit: 'ms',
    },
    { what: 'neither (reset, hung, 500, 503 without Retry-After)', value: lost, bar: { is: 0 } },
    {
      what: 'longest health check, by a new connection',
      value: Math.max(...checks),
      unit: 'ms',
      bar: { atMost: 3_000 },
    },
    {
      what: 'the load generator, of its core',
      value: (100 * loadCpu) / seconds,
      unit: '%',
      bar: { atMost: 90 },
    },
    {
      what: 'memory, growth at the highest',
      value: (highest - before) / 2 ** 20,
      unit: 'MB',
      bar: { atMost: 256 },
    },
    {
      what: 'until all was normal again',
      value: lastTrouble ? Math.max(0, (lastTrouble.at - over) / 1000) : 0,
      unit: 's',
      bar: { atMost: 5 },
    },
    { what: 'deaths of the server', value: node.deaths.length, bar: { is: 0 } },
  ];
}

export const experiment: Experiment = {
  name: 'overload',
  title: 'at three times its capacity the server does what it can and sends the rest away (R-40)',
  limit: ({ seconds = SECONDS }) => 3 + seconds / 60,
  run,
};
