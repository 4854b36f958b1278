/**
 * Half of what the server can do, for as long as wanted (--minutes, 60 for the real thing): nothing grows that does
 * not shrink again, and nothing fails. Slopes are taken after the first sixth, in which pools and caches fill.
 */
import { readMemory } from '../../../bench/processes.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { everydayActions, makeSignIns } from '../rig/everyday-actions.js';
import { describeOutcomes, type Sample, startLoad, summarize } from '../rig/load.js';
import { countHandles } from '../rig/memory.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause } from '../rig/pause.js';
import type { Postgres } from '../rig/postgres.js';
import { createRandom } from '../rig/random.js';
import { makeWorld } from '../rig/world.js';

const MINUTES = 2;
// Below it the collector of garbage has not been round often enough for a slope to say anything.
const LEAST_MINUTES_FOR_SLOPES = 5;
// Of a third of five minutes the slope is that of one collection: 3 MB a minute, where all of them had 0.1.
const LEAST_MINUTES_FOR_LAST_THIRD = 30;
const SECONDS_AT_PEAK = 8;
const SAMPLE_EVERY = 1_000;

interface Reading {
  /** Minutes since the beginning. */
  at: number;
  /** Bytes, as PSS. */
  memory: number;
  handles: number;
}

/** Of the straight line through the points that fits best: units of y per unit of x. */
function slope(points: { x: number; y: number }[]): number {
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const along = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  return points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / along;
}

/** Rows that are dead by rows that live, in the worst of the larger tables. */
async function readBloat(postgres: Postgres): Promise<{ table: string; share: number }> {
  const [worst] = await postgres.query<{ table: string; share: number }>(
    `SELECT relname AS table, (n_dead_tup / greatest(n_live_tup, 1)::float) AS share FROM pg_stat_user_tables
     WHERE n_live_tup > 1000 ORDER BY 2 DESC LIMIT 1`,
  );
  return worst ?? { table: 'none', share: 0 };
}

async function run(rig: Rig): Promise<Figure[]> {
  const { options, signal } = rig;
  const minutes = options.minutes ?? MINUTES;
  const postgres = await rig.startPostgres();
  const node = await rig.startNode({
    name: 'a',
    databaseUrl: postgres.url(),
    environment: { LOG_LEVEL: 'warn' },
  });
  const world = await makeWorld(rig, node, postgres.url());
  const http = openNodeClient(node);
  rig.atEnd(() => http.close());
  const random = createRandom(options.seed);
  const actions = everydayActions({ http, world, random, signIns: await makeSignIns(http, world, 400) });

  const peakLoad = startLoad({ actions, random, connections: 16, signal });
  await pause(SECONDS_AT_PEAK * 1000);
  const peak = summarize(await peakLoad.stop()).ok / SECONDS_AT_PEAK;
  const rate = peak / 2;
  rig.log(`capacity ${peak.toFixed(0)} per second; ${rate.toFixed(0)} per second for ${minutes} minutes`);

  const load = startLoad({ actions, random, rate, signal });
  const begun = performance.now();
  const readings: Reading[] = [];
  const sinceBegun = () => (performance.now() - begun) / 60_000;
  // How long a request that needs nothing has to wait for the event loop.
  const lags: Sample[] = [];
  while (sinceBegun() < minutes && !signal.aborted) {
    const asked = performance.now();
    await http.get('/healthz');
    lags.push({ action: 'healthz', at: asked, milliseconds: performance.now() - asked, outcome: 'ok' });
    readings.push({
      at: sinceBegun(),
      memory: readMemory(node.pid()),
      handles: countHandles(node.pid()),
    });
    await pause(SAMPLE_EVERY);
  }
  const summary = summarize(await load.stop());
  const bloat = await readBloat(postgres);
  const later = readings.filter(({ at }) => at >= minutes / 6);
  const memory = later.map(({ at, memory }) => ({ x: at, y: memory / 2 ** 20 }));
  const memoryInTheEnd = memory.filter(({ x }) => x >= (minutes * 2) / 3);
  const atTheEnd = memory.at(-1)?.y ?? 0;
  const handles = slope(later.map(({ at, handles }) => ({ x: at, y: handles })));
  const bounded = (atMost: number) => (minutes >= LEAST_MINUTES_FOR_SLOPES ? { bar: { atMost } } : {});
  rig.log(`memory at the end ${atTheEnd.toFixed(0)} MB`);
  return [
    { what: 'minutes', value: minutes },
    { what: 'requests', value: summary.count },
    {
      what: 'requests per second',
      value: summary.count / minutes / 60,
      unit: '/s',
      bar: { atLeast: 0.95 * rate },
    },
    { what: 'not answered well', value: summary.count - summary.ok, bar: { is: 0 } },
    { what: 'of these kinds', value: describeOutcomes(summary) },
    { what: 'p50', value: summary.p50, unit: 'ms' },
    { what: 'p99', value: summary.p99, unit: 'ms' },
    { what: 'memory, slope', value: slope(memory), unit: 'MB/min', ...bounded(1) },
    {
      what: 'memory, slope of the last third',
      value: slope(memoryInTheEnd),
      unit: 'MB/min',
      ...(minutes >= LEAST_MINUTES_FOR_LAST_THIRD ? { bar: { atMost: 0.5 } } : {}),
    },
    { what: 'memory at the end, PSS', value: atTheEnd, unit: 'MB', bar: { atMost: 150 } },
    { what: 'open files and sockets, slope', value: handles, unit: '/min', ...bounded(1) },
    { what: 'open files and sockets at the end', value: readings.at(-1)?.handles ?? 0 },
    {
      what: 'p99 of /healthz, which waits for the event loop only',
      value: summarize(lags).p99,
      unit: 'ms',
      bar: { atMost: 50 },
    },
    { what: `dead rows by live rows, worst table (${bloat.table})`, value: bloat.share, bar: { atMost: 1 } },
    { what: 'deaths of the server', value: node.deaths.length, bar: { is: 0 } },
  ];
}

export const experiment: Experiment = {
  name: 'soak',
  title: 'at half of its capacity nothing grows and nothing fails, however long (R-39; --minutes)',
  limit: ({ minutes = MINUTES }) => minutes + 3,
  run,
};
