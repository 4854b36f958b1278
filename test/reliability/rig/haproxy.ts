/** HAProxy before several nodes, as docs/behind-a-proxy.md has it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rig } from '../experiment.js';
import { type ReverseProxy, readDocument, untilServes } from './proxy.js';
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
  const proxy = spawn(PROGRAM ?? 'haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  proxy.stderr.setEncoding('utf8').on('data', (text: string) => rig.log(text.trim()));
  rig.atEnd(() => void proxy.kill());
  await untilServes('HAProxy', port);
}

export const haproxy: ReverseProxy = {
  obstacle: PROGRAM ? undefined : 'HAProxy is not installed (apt-get install haproxy)',
  start,
  // Two checks, and some.
  backInService: 2_000,
};
