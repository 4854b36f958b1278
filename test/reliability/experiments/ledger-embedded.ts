/** */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { type EmbeddedNode, makeDataDir, startEmbeddedNode } from '../rig/embedded-node.js';
import { type LedgerRun, startLedgerRun } from '../rig/ledger-run.js';
import { describeOutcomes, summarize } from '../rig/load.js';
import { pause } from '../rig/pause.js';
import { ledgerFigures } from '../rig/verify-ledger.js';

const ROUNDS = 15;
const ROUND_MINUTES = 0.2;
// Milliseconds of writing before each kill.
const SHORTEST = 200;
const LONGEST = 2_000;
const READY_PATIENCE = 30_000;

interface Copy {
  dataDir: string;
  /** Milliseconds since 1970: what was acknowledged before has to be in it. */
  at: number;
}

/** With owners and modes, as every backup program does. */
async function copyFolder(embedded: EmbeddedNode, dataDir: string): Promise<Copy> {
  await promisify(execFile)('cp', ['--archive', embedded.dataDir, dataDir]);
  return { dataDir, at: Date.now() };
}

/** As a snapshot of the file system takes it: everything at one moment, in the middle of whatever is being written. */
async function takeSnapshot(rig: Rig, embedded: EmbeddedNode): Promise<Copy> {
  const dataDir = join(rig.folder, 'snapshot');
  return embedded.whileFrozen(() => copyFolder(embedded, dataDir));
}

async function verifyCopy(rig: Rig, run: LedgerRun, { dataDir, at }: Copy): Promise<Figure[]> {
  const { node } = await startEmbeddedNode(rig, 'copy', dataDir);
  const verdict = await run.verify({ until: at, node });
  await node.stop();
  return [
    { what: 'acknowledged before a snapshot of the data folder', value: verdict.acknowledged },
    { what: 'of these lost in the snapshot', value: verdict.lost.length, bar: { is: 0 } },
    { what: 'resurrected in the snapshot', value: verdict.resurrected.length, bar: { is: 0 } },
  ];
}

export const experiment: Experiment = {
  name: 'ledger-embedded',
  title: 'the embedded database loses nothing acknowledged by kill -9 of everything, and always opens again',
  limit: ({ rounds = ROUNDS }) => 4 + rounds * ROUND_MINUTES,

  async run(rig) {
    const dataDir = await makeDataDir(join(rig.folder, 'data'));
    const embedded = await startEmbeddedNode(rig, 'embedded', dataDir);
    const { node } = embedded;
    const run = await startLedgerRun(rig, { nodes: [node], databaseUrl: embedded.databaseUrl() });
    const rounds = rig.options.rounds ?? ROUNDS;
    const openings: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      await pause(run.random.between(SHORTEST, LONGEST));
      await embedded.killAll();
      const begun = performance.now();
      node.start();
      await node.waitUntilReady(READY_PATIENCE);
      await run.waitForFirstAnswer(node);
      openings.push((performance.now() - begun) / 1_000);
      if (round % 10 === 0 || round === rounds) rig.log(`killed and opened ${round} of ${rounds} times`);
    }
    const copy = await takeSnapshot(rig, embedded);
    await pause(LONGEST);
    const all = summarize([...(await run.stopLoad()).values()].flat());
    const copied = await verifyCopy(rig, run, copy);
    return [
      ...ledgerFigures(await run.verify()),
      { what: 'opened again', value: openings.length, bar: { is: rounds } },
      { what: 'time to open, longest', value: Math.max(...openings), unit: 's', bar: { atMost: 10 } },
      { what: 'requests', value: all.count },
      { what: 'failed while it was dead', value: describeOutcomes(all) },
      ...copied,
    ];
  },
};
