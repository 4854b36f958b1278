/** */
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fillTables } from '../../../bench/contestants/fill-latchkey.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { type LedgerRun, startLedgerRun } from '../rig/ledger-run.js';
import { describeOutcomes, summarize } from '../rig/load.js';
import { pause, waitUntil } from '../rig/pause.js';
import type { Postgres } from '../rig/postgres.js';
import type { ServerNode } from '../rig/server-node.js';
import { findServerTools, readDocumented, runDocumented } from '../rig/server-tools.js';

const ROWS = 50_000;
const PEOPLE_PER_ROW = 0.2;
// Milliseconds of load before, between and after the backups.
const LOAD = 3_000;

interface Scene {
  postgres: Postgres;
  node: ServerNode;
  run: LedgerRun;
  /** Of the commands of docs/backup.md. */
  environment: Record<string, string>;
}

const readKeys = async ({ issuer }: ServerNode): Promise<string> =>
  (await fetch(`${issuer}/o/.well-known/jwks.json`)).text();

/** Everything that was there before, so that a backup has something to carry: sign-ins, and people to go with them. */
async function fill({ postgres, run }: Scene, rows: number): Promise<void> {
  const client = await postgres.connect();
  const runAll = async (_database: string, ...statements: string[]): Promise<void> => {
    for (const statement of statements) await client.query(statement);
  };
  await fillTables({ run: runAll }, '', run.world.app.clientId, { tokens: rows, expired: 0 });
  await client.query(
    `INSERT INTO accounts (username, email, first_name, last_name, password_hash, created_at, updated_at)
      SELECT 'many-' || n, 'many-' || n || '@example.com', 'One', 'of many', password_hash, created_at, created_at
      FROM generate_series(1, $1::int) n, (SELECT password_hash, created_at FROM accounts LIMIT 1) a`,
    [Math.round(rows * PEOPLE_PER_ROW)],
  );
  await client.end();
}

async function openScene(rig: Rig): Promise<Scene> {
  const programs = await findServerTools();
  if (!programs) throw new Error('The programs of PostgreSQL are gone.');
  const backups = join(rig.folder, 'backups');
  for (const folder of [backups, join(backups, 'wal')]) {
    await mkdir(folder, { mode: 0o700 });
    if (programs.user) await chown(folder, programs.user.uid, programs.user.gid);
  }
  const postgres = await rig.startPostgres({ programs, start: false });
  await postgres.configureText(readDocumented('settings').replaceAll('$BACKUPS', backups));
  await postgres.start();
  const databaseUrl = postgres.url();
  const node = await rig.startNode({ name: 'a', databaseUrl });
  const run = await startLedgerRun(rig, { nodes: [node], databaseUrl });
  return { postgres, node, run, environment: { BACKUPS: backups, DATABASE_URL: databaseUrl } };
}

/** @returns once the log up to now is in the archive */
async function archiveLog({ postgres }: Scene): Promise<void> {
  const [last] = await postgres.query<{ file: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS file');
  const isThere = async () => {
    const [row] = await postgres.query<{ done: boolean }>(
      'SELECT last_archived_wal >= $1 AS done FROM pg_stat_archiver',
      [last?.file],
    );
    return row?.done ?? false;
  };
  await waitUntil('the log is in the archive', isThere, { every: 200 });
}

interface Restored {
  what: string;
  postgres: Postgres;
  /** Milliseconds since 1970. */
  until: number;
  seconds: number;
  keys: string;
}

async function verifyRestored(rig: Rig, { run }: Scene, restored: Restored): Promise<Figure[]> {
  const { what, postgres, until, seconds, keys } = restored;
  const node = await rig.startNode({ name: what.replace(' ', '-'), databaseUrl: postgres.url() });
  const isSame = (await readKeys(node)) === keys;
  const verdict = await run.verify({ until, node, database: rig.openDatabase(postgres.url()) });
  await node.stop();
  await postgres.stop('fast');
  return [
    { what: `${what}: restored in`, value: seconds, unit: 's' },
    { what: `${what}: acknowledged by then`, value: verdict.acknowledged },
    { what: `${what}: of these lost`, value: verdict.lost.length, bar: { is: 0 } },
    { what: `${what}: resurrected`, value: verdict.resurrected.length, bar: { is: 0 } },
    { what: `${what}: the keys are the same`, value: isSame ? 'yes' : 'no', bar: { is: 'yes' } },
  ];
}

async function restoreDump(rig: Rig, { environment, postgres: { programs } }: Scene) {
  const postgres = await rig.startPostgres({ programs });
  const NEW_DATABASE_URL = postgres.url();
  return {
    postgres,
    seconds: await runDocumented(programs, 'restore-dump', { ...environment, NEW_DATABASE_URL }),
  };
}

async function restoreToMoment(rig: Rig, { environment, postgres: { programs } }: Scene, moment: number) {
  const postgres = await rig.startPostgres({ programs, initialize: false });
  // PostgreSQL takes no letters for a time zone here, not even Z.
  const MOMENT = new Date(moment).toISOString().replace('Z', '+00');
  const where = { NEW_DATA: postgres.dataFolder, MOMENT };
  const copied = await runDocumented(programs, 'restore-base', { ...environment, ...where });
  await postgres.configure({ port: postgres.port });
  const started = (await postgres.start()) / 1_000;
  return { postgres, seconds: copied + started };
}

export const experiment: Experiment = {
  name: 'backup-and-restore',
  title: 'a backup made under load by the commands of docs/backup.md holds everything acknowledged by then',
  limit: ({ rows = ROWS }) => 5 + (rows / 1_000_000) * 10,

  async findObstacle() {
    if (await findServerTools()) return undefined;
    return 'it needs pg_dump, pg_restore and pg_basebackup with their server (apt-get install postgresql)';
  },

  async run(rig) {
    const scene = await openScene(rig);
    const { run, environment, postgres, node } = scene;
    const { programs } = postgres;
    const rows = rig.options.rows ?? ROWS;
    await fill(scene, rows);
    const keys = await readKeys(node);

    await pause(LOAD);
    const base = await runDocumented(programs, 'base', environment);
    await pause(LOAD);
    const dumpedAt = Date.now();
    const dump = await runDocumented(programs, 'dump', environment);
    await pause(LOAD);
    const moment = Date.now();
    await pause(LOAD);
    const all = summarize([...(await run.stopLoad()).values()].flat());
    await archiveLog(scene);
    await node.stop();
    await postgres.stop('immediate');
    rig.log(`base backup ${base.toFixed(1)} s, dump ${dump.toFixed(1)} s`);

    const fromDump = await restoreDump(rig, scene);
    const dumpFigures = await verifyRestored(rig, scene, {
      what: 'dump',
      until: dumpedAt,
      keys,
      ...fromDump,
    });
    const toMoment = await restoreToMoment(rig, scene, moment);
    const logFigures = await verifyRestored(rig, scene, {
      what: 'base and log',
      until: moment,
      keys,
      ...toMoment,
    });
    return [
      { what: 'people and sign-ins beforehand', value: `${rows * PEOPLE_PER_ROW} and ${rows}` },
      { what: 'requests during the backups', value: all.count },
      { what: 'failed', value: describeOutcomes(all), bar: { is: 'none' } },
      { what: 'p99 of a request during the backups', value: all.p99, unit: 'ms' },
      ...dumpFigures,
      ...logFigures,
    ];
  },
};
