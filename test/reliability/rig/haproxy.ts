/** HAProxy before several nodes, as docs/behind-a-proxy.md has it. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rig } from '../experiment.js';
import { type ReverseProxy, readDocument, startProgram } from './proxy.js';
import type { ServerNode } from './server-node.js';

const PROGRAM = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy', '/opt/homebrew/bin/haproxy'].find((path) =>
  existsSync(path),
);

async function start(rig: Rig, port: number, [a, b]: ServerNode[]): Promise<void> {
  const file = join(rig.folder, 'haproxy.cfg');
  const configuration = readDocument('haproxy', [
    ['bind :443 ssl crt /etc/haproxy/id.example.com.pem', `bind 127.0.0.1:${port}`],
    ['10.0.0.11:8000', `127.0.0.1:${a?.port}`],
    ['10.0.0.12:8000', `127.0.0.1:${b?.port}`],
  ]);
  await writeFile(file, configuration);
  await startProgram(rig, port, {
    name: 'HAProxy',
    command: PROGRAM ?? 'haproxy',
    args: ['-db', '-f', file],
  });
}

export const haproxy: ReverseProxy = {
  obstacle: PROGRAM ? undefined : 'HAProxy is not installed (apt-get install haproxy)',
  start,
  // Two checks, and some.
  backInService: 2_000,
};
