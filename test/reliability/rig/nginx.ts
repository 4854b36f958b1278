/** nginx before several nodes, as docs/behind-a-proxy.md has it. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rig } from '../experiment.js';
import { type ReverseProxy, readDocument, startProgram } from './proxy.js';
import type { ServerNode } from './server-node.js';

const PROGRAM = ['/usr/sbin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'].find((path) =>
  existsSync(path),
);

/** What an installation brings along around it, in a folder of its own. */
function configuration(folder: string, block: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, `nginx-${name}`)};`,
  );
  return `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${join(folder, 'nginx.pid')};
error_log stderr crit;
events {}
http {
access_log off;
${temporary.join('\n')}
${block}
}
`;
}

async function start(rig: Rig, port: number, [a, b]: ServerNode[]): Promise<void> {
  const block = readDocument('nginx', [
    ['listen 443 ssl', `listen 127.0.0.1:${port}`],
    ['    ssl_certificate     /etc/nginx/id.example.com.crt;\n', ''],
    ['    ssl_certificate_key /etc/nginx/id.example.com.key;\n', ''],
    ['10.0.0.11:8000', `127.0.0.1:${a?.port}`],
    ['10.0.0.12:8000', `127.0.0.1:${b?.port}`],
  ]);
  const file = join(rig.folder, 'nginx.conf');
  await writeFile(file, configuration(rig.folder, block));
  const args = ['-c', file, '-p', rig.folder, '-e', 'stderr'];
  await startProgram(rig, port, { name: 'nginx', command: PROGRAM ?? 'nginx', args });
}

export const nginx: ReverseProxy = {
  obstacle: PROGRAM ? undefined : 'nginx is not installed (apt-get install nginx)',
  start,
  // It asks a node again five seconds after a connection to it was refused.
  backInService: 6_000,
};
