/**
 * Two nodes of the version before serve from full tables; the tables are brought up to date beside them, the
 * nodes are replaced one by one, and then everybody goes back to the version before, on the tables of the new one.
 */
import { fillTables } from '../../../bench/contestants/fill-latchkey.js';
import { findFreePort } from '../../../bench/contestants/server-process.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { latchkey } from '../rig/command.js';
import {
  codeFlowAction,
  type EverydayWorld,
  introspectAction,
  loginAction,
  makeSignIns,
  profileAction,
  refreshAction,
} from '../rig/everyday-actions.js';
import { haproxy } from '../rig/haproxy.js';
import { describeOutcomes, type Sample, startLoad, summarize } from '../rig/load.js';
import { watchLockWaits } from '../rig/lock-waits.js';
import { openNodeClient } from '../rig/node-client.js';
import { buildOtherVersion } from '../rig/other-version.js';
import { pause } from '../rig/pause.js';
import type { Postgres } from '../rig/postgres.js';
import { BEHIND_PROXY } from '../rig/proxy.js';
import { createRandom } from '../rig/random.js';
import { MAIN, type ServerNode } from '../rig/server-node.js';
import { makeWorldByCommands } from '../rig/world-by-commands.js';

/** Live sign-ins beforehand, each with an access and a refresh token. */
const ROWS = 300_000;
const RATE = 100;
// Seconds of load before the upgrade and after it, and of the version before on the new tables.
const STRETCH = 20;
const PEOPLE = 6;
const WARM_UP = 3_000;

interface Stage {
  postgres: Postgres;
  nodes: ServerNode[];
  /** The compiled main.ts of the version before. */
  before: string;
}

async function fill(postgres: Postgres, clientId: string, tokens: number): Promise<void> {
  const run = async (database: string, ...statements: string[]) => {
    const client = await postgres.connect(database);
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  await fillTables({ run }, 'latchkey', clientId, { tokens, expired: 0 });
}

/** One node after the other, as a proxy that watches them allows. */
async function roll({ nodes }: Stage, main: string): Promise<void> {
  for (const node of nodes) {
    await node.stop();
    node.start(main);
    await node.waitUntilReady();
    await pause(haproxy.backInService);
  }
}

async function listMigrations(postgres: Postgres): Promise<number> {
  const [row] = await postgres.query<{ count: number }>('SELECT count(*)::int FROM migrations');
  return row!.count;
}

async function startRequests(rig: Rig, port: number, world: EverydayWorld) {
  const http = openNodeClient({ issuer: `http://localhost:${port}`, port });
  rig.atEnd(() => http.close());
  const random = createRandom(rig.options.seed);
  const given = { http, world, random, signIns: await makeSignIns(http, world, 100) };
  return startLoad({
    actions: [
      { name: 'introspect', weight: 34, run: introspectAction(given) },
      { name: 'profile', weight: 34, run: profileAction(given) },
      { name: 'refresh', weight: 20, run: refreshAction(given) },
      { name: 'code flow', weight: 10, run: codeFlowAction(given) },
      { name: 'password', weight: 2, run: loginAction(given) },
    ],
    random,
    rate: RATE,
    signal: rig.signal,
  });
}

/** Of a stretch of performance.now(). A hashed password takes longer than all the rest, and would be the p99. */
function summarizeStretch(samples: Sample[], from: number, to: number) {
  const begun = samples.filter(({ at }) => at >= from && at < to);
  const { p99 } = summarize(begun.filter(({ action }) => action !== 'password'));
  const { count, ok, ...rest } = summarize(begun);
  return { count, failed: count - ok, p99, kinds: describeOutcomes({ count, ok, ...rest }) };
}

async function run(rig: Rig): Promise<Figure[]> {
  const { options } = rig;
  const version = await buildOtherVersion(options.from, rig.folder, rig.log);
  const postgres = await rig.startPostgres({ settings: { max_wal_size: '4GB' } });
  const port = await findFreePort();
  const given = {
    databaseUrl: postgres.url(),
    issuer: `http://localhost:${port}`,
    environment: BEHIND_PROXY,
    main: version.main,
  };
  const nodes = [await rig.startNode({ name: 'a', ...given }), await rig.startNode({ name: 'b', ...given })];
  const stage = { postgres, nodes, before: version.main };
  const known = await listMigrations(postgres);
  await haproxy.start(rig, port, nodes);
  const world = await makeWorldByCommands({ main: version.main, databaseUrl: postgres.url(), nodes }, PEOPLE);
  const rows = options.rows ?? ROWS;
  const filling = performance.now();
  await fill(postgres, world.app.clientId, rows);
  rig.log(`filled in ${((performance.now() - filling) / 1_000).toFixed(0)} s`);

  const stretch = (options.seconds ?? STRETCH) * 1_000;
  const load = await startRequests(rig, port, world);
  await pause(WARM_UP);
  const quietFrom = performance.now();
  await pause(stretch);
  const waits = await watchLockWaits(postgres);
  const upgradeFrom = performance.now();
  await latchkey(MAIN, postgres.url(), ['migrate']);
  const migrated = performance.now();
  const migrations = (await listMigrations(postgres)) - known;
  rig.log(`${migrations} migrations; now the nodes, one by one`);
  await roll(stage, MAIN);
  const upgraded = performance.now();
  await pause(stretch);
  const backFrom = performance.now();
  rig.log('back to the version before');
  await roll(stage, version.main);
  await pause(stretch);
  const { longest, what } = await waits.stop();
  const ended = performance.now();
  const samples = await load.stop();

  const quiet = summarizeStretch(samples, quietFrom, upgradeFrom);
  const upgrade = summarizeStretch(samples, upgradeFrom, upgraded);
  const after = summarizeStretch(samples, upgraded, backFrom);
  const back = summarizeStretch(samples, backFrom, ended);
  for (const { action, outcome, detail } of samples.filter((each) => each.outcome !== 'ok').slice(0, 10))
    rig.log(`${action}: ${outcome} ${detail ?? ''}`);
  return [
    { what: 'version before', value: version.commit.slice(0, 7) },
    { what: 'sign-ins beforehand, two tokens each', value: rows },
    { what: 'migrations run while it served', value: migrations, bar: { atLeast: options.from ? 0 : 1 } },
    { what: 'they took', value: (migrated - upgradeFrom) / 1_000, unit: 's' },
    { what: 'requests during the upgrade', value: upgrade.count },
    { what: 'of them failed', value: upgrade.failed, bar: { is: 0 } },
    { what: 'of these kinds', value: upgrade.kinds },
    { what: 'longest wait for a lock', value: longest, unit: 'ms', bar: { atMost: 1_000 } },
    { what: 'it was for', value: what },
    { what: 'p99 before', value: quiet.p99, unit: 'ms' },
    { what: 'p99 during the upgrade', value: upgrade.p99, unit: 'ms' },
    { what: 'p99 during to before', value: upgrade.p99 / quiet.p99, bar: { atMost: 2 } },
    { what: 'requests at the new version', value: after.count },
    { what: 'of them failed', value: after.failed, bar: { is: 0 } },
    { what: 'seconds back at the version before, on the new tables', value: (ended - backFrom) / 1_000 },
    { what: 'requests there and on the way', value: back.count },
    { what: 'of them failed', value: back.failed, bar: { is: 0 } },
    { what: 'of these kinds', value: back.kinds },
  ];
}

export const experiment: Experiment = {
  name: 'upgrade-while-serving',
  title:
    'an upgrade and the way back, each node replaced while the other serves, fail no request (R-28, R-29)',
  limit: ({ rows = ROWS, seconds = STRETCH }) => 6 + rows / 400_000 + (3 * seconds) / 60,
  findObstacle: async () => haproxy.obstacle,
  run,
};
