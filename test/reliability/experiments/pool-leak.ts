/** clients that go away in the middle of a request, and connections that break in the middle of a statement. */
import { request } from 'node:http';
import { basic } from '../../support/oauth.js';
import { makeActions } from '../database-trouble.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import { type Action, describeOutcomes, startLoad, summarize } from '../rig/load.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause, waitUntil } from '../rig/pause.js';
import type { Postgres } from '../rig/postgres.js';
import { createRandom, type Random } from '../rig/random.js';
import { askByPassword } from '../rig/requests.js';
import type { ServerNode } from '../rig/server-node.js';
import { makeWorld, type World } from '../rig/world.js';

const REQUESTS = 4_000;
const CONNECTIONS = 24;
const POOL_SIZE = 10;
// Milliseconds between two ends of a backend: about one for every twenty requests.
const BREAK_EVERY = 50;
// Milliseconds an aborted request may have been under way.
const LATEST_ABORT = 25;
// Milliseconds, fewer than a request waits for a connection.
const LOCKED = 1_500;
// So few are sent even by a slow machine.
const REQUESTS_PER_MINUTE = 4_000;

const minutesFor = (requests: number) => 1 + requests / REQUESTS_PER_MINUTE;

interface Abandoned {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** Requests of every kind: statements by themselves, transactions, pages, passwords. */
function abandonedRequests({ app, people }: World, random: Random): () => Abandoned {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const token = (fields: Record<string, string>): Abandoned => ({
    method: 'POST',
    path: '/o/token',
    headers: { ...form, ...basic(app) },
    body: String(new URLSearchParams(fields)),
  });
  return () => {
    const { username, password, cookies } = random.pick(people);
    return random.pick([
      token({ grant_type: 'client_credentials', scope: 'read' }),
      token({ grant_type: 'password', username, password, scope: 'read' }),
      // Of a token there is none of: refused, after it was looked for.
      token({ grant_type: 'refresh_token', refresh_token: 'unknown' }),
      { method: 'GET', path: '/applications', headers: { cookie: cookies } },
      { method: 'GET', path: '/o/authorized_tokens', headers: { cookie: cookies } },
      { method: 'GET', path: `/o/authorize?response_type=code&client_id=${app.clientId}`, headers: {} },
    ] satisfies Abandoned[]);
  };
}

function abortAction(node: ServerNode, world: World, random: Random): Action['run'] {
  const choose = abandonedRequests(world, random);
  return () =>
    new Promise<void>((resolve) => {
      const { body, ...options } = choose();
      const host = new URL(node.issuer).host;
      const headers = { ...options.headers, host };
      const sent = request({ host: '127.0.0.1', port: node.port, ...options, headers, agent: false });
      sent.on('error', () => {}).on('response', (response) => response.resume());
      sent.on('close', resolve);
      sent.end(body);
      setTimeout(() => sent.destroy(), random.below(LATEST_ABORT));
    });
}

/**
 * How many connections of the pool can be used at once: while a table is locked, whoever has one waits with it. One that
 * was taken and never given back does not show otherwise, since PostgreSQL sees it idle as it sees the others.
 */
async function measureUse(rig: Rig, postgres: Postgres, ask: Action['run'], random: Random) {
  const session = await postgres.connect();
  await session.query('BEGIN');
  await session.query('LOCK TABLE throttles IN ACCESS EXCLUSIVE MODE');
  const actions = [{ name: 'password', weight: 1, run: ask }];
  const load = startLoad({ actions, random, connections: 2 * POOL_SIZE, signal: rig.signal });
  await pause(LOCKED);
  const used = await countWaiting(postgres);
  await session.query('COMMIT');
  await session.end();
  await pause(LOCKED);
  return { used, ...summarize(await load.stop()) };
}

/** Sessions of the node that wait for a lock. */
async function countWaiting(postgres: Postgres): Promise<number> {
  const [row] = await postgres.query<{ count: number }>(
    `SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'latchkey' AND wait_event_type = 'Lock'`,
  );
  return row!.count;
}

async function countConnections(postgres: Postgres): Promise<Record<string, number>> {
  const rows = await postgres.query<{ state: string; count: number }>(
    `SELECT coalesce(state, 'none') AS state, count(*)::int AS count FROM pg_stat_activity
      WHERE application_name = 'latchkey' GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

const describe = (states: Record<string, number>) =>
  Object.entries(states)
    .map(([state, count]) => `${state}: ${count}`)
    .join(', ') || 'none';

/** Ends one connection of the node now and then, in whatever it is doing. @returns how to stop, and how many it ended */
function breakConnections(rig: Rig, postgres: Postgres) {
  let broken = 0;
  let isOver = false;
  const run = async () => {
    const session = await postgres.connect();
    while (!isOver && !rig.signal.aborted) {
      const { rowCount } = await session.query(
        `SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity
          WHERE application_name = 'latchkey' ORDER BY state <> 'active', random() LIMIT 1) one`,
      );
      broken += rowCount ?? 0;
      await pause(BREAK_EVERY);
    }
    await session.end();
  };
  const running = run();
  return {
    async stop() {
      isOver = true;
      await running;
      return broken;
    },
  };
}

export const experiment: Experiment = {
  name: 'pool-leak',
  title:
    'Clients that go away and connections that break leave no connection taken and no transaction open (R-12)',
  limit: ({ rounds = REQUESTS }) => 2 + minutesFor(rounds),

  async run(rig): Promise<Figure[]> {
    const postgres = await rig.startPostgres();
    const environment = { DATABASE_POOL_SIZE: String(POOL_SIZE) };
    const node = await rig.startNode({ name: 'a', databaseUrl: postgres.url(), environment });
    const world = await makeWorld(rig, node, postgres.url());
    await world.database.close();
    const random = createRandom(rig.options.seed);
    const http = openNodeClient(node);
    const usual = await makeActions(http, world, random);
    // Each counts its attempt by statements of its own; most of what else is asked at once goes to the database together.
    const logIn = () => {
      const { username, password } = random.pick(world.people);
      return askByPassword(http, world.app, username, password);
    };
    const before = await measureUse(rig, postgres, logIn, random);

    // One in five of the requests, whatever the weights of the others add up to.
    const weight = usual.reduce((sum, each) => sum + each.weight, 0) / 4;
    const actions = [...usual, { name: 'aborted', weight, run: abortAction(node, world, random) }];
    const load = startLoad({ actions, random, connections: CONNECTIONS, signal: rig.signal });
    const breaking = breakConnections(rig, postgres);
    const wanted = rig.options.rounds ?? REQUESTS;
    await waitUntil('enough requests were sent', () => load.samples.length >= wanted, {
      patience: minutesFor(wanted) * 60_000,
      every: 100,
    });
    const broken = await breaking.stop();
    const samples = await load.stop();
    await pause(1_000);
    const after = await countConnections(postgres);

    const waiting = await countWaiting(postgres);
    // All connections of the pool at once, several times: one that was taken and never given back would be missed here.
    const again = await measureUse(rig, postgres, logIn, random);
    http.close();
    const aborted = samples.filter(({ action }) => action === 'aborted').length;
    return [
      { what: 'requests', value: samples.length },
      { what: 'of these aborted by the client', value: aborted },
      { what: 'connections broken', value: broken },
      { what: 'not answered by 200', value: describeOutcomes(summarize(samples)) },
      { what: 'connections that can be used at once, before', value: before.used, bar: { is: POOL_SIZE } },
      { what: 'connections right after, by state', value: describe(after) },
      { what: 'waiting for a lock right after', value: waiting, bar: { is: 0 } },
      { what: 'connections that can be used at once, after', value: again.used, bar: { is: before.used } },
      {
        what: 'idle in transaction after',
        value: (after['idle in transaction'] ?? 0) + (after['idle in transaction (aborted)'] ?? 0),
        bar: { is: 0 },
      },
      { what: 'still active after', value: after.active ?? 0, bar: { is: 0 } },
      { what: 'failed under load after', value: again.count - again.ok, bar: { is: 0 } },
      { what: 'ends of the server', value: node.deaths.length, bar: { is: 0 } },
    ];
  },
};
