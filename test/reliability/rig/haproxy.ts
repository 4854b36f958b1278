/** HAProxy before several nodes, as docs/behind-a-proxy.md has it. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../../../src/project-folder.js';
import type { Rig } from '../experiment.js';
import { waitUntil } from './pause.js';
import type { ServerNode } from './server-node.js';

/** Milliseconds in which HAProxy sees that a node is back: two checks, and some. */
export const BACK_IN_SERVICE = 2_000;

const PROGRAM = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy', '/opt/homebrew/bin/haproxy'].find((path) =>
  existsSync(path),
);

export async function findHaproxyObstacle(): Promise<string | undefined> {
  return PROGRAM ? undefined : 'HAProxy is not installed (apt-get install haproxy)';
}

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

/** What nodes behind it are told in their environment. */
export const BEHIND_HAPROXY = { TRUSTED_PROXIES: '127.0.0.1', LOG_LEVEL: 'warn' };

export async function startHaproxy(rig: Rig, port: number, nodes: ServerNode[]): Promise<void> {
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
