/** */
import type { Experiment, Figure, Rig } from '../experiment.js';
import { failuresOutside, logSamples, type Outage, startLedgerRun } from '../rig/ledger-run.js';
import { describeOutcomes, summarize } from '../rig/load.js';
import { WITHOUT_DATABASE } from '../rig/negatives.js';
import { pause } from '../rig/pause.js';
import type { Postgres } from '../rig/postgres.js';
import { ledgerFigures } from '../rig/verify-ledger.js';

const ROUNDS = 4;
// Milliseconds.
const BETWEEN = 4_000;
const ROUND_MINUTES = 0.3;
// For which it is down.
const SECONDS = 10;

/** Every other round the postmaster is killed as the kernel does when memory is short. */
async function crash(rig: Rig, postgres: Postgres, round: number): Promise<void> {
  rig.log(`round ${round}: ${round % 2 ? 'pg_ctl stop -m immediate' : 'kill -9 of the postmaster'}`);
  if (round % 2) await postgres.stop('immediate');
  else await postgres.kill();
}

export const experiment: Experiment = {
  name: 'ledger-postgres-crash',
  title: 'a crash of PostgreSQL loses nothing acknowledged, and the nodes come back with it by themselves',
  limit: ({ rounds = ROUNDS, seconds = SECONDS }) => 3 + rounds * (ROUND_MINUTES + seconds / 60),

  async run(rig): Promise<Figure[]> {
    const postgres = await rig.startPostgres();
    const databaseUrl = postgres.url();
    const first = await rig.startNode({ name: 'a', databaseUrl });
    const second = await rig.startNode({ name: 'b', databaseUrl, issuer: first.issuer });
    const run = await startLedgerRun(rig, { nodes: [first, second], databaseUrl });
    const outages: Outage[] = [];
    const recoveries: number[] = [];

    const rounds = rig.options.rounds ?? ROUNDS;
    for (let round = 1; round <= rounds; round++) {
      await pause(run.random.between(BETWEEN / 2, BETWEEN));
      const from = performance.now();
      await crash(rig, postgres, round);
      await pause((rig.options.seconds ?? SECONDS) * 1_000);
      await postgres.start();
      const took = await Promise.all(run.nodes.map(run.waitForFirstAnswer));
      outages.push({ from, to: performance.now() });
      recoveries.push(...took);
      rig.log(
        `  the nodes answer ${took.map((each) => each.toFixed(0)).join(' and ')} ms after PostgreSQL does`,
      );
    }
    await pause(BETWEEN);
    const samples = [...(await run.stopLoad()).values()].flat();
    const unexcused = failuresOutside(samples, outages);
    logSamples(rig, unexcused);
    const all = summarize(samples);
    const other = samples.filter(({ outcome }) => !['ok', '503', WITHOUT_DATABASE].includes(outcome));
    logSamples(rig, other);
    return [
      ...ledgerFigures(await run.verify()),
      { what: 'rounds', value: rounds },
      {
        what: 'from PostgreSQL back to the first 200 of each node, longest',
        value: Math.max(...recoveries) / 1_000,
        unit: 's',
        bar: { atMost: 5 },
      },
      { what: 'requests', value: all.count },
      { what: 'failed', value: describeOutcomes(all) },
      { what: 'failed other than by 503 with Retry-After', value: other.length, bar: { is: 0 } },
      { what: 'failed while PostgreSQL was up', value: unexcused.length, bar: { is: 0 } },
      { what: 'longest request', value: all.longest / 1_000, unit: 's', bar: { atMost: 10 } },
      { what: 'without an answer', value: all.hung, bar: { is: 0 } },
      {
        what: 'restarts of a node',
        value: run.nodes.reduce((sum, { deaths }) => sum + deaths.length, 0),
        bar: { is: 0 },
      },
    ];
  },
};
