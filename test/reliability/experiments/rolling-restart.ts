/**
 * Two nodes behind HAProxy, as docs/behind-a-proxy.md has it, are restarted one after the other, again and again,
 * while people sign in and clients ask: nobody notices.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from '../../../bench/contestants/server-process.js';
import { projectFolder } from '../../../src/project-folder.js';
import type { Experiment, Figure, Rig } from '../experiment.js';
import {
  codeFlowAction,
  introspectAction,
  makeSignIns,
  profileAction,
  refreshAction,
} from '../rig/everyday-actions.js';
import { describeOutcomes, startLoad, summarize } from '../rig/load.js';
import { openNodeClient } from '../rig/node-client.js';
import { pause, waitUntil } from '../rig/pause.js';
import { createRandom } from '../rig/random.js';
import type { ServerNode } from '../rig/server-node.js';
import { makeWorld } from '../rig/world.js';

const ROUNDS = 10;
const RATE = 100;
// Milliseconds in which HAProxy sees that a node is back: two checks, and some.
const BACK_IN_SERVICE = 2_000;

const PROGRAM = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].find(existsSync);

/** The configuration of the document, with this machine's addresses. @throws Error when it no longer has its lines */
function readConfiguration(port: number, [a, b]: ServerNode[]): string {
  const text = readFileSync(projectFolder('docs/behind-a-proxy.md'), 'utf8');
  const replacements: [string, string][] = [
    ['bind :443 ssl crt /etc/haproxy/id.example.com.pem', `bind 127.0.0.1:${port}`],
    ['10.0.0.11:8000', `127.0.0.1:${a?.port}`],
    ['10.0.0.12:8000', `127.0.0.1:${b?.port}`],
  ];
  let block = /```haproxy\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  for (const [from, to] of replacements) {
    if (!block.includes(from)) throw new Error(`docs/behind-a-proxy.md has no "${from}" any more.`);
    block = block.replace(from, to);
  }
  return block;
}

async function startProxy(rig: Rig, port: number, nodes: ServerNode[]): Promise<void> {
  const file = join(rig.folder, 'haproxy.cfg');
  await writeFile(file, readConfiguration(port, nodes));
  const proxy = spawn(PROGRAM ?? 'haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  proxy.stderr.setEncoding('utf8').on('data', (text: string) => rig.log(text.trim()));
  rig.atEnd(() => void proxy.kill());
  await waitUntil('HAProxy serves', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return answer?.status === 200;
  });
}

async function run(rig: Rig): Promise<Figure[]> {
  const { options, signal } = rig;
  const postgres = await rig.startPostgres();
  const port = await findFreePort();
  const issuer = `http://localhost:${port}`;
  const shared = {
    databaseUrl: postgres.url(),
    issuer,
    environment: { TRUSTED_PROXIES: '127.0.0.1', LOG_LEVEL: 'warn' },
  };
  const nodes = [
    await rig.startNode({ name: 'a', ...shared }),
    await rig.startNode({ name: 'b', ...shared }),
  ];
  await startProxy(rig, port, nodes);

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
      await pause(BACK_IN_SERVICE);
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

export const experiment: Experiment = {
  name: 'rolling-restart',
  title: 'restarting one node after the other behind a proxy fails no request (R-35)',
  findObstacle: async () => (PROGRAM ? undefined : 'HAProxy is not installed (apt-get install haproxy)'),
  run,
};
