/** a stranger at the same PostgreSQL takes the connections. */
import type pg from 'pg';
import {
  begunBetween,
  longestSeconds,
  makeActions,
  secondsToLastFailure,
  unexcused,
} from '../database-trouble.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { logSamples } from '../rig/ledger-run.js';
import { describeOutcomes, type Load, type Sample, startLoad, summarize } from '../rig/load.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause, waitUntil } from '../rig/pause.js';
import type { Postgres } from '../rig/postgres.js';
import { createRandom } from '../rig/random.js';
import type { ServerNode } from '../rig/server-node.js';
import { makeWorld } from '../rig/world.js';

const MAX_CONNECTIONS = 30;
const HOG = 15;
const SECONDS = 8;
// Per second over both nodes.
const RATE = 100;
const SETTLE = 3_000;

interface Hog {
  take(most: number): Promise<number>;
  release(): Promise<void>;
}

/** Opens sessions and does nothing with them. */
function createHog(postgres: Postgres): Hog {
  let sessions: pg.Client[] = [];
  return {
    async take(most) {
      const asked = Array.from({ length: most }, () => postgres.connect().catch(() => undefined));
      const got = (await Promise.all(asked)).filter((session) => session !== undefined);
      sessions.push(...got);
      return got.length;
    },
    async release() {
      const open = sessions;
      sessions = [];
      await Promise.all(open.map((session) => session.end()));
    },
  };
}

/** Ends the connections of the nodes and takes their places, again and again as long as a node gets in between. */
async function takeEverything(postgres: Postgres, hog: Hog): Promise<void> {
  const killer = await postgres.connect();
  const isAlone = async () => {
    await hog.take(MAX_CONNECTIONS);
    const { rowCount } = await killer.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'latchkey'`,
    );
    return rowCount === 0;
  };
  await waitUntil('the hog has every connection', isAlone, { patience: 20_000, every: 1 });
  await killer.end();
  await hog.take(1);
}

/** All requests of the load that were begun while the hog had what it took, and what came after. */
async function starve(
  rig: Rig,
  loads: Load[],
  nodes: ServerNode[],
  hold: { take(): Promise<unknown>; release(): Promise<void> },
) {
  await hold.take();
  const from = performance.now();
  await pause(1_000);
  const ready = await Promise.all(nodes.map((node) => node.isReady()));
  await pause((rig.options.seconds ?? SECONDS) * 1_000);
  const to = performance.now();
  await hold.release();
  await pause(SETTLE);
  const samples = (): Sample[] => loads.flatMap((load) => load.samples);
  return { ready, during: begunBetween(samples(), from, to), after: secondsToLastFailure(samples(), to) };
}

export const experiment: Experiment = {
  name: 'pool-exhaustion',
  title: 'Without connections to be had the server says 503 within three seconds, and is back at once (R-11)',

  async run(rig): Promise<Figure[]> {
    const postgres = await rig.startPostgres({ settings: { max_connections: MAX_CONNECTIONS } });
    const databaseUrl = postgres.url();
    const first = await rig.startNode({ name: 'a', databaseUrl });
    const nodes = [first, await rig.startNode({ name: 'b', databaseUrl, issuer: first.issuer })];
    const world = await makeWorld(rig, first, databaseUrl);
    const random = createRandom(rig.options.seed);
    const hog = createHog(postgres);
    rig.atEnd(() => hog.release());
    const loads: Load[] = [];
    for (const node of nodes) {
      const actions = await makeActions(openNodeClient(node), world, random);
      loads.push(startLoad({ actions, random, rate: RATE / nodes.length, signal: rig.signal }));
    }
    // Our own connections count as well.
    await world.database.close();
    await pause(SETTLE);

    const some = await starve(rig, loads, nodes, { take: () => hog.take(HOG), release: hog.release });
    const all = await starve(rig, loads, nodes, {
      take: () => takeEverything(postgres, hog),
      release: hog.release,
    });
    const samples = (await Promise.all(loads.map((load) => load.stop()))).flat();
    const refused = all.during.filter(({ outcome }) => outcome === '503');
    logSamples(rig, unexcused(samples));
    return [
      { what: `${HOG} of ${MAX_CONNECTIONS} taken: requests`, value: some.during.length },
      { what: `${HOG} taken: p99 of those served`, value: summarize(some.during).p99, unit: 'ms' },
      { what: `${HOG} taken: others`, value: describeOutcomes(summarize(some.during)) },
      { what: 'all taken: requests', value: all.during.length },
      { what: 'all taken: not served', value: describeOutcomes(summarize(all.during)) },
      {
        what: 'all taken: longest until 503',
        value: longestSeconds(refused),
        unit: 's',
        bar: { atMost: 3.2 },
      },
      {
        what: 'all taken: nodes that /readyz calls ready',
        value: all.ready.filter(Boolean).length,
        bar: { is: 0 },
      },
      { what: 'last failure after the release', value: all.after, unit: 's', bar: { atMost: 2 } },
      {
        what: 'neither answered nor refused by 503 with Retry-After',
        value: unexcused(samples).length,
        bar: { is: 0 },
      },
      {
        what: 'ends of a server',
        value: nodes.reduce((sum, { deaths }) => sum + deaths.length, 0),
        bar: { is: 0 },
      },
    ];
  },
};
