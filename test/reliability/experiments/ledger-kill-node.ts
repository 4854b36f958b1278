/** */
import type { Experiment } from '../experiment.js';
import { failuresOutside, logSamples, type Outage, startLedgerRun } from '../rig/ledger-run.js';
import { describeOutcomes, summarize } from '../rig/load.js';
import { pause } from '../rig/pause.js';
import { ledgerFigures } from '../rig/verify-ledger.js';

const ROUNDS = 8;
// Milliseconds between the recovery of a node and the next kill.
const SHORTEST = 1_000;
const LONGEST = 4_000;
// From so many rounds on the pauses are as much longer as it takes to have so much acknowledged, which is all of R-01.
const FULL = { rounds: 20, pauses: 5, acknowledged: 20_000 };
const ROUND_MINUTES = 0.4;

export const experiment: Experiment = {
  name: 'ledger-kill-node',
  title: 'kill -9 of a node at any moment loses nothing acknowledged and brings back nothing taken away',
  limit: ({ rounds = ROUNDS }) => 3 + rounds * ROUND_MINUTES,

  async run(rig) {
    const postgres = await rig.startPostgres();
    const databaseUrl = postgres.url();
    const first = await rig.startNode({ name: 'a', databaseUrl });
    const second = await rig.startNode({ name: 'b', databaseUrl, issuer: first.issuer });
    const run = await startLedgerRun(rig, { nodes: [first, second], databaseUrl });
    const outages = new Map<string, Outage[]>([
      ['a', []],
      ['b', []],
    ]);
    const firstAnswers: number[] = [];

    const rounds = rig.options.rounds ?? ROUNDS;
    const isFull = rounds >= FULL.rounds;
    const pauses = isFull ? FULL.pauses : 1;
    for (let round = 1; round <= rounds; round++) {
      await pause(pauses * run.random.between(SHORTEST, LONGEST));
      const node = run.random.pick(run.nodes);
      const from = performance.now();
      node.signal('SIGKILL');
      const took = await run.waitForFirstAnswer(node);
      outages.get(node.name)?.push({ from, to: performance.now() });
      firstAnswers.push(took);
      rig.log(`round ${round} of ${rounds}: node ${node.name} killed, back after ${took.toFixed(0)} ms`);
    }
    await pause(SHORTEST);
    const samples = await run.stopLoad();
    const unexcused = [...samples].flatMap(([name, each]) => failuresOutside(each, outages.get(name) ?? []));
    logSamples(rig, unexcused);
    const all = summarize([...samples.values()].flat());
    const verdict = await run.verify();
    const enough = {
      what: 'acknowledged in so many rounds',
      value: verdict.acknowledged,
      bar: { atLeast: FULL.acknowledged },
    };
    return [
      ...ledgerFigures(verdict),
      ...(isFull ? [enough] : []),
      { what: 'rounds', value: rounds },
      {
        what: 'from the kill to the first 200, longest',
        value: Math.max(...firstAnswers) / 1_000,
        unit: 's',
        bar: { atMost: 5 },
      },
      { what: 'requests', value: all.count },
      { what: 'failed on the node that was down', value: describeOutcomes(all) },
      { what: 'failed on a node that was up', value: unexcused.length, bar: { is: 0 } },
      { what: 'without an answer', value: all.hung, bar: { is: 0 } },
    ];
  },
};
