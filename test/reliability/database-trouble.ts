/** What the experiments with a troubled database begin with: a node that reaches PostgreSQL through a proxy. */
import type { HttpClient } from '../../bench/load/http-client.js';
import { type DatabaseProxy, startDatabaseProxy } from './database-proxy.js';
import type { Rig } from './experiment.js';
import {
  codeFlowAction,
  introspectAction,
  loginAction,
  makeSignIns,
  profileAction,
  refreshAction,
} from './rig/everyday-actions.js';
import { type Action, type Sample, summarize } from './rig/load.js';
import { openNodeClient } from './rig/node-client.js';
import type { Postgres } from './rig/postgres.js';
import { createRandom, type Random } from './rig/random.js';
import type { ServerNode } from './rig/server-node.js';
import { makeWorld, type World } from './rig/world.js';

export interface Trouble {
  postgres: Postgres;
  proxy: DatabaseProxy;
  node: ServerNode;
  world: World;
  http: HttpClient;
  random: Random;
  /** All of them read or write: sign-ins, refreshes, introspection, /profile, passwords. */
  actions: Action[];
}

const SIGN_INS = 20;

/** The sign-ins that are refreshed are others than those that are asked about: a refresh ends its access token. */
export async function makeActions(http: HttpClient, world: World, random: Random): Promise<Action[]> {
  const given = { http, world, random };
  const askedAbout = { ...given, signIns: await makeSignIns(http, world, SIGN_INS) };
  const refreshed = { ...given, signIns: await makeSignIns(http, world, 6 * SIGN_INS) };
  return [
    { name: 'introspect', weight: 25, run: introspectAction(askedAbout) },
    { name: 'profile', weight: 25, run: profileAction(askedAbout) },
    { name: 'refresh', weight: 15, run: refreshAction(refreshed) },
    { name: 'code flow', weight: 20, run: codeFlowAction(refreshed) },
    { name: 'password', weight: 10, run: loginAction(refreshed) },
  ];
}

export async function startTrouble(rig: Rig, environment: Record<string, string> = {}): Promise<Trouble> {
  const postgres = await rig.startPostgres();
  const proxy = await startDatabaseProxy(postgres.url());
  rig.atEnd(() => proxy.stop());
  const node = await rig.startNode({ name: 'a', databaseUrl: proxy.url, environment });
  const world = await makeWorld(rig, node, postgres.url());
  const http = openNodeClient(node);
  rig.atEnd(() => http.close());
  const random = createRandom(rig.options.seed);
  return { postgres, proxy, node, world, http, random, actions: await makeActions(http, world, random) };
}

/** Those that were begun in this stretch of performance.now(). */
export const begunBetween = (samples: Sample[], from: number, to: number): Sample[] =>
  samples.filter(({ at }) => at >= from && at < to);

/** What no trouble excuses: neither an answer nor 503 with Retry-After. */
export const unexcused = (samples: Sample[]): Sample[] =>
  samples.filter(({ outcome }) => !['ok', '503'].includes(outcome));

/** Seconds from `since` until the first request that was begun after it and succeeded. */
export function secondsToFirst(samples: Sample[], since: number): number {
  const ends = samples.filter(({ at, outcome }) => at >= since && outcome === 'ok');
  const first = Math.min(...ends.map(({ at, milliseconds }) => at + milliseconds));
  return (first - since) / 1_000;
}

/** Seconds from `since` until the end of the last request that failed. */
export function secondsToLastFailure(samples: Sample[], since: number): number {
  const failed = samples.filter(({ at, outcome }) => at >= since && outcome !== 'ok');
  if (failed.length === 0) return 0;
  return (Math.max(...failed.map(({ at, milliseconds }) => at + milliseconds)) - since) / 1_000;
}

export const longestSeconds = (samples: Sample[]): number => summarize(samples).longest / 1_000;
