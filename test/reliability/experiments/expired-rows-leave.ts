/** */
import { fillTables } from '../../../bench/contestants/fill-latchkey.js';
import { readStats } from '../../../src/stats/read-stats.js';
import { readTableSizes } from '../../../src/stats/table-sizes.js';
import { addBuckets } from '../../../src/tokens/buckets.js';
import { sweep } from '../../../src/tokens/sweep.js';
import type { Experiment, Rig } from '../experiment.js';
import {
  codeFlowAction,
  introspectAction,
  makeSignIns,
  profileAction,
  refreshAction,
} from '../rig/everyday-actions.js';
import { describeOutcomes, type Sample, startLoad, summarize } from '../rig/load.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause, waitUntil } from '../rig/pause.js';
import type { Postgres } from '../rig/postgres.js';
import { createRandom } from '../rig/random.js';
import type { ServerNode } from '../rig/server-node.js';
import { makeWorld, type World } from '../rig/world.js';

const ROWS = 1_000_000;
/** A sign-in is three rows: the grant, its access and its refresh token. */
const ROWS_PER_SIGN_IN = 3;
const EXPIRED_PER_LIVE = 10;
const RATE = 100;
// Longer than two of the half months that refresh tokens are kept by.
const EXPIRED_FOR_DAYS = 40;
// Milliseconds.
const DAY = 86_400_000;
const WARM_UP = 5_000;
const SAMPLE_EVERY = 50;
const SWEEP_PATIENCE = 20 * 60_000;

const megabytes = (bytes: number) => bytes / 2 ** 20;

async function fill(postgres: Postgres, world: World, rows: number): Promise<Date> {
  const expiredAt = new Date(Date.now() - EXPIRED_FOR_DAYS * DAY);
  await addBuckets(world.database.knex, expiredAt);
  const expired = Math.round(rows / ROWS_PER_SIGN_IN);
  const tokens = Math.round(expired / EXPIRED_PER_LIVE);
  const run = async (database: string, ...statements: string[]) => {
    const client = await postgres.connect(database);
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  await fillTables({ run }, 'latchkey', world.app.clientId, { tokens, expired, expiredAt });
  return new Date();
}

/** Rows of the filling, by whether they are over. */
async function countRows(postgres: Postgres, filledAt: Date): Promise<{ expired: number; live: number }> {
  const selects = ['access_tokens.issued_at', 'refresh_tokens.issued_at', 'grants.created_at'].map(
    (column) => {
      const [table] = column.split('.');
      return `SELECT expires_at <= $1 AS is_over FROM ${table} WHERE ${column} <= $1`;
    },
  );
  const [row] = await postgres.query<{ expired: number; live: number }>(
    `SELECT count(*) FILTER (WHERE is_over)::int AS expired, count(*) FILTER (WHERE NOT is_over)::int AS live
      FROM (${selects.join(' UNION ALL ')}) filled`,
    [filledAt],
  );
  return row!;
}

async function readSize({ database }: World): Promise<{ tables: number; indexes: number }> {
  const sizes = await readTableSizes(database.knex);
  return {
    tables: megabytes(sizes.reduce((sum, { tableBytes }) => sum + tableBytes, 0)),
    indexes: megabytes(sizes.reduce((sum, { indexBytes }) => sum + indexBytes, 0)),
  };
}

interface Watch {
  /** Of performance.now(): when the first partition was taken out. */
  begun: number;
  /** Milliseconds that a request has waited for a lock, and that a statement of the sweep has run, at most. */
  longestWait: number;
  longestBatch: number;
  stop(): Promise<void>;
}

const WATCH = `SELECT
    (SELECT count(*) FROM pg_inherits WHERE NOT inhdetachpending)::int AS partitions,
    (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - l.waitstart)), 0) * 1000
      FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE NOT l.granted AND a.application_name = 'latchkey' AND a.query !~ '^(ALTER|DROP) TABLE')::float AS wait,
    (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0) * 1000
      FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'WITH gone AS%')::float AS batch`;

async function watch(postgres: Postgres): Promise<Watch> {
  const client = await postgres.connect();
  let isOver = false;
  let partitions = 0;
  const seen: Watch = { begun: 0, longestWait: 0, longestBatch: 0, stop: async () => {} };
  const loop = (async () => {
    for (; !isOver; await pause(SAMPLE_EVERY)) {
      const { rows } = await client.query<{ partitions: number; wait: number; batch: number }>(WATCH);
      const { partitions: now = 0, wait = 0, batch = 0 } = rows[0] ?? {};
      if (now < partitions && !seen.begun) seen.begun = performance.now();
      partitions = now;
      seen.longestWait = Math.max(seen.longestWait, wait);
      seen.longestBatch = Math.max(seen.longestBatch, batch);
    }
    await client.end();
  })();
  seen.stop = async () => {
    isOver = true;
    await loop;
  };
  return seen;
}

interface SweptLine {
  partitions: string[];
  rows: Record<string, number>;
}

/** What the node has logged of its sweeps that found something. */
function findSwept(node: ServerNode): SweptLine | undefined {
  const line = node
    .log()
    .split('\n')
    .find((each) => each.includes('expired rows have left'));
  return line ? (JSON.parse(line) as SweptLine) : undefined;
}

const RULES = { auditKeepDays: 365 };

/** Milliseconds that `latchkey stats` takes to ask. */
async function timeStats({ database }: World): Promise<number> {
  const begun = performance.now();
  await readStats(database.knex, { ...RULES, now: new Date() });
  return performance.now() - begun;
}

async function secondRun(world: World): Promise<{ rows: number; milliseconds: number }> {
  const begun = performance.now();
  const { partitions, rows } = await sweep(world.database, RULES, new Date());
  const found = partitions.length + Object.values(rows).reduce((sum, count) => sum + count, 0);
  return { rows: found, milliseconds: performance.now() - begun };
}

async function startRequests(rig: Rig, node: ServerNode, world: World) {
  const http = openNodeClient(node);
  rig.atEnd(() => http.close());
  const random = createRandom(rig.options.seed);
  const options = { http, world, random, signIns: await makeSignIns(http, world, 50) };
  // A refresh ends the access token that came with the one before.
  const refreshed = { ...options, signIns: await makeSignIns(http, world, 50) };
  // Without passwords, whose hashing takes longer than all the rest and would hide it in the p99.
  const actions = [
    { name: 'introspect', weight: 35, run: introspectAction(options) },
    { name: 'profile', weight: 30, run: profileAction(options) },
    { name: 'refresh', weight: 25, run: refreshAction(refreshed) },
    { name: 'code flow', weight: 10, run: codeFlowAction(options) },
  ];
  return startLoad({ actions, random, rate: RATE, signal: rig.signal });
}

const within = (samples: Sample[], from: number, to: number) =>
  summarize(samples.filter(({ at }) => at >= from && at < to));

export const experiment: Experiment = {
  name: 'expired-rows-leave',
  title: 'expired rows leave by themselves while requests go on, and a second run finds nothing to do',
  limit: ({ rows = ROWS }) => 5 + rows / 800_000,

  async run(rig) {
    const postgres = await rig.startPostgres({ settings: { max_wal_size: '4GB' } });
    const node = await rig.startNode({ name: 'a', databaseUrl: postgres.url() });
    const world = await makeWorld(rig, node, postgres.url());
    // Down while the tables are filled: its first sweep comes soon after a start.
    await node.stop();
    const filling = performance.now();
    const filledAt = await fill(postgres, world, rig.options.rows ?? ROWS);
    rig.log(`filled in ${((performance.now() - filling) / 1_000).toFixed(0)} s`);
    const before = await countRows(postgres, filledAt);
    const sizeBefore = await readSize(world);
    const statsTook = await timeStats(world);

    node.start();
    await node.waitUntilReady();
    const load = await startRequests(rig, node, world);
    const loadBegun = performance.now();
    const watched = await watch(postgres);
    const [lsn] = await postgres.query<{ at: string }>('SELECT pg_current_wal_lsn()::text AS at');
    rig.log('waiting for the sweep of the server');
    await waitUntil('the server has swept', async () => findSwept(node) !== undefined, {
      patience: SWEEP_PATIENCE,
      every: 250,
    });
    const ended = performance.now();
    const swept = findSwept(node)!;
    const [wal] = await postgres.query<{ bytes: number }>(
      'SELECT (pg_current_wal_lsn() - $1::pg_lsn)::float AS bytes',
      [lsn?.at],
    );
    const second = await secondRun(world);
    await watched.stop();
    const samples = await load.stop();
    const after = await countRows(postgres, filledAt);
    const sizeAfter = await readSize(world);

    const quiet = within(samples, loadBegun + WARM_UP, watched.begun);
    const during = within(samples, watched.begun, ended);
    const all = summarize(samples);
    const seconds = (ended - watched.begun) / 1_000;
    return [
      { what: 'expired rows before', value: before.expired },
      { what: 'expired rows after', value: after.expired, bar: { is: 0 } },
      { what: 'live rows before', value: before.live },
      { what: 'live rows deleted', value: before.live - after.live, bar: { is: 0 } },
      { what: 'partitions dropped', value: swept.partitions.length },
      {
        what: 'rows deleted one by one',
        value: Object.values(swept.rows).reduce((sum, rows) => sum + rows, 0),
      },
      { what: 'the sweep took', value: seconds, unit: 's' },
      { what: 'rows that left per second', value: Math.round(before.expired / seconds) },
      { what: 'tables before', value: Math.round(sizeBefore.tables), unit: 'MB' },
      { what: 'tables after', value: Math.round(sizeAfter.tables), unit: 'MB' },
      { what: 'indexes before', value: Math.round(sizeBefore.indexes), unit: 'MB' },
      { what: 'indexes after', value: Math.round(sizeAfter.indexes), unit: 'MB' },
      {
        what: 'WAL, that of the requests included',
        value: Math.round(megabytes(wal?.bytes ?? 0)),
        unit: 'MB',
      },
      { what: 'p50 before', value: quiet.p50, unit: 'ms' },
      { what: 'p50 during', value: during.p50, unit: 'ms' },
      { what: 'p99 before', value: quiet.p99, unit: 'ms' },
      { what: 'p99 during', value: during.p99, unit: 'ms' },
      { what: 'p99 during to before', value: during.p99 / quiet.p99, bar: { atMost: 2 } },
      { what: 'requests', value: all.count },
      { what: 'requests that failed', value: describeOutcomes(all), bar: { is: 'none' } },
      {
        what: 'longest wait of a request for a lock',
        value: watched.longestWait,
        unit: 'ms',
        bar: { atMost: 200 },
      },
      {
        what: 'longest statement of the sweep',
        value: watched.longestBatch,
        unit: 'ms',
        bar: { atMost: 200 },
      },
      { what: 'latchkey stats on the full tables', value: statsTook, unit: 'ms', bar: { atMost: 2_000 } },
      { what: 'a second run finds', value: second.rows, unit: 'rows', bar: { is: 0 } },
      { what: 'a second run takes', value: second.milliseconds, unit: 'ms', bar: { atMost: 1_000 } },
    ];
  },
};
