/**
 * Two nodes behind a proxy, as docs/behind-a-proxy.md has it, are restarted one after the other, again and again,
 * while people sign in and clients ask: nobody notices. Once by HAProxy and once by nginx.
 */
import { findFreePort } from '../../../bench/contestants/server-process.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import {
  codeFlowAction,
  introspectAction,
  makeSignIns,
  profileAction,
  refreshAction,
} from '../rig/everyday-actions.js';
import { haproxy } from '../rig/haproxy.js';
import { describeOutcomes, startLoad, summarize } from '../rig/load.js';
import { nginx } from '../rig/nginx.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause } from '../rig/pause.js';
import { BEHIND_PROXY, type ReverseProxy } from '../rig/proxy.js';
import { createRandom } from '../rig/random.js';
import { makeWorld } from '../rig/world.js';

const ROUNDS = 10;
const RATE = 100;

async function restartBehind(proxy: ReverseProxy, rig: Rig): Promise<Figure[]> {
  const { options, signal } = rig;
  const postgres = await rig.startPostgres();
  const port = await findFreePort();
  const issuer = `http://localhost:${port}`;
  const shared = {
    databaseUrl: postgres.url(),
    issuer,
    environment: BEHIND_PROXY,
  };
  const nodes = [
    await rig.startNode({ name: 'a', ...shared }),
    await rig.startNode({ name: 'b', ...shared }),
  ];
  await proxy.start(rig, port, nodes);

  const world = await makeWorld(rig, nodes[0]!, postgres.url());
  const http = openNodeClient({ issuer, port });
  rig.atEnd(() => http.close());
  const random = createRandom(options.seed);
  const everyday = { http, world, random, signIns: await makeSignIns(http, world, 100) };
  const load = startLoad({
    actions: [
      { name: 'introspect', weight: 35, run: introspectAction(everyday) },
      { name: 'profile', weight: 35, run: profileAction(everyday) },
      { name: 'refresh', weight: 20, run: refreshAction(everyday) },
      { name: 'code flow', weight: 10, run: codeFlowAction(everyday) },
    ],
    random,
    rate: RATE,
    signal,
  });
  await pause(3_000);
  const before = summarize([...load.samples]);
  const begun = performance.now();
  let restarts = 0;
  const codes: (number | null)[] = [];
  for (let round = 0; round < (options.rounds ?? ROUNDS); round++) {
    for (const node of nodes) {
      if (signal.aborted) break;
      codes.push((await node.stop()).code);
      node.start();
      await node.waitUntilReady();
      await pause(proxy.backInService);
      restarts++;
    }
  }
  const samples = (await load.stop()).filter(({ at }) => at >= begun);
  const during = summarize(samples);
  for (const { action, outcome, detail } of samples.filter((sample) => sample.outcome !== 'ok').slice(0, 10))
    rig.log(`${action}: ${outcome} ${detail ?? ''}`);
  return [
    { what: 'restarts of a node', value: restarts },
    { what: 'requests meanwhile', value: during.count },
    { what: 'failed requests', value: during.count - during.ok, bar: { is: 0 } },
    { what: 'of these kinds', value: describeOutcomes(during) },
    { what: 'p99 before', value: before.p99, unit: 'ms' },
    { what: 'p99 meanwhile', value: during.p99, unit: 'ms' },
    { what: 'exit codes other than 0', value: codes.filter((code) => code !== 0).length, bar: { is: 0 } },
  ];
}

export const behindHaproxy: Experiment = {
  name: 'rolling-restart',
  title: 'restarting one node after the other behind HAProxy fails no request (R-35)',
  findObstacle: async () => haproxy.obstacle,
  run: (rig) => restartBehind(haproxy, rig),
};

export const behindNginx: Experiment = {
  name: 'rolling-restart-nginx',
  title: 'restarting one node after the other behind nginx fails no request (R-35)',
  findObstacle: async () => nginx.obstacle,
  limit: ({ rounds = ROUNDS }) => 2 + rounds / 2,
  run: (rig) => restartBehind(nginx, rig),
};
