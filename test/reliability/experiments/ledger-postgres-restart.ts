/** */
import { hashToken } from '../../../src/secrets/token-hash.js';
import type { Experiment } from '../experiment.js';
import { readLedger } from '../rig/ledger.js';
import {
  failuresOutside,
  type LedgerRun,
  logSamples,
  type Outage,
  startLedgerRun,
} from '../rig/ledger-run.js';
import { describeOutcomes, type Sample, summarize } from '../rig/load.js';
import { WITHOUT_DATABASE } from '../rig/negatives.js';
import { pause } from '../rig/pause.js';
import type { Postgres } from '../rig/postgres.js';
import { ledgerFigures } from '../rig/verify-ledger.js';

const ROUNDS = 10;
// Milliseconds.
const BETWEEN = 3_000;
// A token bears the time its request came, which may have been under way for so long when the restart began.
const UNDER_WAY = 1_000;
const ROUND_MINUTES = 0.3;

// Tokens of applications themselves: one row for each request that asked for one, and never two.
const STORED = `SELECT token_hash, issued_at FROM access_tokens WHERE grant_id IS NULL AND client_id = $1`;

interface Stored {
  token_hash: Buffer;
  issued_at: Date;
}

interface Restart extends Outage {
  /** Nothing can have been stored from here on until it is back, and then nothing fails any more. */
  stopped: number;
}

/** Of performance.now(), as the samples have it. */
const momentOf = (date: Date) => date.getTime() - performance.timeOrigin;

/** The stored tokens that no client was told of: either an answer was lost, or one request has stored two. */
async function findUntold({ ledger, world }: LedgerRun, postgres: Postgres): Promise<Stored[]> {
  const told = new Set(
    (await readLedger(ledger.file)).flatMap((line) =>
      line.kind === 'issued' ? [hashToken(line.accessToken).toString('hex')] : [],
    ),
  );
  const stored = await postgres.query<Stored>(STORED, [world.app.clientId]);
  return stored.filter(({ token_hash }) => !told.has(token_hash.toString('hex')));
}

/** Requests for such a token that failed and were under way while PostgreSQL stopped. */
function findPossiblyStored(samples: Sample[], restarts: Restart[]): Sample[] {
  const failed = samples.filter(({ action, outcome }) => action === 'client_credentials' && outcome !== 'ok');
  return failed.filter(({ at, milliseconds }) =>
    restarts.some(({ from, stopped }) => at <= stopped && at + milliseconds >= from),
  );
}

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
    const restarts: Restart[] = [];

    const rounds = rig.options.rounds ?? ROUNDS;
    for (let round = 1; round <= rounds; round++) {
      await pause(run.random.between(BETWEEN / 2, BETWEEN));
      const from = performance.now();
      await postgres.stop('fast');
      const stopped = performance.now();
      await postgres.start();
      await Promise.all(run.nodes.map(run.waitForFirstAnswer));
      restarts.push({ from, to: performance.now(), stopped });
      rig.log(`round ${round} of ${rounds}: ${(performance.now() - from).toFixed(0)} ms`);
    }
    await pause(BETWEEN);
    const samples = [...(await run.stopLoad()).values()].flat();
    const all = summarize(samples);
    const unexcused = failuresOutside(samples, restarts);
    const other = samples.filter(({ outcome }) => !['ok', '503', WITHOUT_DATABASE].includes(outcome));
    logSamples(rig, [...unexcused, ...other]);
    const untold = await findUntold(run, postgres);
    const isOutside = ({ issued_at }: Stored) =>
      !restarts.some(({ from, to }) => momentOf(issued_at) >= from - UNDER_WAY && momentOf(issued_at) <= to);
    return [
      ...ledgerFigures(await run.verify()),
      { what: 'restarts', value: rounds },
      { what: 'requests', value: all.count },
      { what: 'failed per restart', value: (all.count - all.ok) / rounds },
      { what: 'failed', value: describeOutcomes(all) },
      {
        what: 'longest restart, from the stop to the first 200 of each node',
        value: Math.max(...restarts.map(({ from, to }) => to - from)) / 1_000,
        unit: 's',
        bar: { atMost: 5 },
      },
      { what: 'failed other than by 503 with Retry-After', value: other.length, bar: { is: 0 } },
      { what: 'failed outside of a restart', value: unexcused.length, bar: { is: 0 } },
      {
        what: 'tokens stored that nobody was told of, of requests that may have lost their answer',
        value: untold.length,
        bar: { atMost: findPossiblyStored(samples, restarts).length },
      },
      {
        what: 'of these issued outside of a restart',
        value: untold.filter(isOutside).length,
        bar: { is: 0 },
      },
      { what: 'without an answer', value: all.hung, bar: { is: 0 } },
    ];
  },
};
