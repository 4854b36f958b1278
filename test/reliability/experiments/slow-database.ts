/** every round trip to the database takes longer. */
import { startTrouble, type Trouble } from '../database-trouble.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { describeOutcomes, percentile, startLoad, summarize } from '../rig/load.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause } from '../rig/pause.js';
import { askForCode, exchangeCode } from '../rig/requests.js';

const DELAYS = [20, 100, 500];
const SECONDS = 10;
const CONNECTIONS = 8;
// Milliseconds between two probes of /healthz, which asks nothing of the database: what it takes is the event loop's.
const PROBE_EVERY = 50;

/** @returns statements of the sign-in at the browser, and of the exchange of its code */
async function countStatements({ proxy, http, world }: Trouble): Promise<{ code: number; exchange: number }> {
  const { app, people } = world;
  const before = proxy.statements();
  const code = await askForCode(http, app, people[0]!.cookies);
  const between = proxy.statements();
  await exchangeCode(http, app, code);
  return { code: between - before, exchange: proxy.statements() - between };
}

async function probeHealth(rig: Rig, { node }: Trouble, isOver: () => boolean): Promise<number[]> {
  const http = openNodeClient(node, { connections: 1 });
  const latencies: number[] = [];
  while (!isOver() && !rig.signal.aborted) {
    const begun = performance.now();
    await http.get('/healthz', {});
    latencies.push(performance.now() - begun);
    await pause(PROBE_EVERY);
  }
  http.close();
  return latencies;
}

async function measure(rig: Rig, trouble: Trouble, delay: number): Promise<Figure[]> {
  const { proxy, actions, random } = trouble;
  proxy.delay(delay);
  const load = startLoad({ actions, random, connections: CONNECTIONS, signal: rig.signal });
  let isOver = false;
  const probing = probeHealth(rig, trouble, () => isOver);
  const seconds = rig.options.seconds ?? SECONDS;
  await pause(seconds * 1_000);
  const samples = await load.stop();
  isOver = true;
  const lag = percentile(await probing, 0.99);
  proxy.delay(0);
  const { ok, p50, p99, longest } = summarize(samples);
  const failed = samples.length - ok;
  const what = (text: string) => `${delay} ms per round trip: ${text}`;
  return [
    { what: what('requests per second'), value: ok / seconds },
    { what: what('p50'), value: p50, unit: 'ms' },
    { what: what('p99'), value: p99, unit: 'ms', ...(delay <= 100 ? { bar: { atMost: 3_000 } } : {}) },
    { what: what('longest'), value: longest / 1_000, unit: 's', bar: { atMost: 10 } },
    { what: what('failed'), value: failed, ...(delay <= 100 ? { bar: { is: 0 } } : {}) },
    ...(failed ? [{ what: what('failed by'), value: describeOutcomes(summarize(samples)) }] : []),
    { what: what('p99 of /healthz beside it'), value: lag, unit: 'ms', bar: { atMost: 50 } },
  ];
}

export const experiment: Experiment = {
  name: 'slow-database',
  title:
    'A slow database makes requests slow, by few round trips each, and the server none the slower (R-13)',

  async run(rig): Promise<Figure[]> {
    const trouble = await startTrouble(rig);
    // Connections are opened and applications read before anything is counted.
    await countStatements(trouble);
    const statements = await countStatements(trouble);
    const figures: Figure[] = [
      { what: 'round trips of an authorization request', value: statements.code },
      { what: 'round trips of a code exchange', value: statements.exchange, bar: { atMost: 12 } },
    ];
    for (const delay of DELAYS) figures.push(...(await measure(rig, trouble, delay)));
    return figures;
  },
};
