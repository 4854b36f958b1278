/** The counter-proof of: a ledger that never complains proves nothing. */
import type { Experiment } from '../experiment.js';
import { startLedgerRun } from '../rig/ledger-run.js';
import { pause } from '../rig/pause.js';

// Milliseconds.
const LOAD = 3_000;

// Answers before the disk has the write, and leaves it in memory for two seconds (200 ms by default).
const FORGETFUL = { synchronous_commit: 'off', wal_writer_delay: '2s', wal_writer_flush_after: '1GB' };

export const experiment: Experiment = {
  name: 'ledger-sees-loss',
  title: 'the ledger notices what is lost when PostgreSQL is told not to wait for the disk',

  async run(rig) {
    const postgres = await rig.startPostgres({ settings: FORGETFUL });
    const databaseUrl = postgres.url();
    const node = await rig.startNode({ name: 'a', databaseUrl });
    const run = await startLedgerRun(rig, { nodes: [node], databaseUrl });
    await pause(LOAD);
    await postgres.stop('immediate');
    await run.stopLoad();
    await postgres.start();
    await run.waitForFirstAnswer(node);
    const { acknowledged, lost } = await run.verify({ quietly: true });
    return [
      { what: 'acknowledged with synchronous_commit=off', value: acknowledged },
      { what: 'found lost after a crash', value: lost.length, bar: { atLeast: 1 } },
    ];
  },
};
