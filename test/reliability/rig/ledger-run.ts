/** What the experiments with a ledger begin and end with: a database, nodes, traffic on each, and the comparison. */

import { join } from 'node:path';
import type { Database } from '../../../src/database/database.js';
import type { Rig } from '../experiment.js';
import { type Ledger, openLedger, readLedger } from './ledger.js';
import { type Load, type Sample, startLoad } from './load.js';
import { createNegatives } from './negatives.js';
import { openNodeClient } from './node-client.js';
import { pause, waitUntil } from './pause.js';
import { createRandom, type Random } from './random.js';
import { askAsClient } from './requests.js';
import type { ServerNode } from './server-node.js';
import { createTraffic, newTrafficState } from './traffic.js';
import { type Verdict, verifyLedger } from './verify-ledger.js';
import { makeApp, makeWorld, type World } from './world.js';

export interface LedgerRun {
  world: World;
  nodes: ServerNode[];
  ledger: Ledger;
  random: Random;
  /** Milliseconds until this node answers a request that writes, of an application that is not the world's. */
  waitForFirstAnswer(node: ServerNode): Promise<number>;
  /** Ends the load. @returns what became of each request, by the node's name */
  stopLoad(): Promise<Map<string, Sample[]>>;
  /** @param options `quietly` does not log what is lost; `database` is that of the node when it is not the world's */
  verify(options?: {
    until?: number;
    node?: ServerNode;
    database?: Database;
    quietly?: boolean;
  }): Promise<Verdict>;
}

interface LedgerRunOptions {
  nodes: ServerNode[];
  databaseUrl: string;
  /** Requests per second over all nodes. */
  rate?: number;
}

const RATE = 100;
// Per second over all nodes: each makes a person first, which costs two hashed passwords.
const NEGATIVES = 1.5;
const FIRST_ANSWER_PATIENCE = 60_000;

export async function startLedgerRun(
  rig: Rig,
  { nodes, databaseUrl, rate = RATE }: LedgerRunOptions,
): Promise<LedgerRun> {
  const [first] = nodes;
  if (!first) throw new Error('A run needs a node.');
  const random = createRandom(rig.options.seed);
  // The grace is the product's own: a longer one would make it easy to take nobody for a thief.
  const world = await makeWorld(rig, first, databaseUrl, { settings: { refreshGracePeriod: null } });
  const prober = await makeApp(world.database);
  const ledger = await openLedger(join(rig.folder, `ledger-${performance.now().toFixed(0)}.jsonl`));
  rig.atEnd(() => ledger.close());
  const state = newTrafficState();
  const loads = new Map<string, Load[]>();
  for (const node of nodes) {
    const deps = { world, node, ledger, random, state };
    const share = { random, signal: rig.signal };
    loads.set(node.name, [
      startLoad({ ...share, actions: createTraffic(deps), rate: rate / nodes.length }),
      startLoad({ ...share, actions: createNegatives(deps), rate: NEGATIVES / nodes.length }),
    ]);
  }

  return {
    world,
    nodes,
    ledger,
    random,
    async waitForFirstAnswer(node) {
      const http = openNodeClient(node, { connections: 1, patience: 2_000 });
      const isAnswered = () =>
        askAsClient(http, prober).then(
          () => true,
          () => false,
        );
      try {
        return await waitUntil(`node ${node.name} answers`, isAnswered, { patience: FIRST_ANSWER_PATIENCE });
      } finally {
        http.close();
      }
    },
    async stopLoad() {
      const results = new Map<string, Sample[]>();
      for (const [name, each] of loads)
        results.set(name, (await Promise.all(each.map((load) => load.stop()))).flat());
      return results;
    },
    async verify({ until, node = first, database = world.database, quietly = false } = {}) {
      // A node may go on using what it knows of an application or a person for a second.
      await pause(1_500);
      const http = openNodeClient(node);
      const lines = await readLedger(ledger.file);
      const options = until === undefined ? {} : { until };
      const verdict = await verifyLedger({ world, database, http, lines, ...options });
      http.close();
      if (!quietly) for (const each of [...verdict.lost, ...verdict.resurrected].slice(0, 10)) rig.log(each);
      return verdict;
    },
  };
}

/** When something was broken and when it worked again, in milliseconds of performance.now(). */
export interface Outage {
  from: number;
  to: number;
}

const touches = ({ at, milliseconds }: Sample, { from, to }: Outage) => at <= to && at + milliseconds >= from;

/** What failed although nothing was broken while it was under way. */
export function failuresOutside(samples: Sample[], outages: Outage[]): Sample[] {
  return samples.filter(
    (sample) => sample.outcome !== 'ok' && !outages.some((outage) => touches(sample, outage)),
  );
}

/** @param samples logged, the first few of them */
export function logSamples(rig: Rig, samples: Sample[]): void {
  for (const { action, outcome, detail = '' } of samples.slice(0, 5))
    rig.log(`${action}: ${outcome} ${detail}`);
}
