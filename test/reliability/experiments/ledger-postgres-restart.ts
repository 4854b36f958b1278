/** */
import type { Experiment } from '../experiment.js';
import { failuresOutside, logSamples, type Outage, startLedgerRun } from '../rig/ledger-run.js';
import { describeOutcomes, summarize } from '../rig/load.js';
import { WITHOUT_DATABASE } from '../rig/negatives.js';
import { pause } from '../rig/pause.js';
import { ledgerFigures } from '../rig/verify-ledger.js';

const ROUNDS = 10;
// Milliseconds.
const BETWEEN = 3_000;
const ROUND_MINUTES = 0.3;

// Tokens of applications themselves: one row for each request that asked for one, and never two.
const COUNT = `SELECT count(*)::int AS count FROM access_tokens WHERE grant_id IS NULL`;

export const experiment: Experiment = {
  name: 'ledger-postgres-restart',
  title:
    'an orderly restart of PostgreSQL fails only the requests of its few moments, and no write is done twice',
  limit: ({ rounds = ROUNDS }) => 3 + rounds * ROUND_MINUTES,

  async run(rig) {
    const postgres = await rig.startPostgres();
    const databaseUrl = postgres.url();
    const first = await rig.startNode({ name: 'a', databaseUrl });
    const second = await rig.startNode({ name: 'b', databaseUrl, issuer: first.issuer });
    const run = await startLedgerRun(rig, { nodes: [first, second], databaseUrl });
    const outages: Outage[] = [];

    const rounds = rig.options.rounds ?? ROUNDS;
    for (let round = 1; round <= rounds; round++) {
      await pause(run.random.between(BETWEEN / 2, BETWEEN));
      const from = performance.now();
      await postgres.stop('fast');
      await postgres.start();
      await Promise.all(run.nodes.map(run.waitForFirstAnswer));
      outages.push({ from, to: performance.now() });
      rig.log(`round ${round} of ${rounds}: ${(performance.now() - from).toFixed(0)} ms`);
    }
    await pause(BETWEEN);
    const samples = [...(await run.stopLoad()).values()].flat();
    const all = summarize(samples);
    const unexcused = failuresOutside(samples, outages);
    const other = samples.filter(({ outcome }) => !['ok', '503', WITHOUT_DATABASE].includes(outcome));
    logSamples(rig, [...unexcused, ...other]);
    const asked = samples.filter(({ action }) => action === 'client_credentials').length + run.probes();
    const [row] = await postgres.query<{ count: number }>(COUNT);
    return [
      ...ledgerFigures(await run.verify()),
      { what: 'restarts', value: rounds },
      { what: 'requests', value: all.count },
      { what: 'failed per restart', value: (all.count - all.ok) / rounds },
      { what: 'failed', value: describeOutcomes(all) },
      {
        what: 'longest restart, from the stop to the first 200 of each node',
        value: Math.max(...outages.map(({ from, to }) => to - from)) / 1_000,
        unit: 's',
        bar: { atMost: 5 },
      },
      { what: 'failed other than by 503 with Retry-After', value: other.length, bar: { is: 0 } },
      { what: 'failed outside of a restart', value: unexcused.length, bar: { is: 0 } },
      {
        what: 'tokens stored beyond the requests that asked for one',
        value: Math.max(0, (row?.count ?? 0) - asked),
        bar: { is: 0 },
      },
      { what: 'without an answer', value: all.hung, bar: { is: 0 } },
    ];
  },
};
