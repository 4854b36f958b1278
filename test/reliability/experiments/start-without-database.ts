/**
 * A server is started before its database is there, with a wrong password, a wrong database, and on the
 * tables of another version: it waits where waiting helps, says in a sentence what is wrong where it does not, and works
 * on tables to which a newer version has added.
 */
import { latchkey } from '../../support/command.js';
import { type Experiment, type Figure, Obstacle, type Rig } from '../experiment.js';
import { codeFlowAction, introspectAction, makeSignIns, refreshAction } from '../rig/everyday-actions.js';
import { startLoad, summarize } from '../rig/load.js';
import { openNodeClient } from '../rig/node-client.js';
import { buildOtherVersion } from '../rig/other-version.js';
import { pause } from '../rig/pause.js';
import type { Postgres } from '../rig/postgres.js';
import { createRandom } from '../rig/random.js';
import { askByPassword, introspect, refreshTokens } from '../rig/requests.js';
import { SECRET_KEY } from '../rig/server-node.js';
import { makeWorld } from '../rig/world.js';
import { makeWorldByCommands } from '../rig/world-by-commands.js';

const SECONDS_AWAY = 15;
const SECONDS_OF_LOAD = 10;

/** The database comes so many seconds after the server. */
async function startBeforeDatabase(rig: Rig, postgres: Postgres, seconds: number): Promise<Figure[]> {
  await postgres.stop('fast');
  const node = await rig.startNode({ name: 'early', databaseUrl: postgres.url(), waitUntilReady: false });
  const statuses: string[] = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await pause(500)) {
    const ask = (path: string) =>
      fetch(`http://127.0.0.1:${node.port}${path}`)
        .then(({ status, headers }) => `${status}${headers.has('retry-after') ? ' later' : ''}`)
        .catch(() => 'nobody');
    const answers = await Promise.all([ask('/healthz'), ask('/readyz'), ask('/login')]);
    // It takes the process a moment to listen.
    if (!answers.includes('nobody')) statuses.push(answers.join(', '));
  }
  await postgres.start();
  const milliseconds = await node.waitUntilReady();
  const lines = node
    .log()
    .split('\n')
    .filter((line) => /cannot be reached|waiting for the database/.test(line));
  const { code } = await node.stop();
  return [
    {
      what: `answers of /healthz, /readyz, /login while the database was away for ${seconds} s`,
      value: [...new Set(statuses)].join(' or '),
      bar: { is: '200, 503, 503 later' },
    },
    { what: 'from the database to ready', value: milliseconds / 1000, unit: 's', bar: { atMost: 5 } },
    { what: 'lines of the log about it', value: lines.length, bar: { atLeast: 1, atMost: 2 + seconds / 10 } },
    { what: 'deaths meanwhile', value: node.deaths.length - 1, bar: { is: 0 } },
    { what: 'exit code', value: String(code), bar: { is: '0' } },
  ];
}

async function refusal(what: string, databaseUrl: string, expected: RegExp): Promise<Figure[]> {
  const begun = performance.now();
  const environment = { DATABASE_URL: databaseUrl, SECRET_KEY, PORT: '0', LOG_LEVEL: 'error' };
  const { code, stderr } = await latchkey(['serve'], { environment });
  const isClear = code === 1 && expected.test(stderr) && stderr.trim().split('\n').length === 1;
  return [
    { what, value: isClear ? 'refused' : `code ${code}: ${stderr.slice(0, 200)}`, bar: { is: 'refused' } },
    {
      what: `${what}: time to the exit`,
      value: (performance.now() - begun) / 1000,
      unit: 's',
      bar: { atMost: 2 },
    },
  ];
}

/** A migration of a newer version that adds, while and after which this version serves. */
async function serveOnNewerTables(rig: Rig, postgres: Postgres): Promise<Figure[]> {
  const database = 'newer';
  await postgres.query(`CREATE DATABASE ${database}`, [], 'postgres');
  const databaseUrl = postgres.url(database);
  const node = await rig.startNode({ name: 'older', databaseUrl });
  const world = await makeWorld(rig, node, databaseUrl);
  const http = openNodeClient(node);
  rig.atEnd(() => http.close());
  const random = createRandom(rig.options.seed);
  const everyday = { http, world, random, signIns: await makeSignIns(http, world, 40) };
  const load = startLoad({
    actions: [
      { name: 'introspect', weight: 2, run: introspectAction(everyday) },
      { name: 'refresh', weight: 1, run: refreshAction(everyday) },
      { name: 'code flow', weight: 1, run: codeFlowAction(everyday) },
    ],
    random,
    rate: 50,
    signal: rig.signal,
  });
  await pause((SECONDS_OF_LOAD / 2) * 1000);
  const add = async (name: string, sql: string) => {
    await postgres.query(sql, [], database);
    await postgres.query(
      'INSERT INTO migrations (name, batch, migration_time) VALUES ($1, 99, $2)',
      [name, new Date()],
      database,
    );
  };
  await add(
    '9001_added',
    "ALTER TABLE accounts ADD COLUMN added text NOT NULL DEFAULT ''; CREATE TABLE added (id int)",
  );
  await pause((SECONDS_OF_LOAD / 2) * 1000);
  const served = summarize(await load.stop());
  await node.stop();
  const rolledBack = await rig.startNode({ name: 'rolled-back', databaseUrl, issuer: node.issuer });
  const again = openNodeClient({ issuer: node.issuer, port: rolledBack.port });
  const signIns = await makeSignIns(again, world, 20);
  again.close();
  await rolledBack.stop();
  await add('9002_dropped_needs_9001', 'DROP TABLE added');
  return [
    { what: 'requests while a newer version added to the tables', value: served.count },
    { what: 'of them failed', value: served.count - served.ok, bar: { is: 0 } },
    { what: 'sign-ins at a version rolled back onto these tables', value: signIns.length, bar: { is: 20 } },
    ...(await refusal(
      'tables that a newer version has cut down',
      databaseUrl,
      /^A newer Latchkey has taken away/,
    )),
  ];
}

/** A database that a version with fewer migrations has made and used, and what becomes of it at the start of this one. */
async function serveOnOlderTables(rig: Rig, postgres: Postgres): Promise<Figure[]> {
  const what = 'tables of an older version';
  const version = await buildOtherVersion(rig.options.from, rig.folder, rig.log).catch((error: Error) => {
    if (error instanceof Obstacle) return error;
    throw error;
  });
  if (version instanceof Obstacle) return [{ what, value: `skipped: ${version.message}` }];
  const database = 'older';
  await postgres.query(`CREATE DATABASE ${database}`, [], 'postgres');
  const databaseUrl = postgres.url(database);
  const count = async (sql: string) =>
    (await postgres.query<{ count: number }>(`SELECT count(*)::int ${sql}`, [], database))[0]!.count;
  const old = await rig.startNode({ name: 'older-version', databaseUrl, main: version.main });
  const world = await makeWorldByCommands({ main: version.main, databaseUrl, nodes: [old] }, 3);
  const before = openNodeClient(old);
  const signIns = await makeSignIns(before, world, 20);
  before.close();
  await old.stop();
  const known = await count('FROM migrations');

  const node = await rig.startNode({ name: 'upgraded', databaseUrl, issuer: old.issuer });
  const http = openNodeClient(node);
  rig.atEnd(() => http.close());
  let kept = 0;
  for (const { access_token, refresh_token } of signIns) {
    const { active } = await introspect(http, world.app, access_token);
    await refreshTokens(http, world.app, refresh_token);
    if (active) kept++;
  }
  // By the sessions of before, and by the passwords.
  const again = await makeSignIns(http, world, world.people.length);
  for (const { username, password } of world.people) await askByPassword(http, world.app, username, password);
  await node.stop();
  return [
    { what, value: `those of ${version.commit.slice(0, 7)}` },
    {
      what: `${what}: migrations run by the start`,
      value: (await count('FROM migrations')) - known,
      bar: { atLeast: rig.options.from ? 0 : 1 },
    },
    { what: `${what}: tokens of before that still work`, value: kept, bar: { is: signIns.length } },
    {
      what: `${what}: people signed in since who still are, and know their password`,
      value: again.length,
      bar: { is: world.people.length },
    },
  ];
}

async function run(rig: Rig): Promise<Figure[]> {
  const postgres = await rig.startPostgres();
  const url = postgres.url();
  return [
    ...(await startBeforeDatabase(rig, postgres, rig.options.seconds ?? SECONDS_AWAY)),
    ...(await refusal(
      'wrong password',
      Object.assign(new URL(url), { password: 'wrong' }).href,
      /^The database refuses the password/,
    )),
    ...(await refusal(
      'wrong database',
      postgres.url('no_such'),
      /^The database named in DATABASE_URL does not exist/,
    )),
    ...(await serveOnOlderTables(rig, postgres)),
    ...(await serveOnNewerTables(rig, postgres)),
  ];
}

export const experiment: Experiment = {
  name: 'start-without-database',
  title:
    'a server waits for its database, and works on the tables of an older version and of a newer one that added to them (R-36, R-29)',
  limit: ({ seconds = SECONDS_AWAY }) => 6 + seconds / 60,
  run,
};
