/** What stands before several nodes, set up by the very file that the documentation shows. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { projectFolder } from '../../../src/project-folder.js';
import type { Rig } from '../experiment.js';
import { waitUntil } from './pause.js';
import type { ServerNode } from './server-node.js';

export interface ReverseProxy {
  /** Why it cannot be started here. */
  obstacle: string | undefined;
  start(rig: Rig, port: number, nodes: ServerNode[]): Promise<void>;
  /** Milliseconds in which it sees that a node is back. */
  backInService: number;
}

/** What nodes behind it are told in their environment. */
export const BEHIND_PROXY = { TRUSTED_PROXIES: '127.0.0.1', LOG_LEVEL: 'warn' };

/**
 * The configuration of the document, with this machine's addresses.
 * @throws Error when it no longer has its lines
 */
export function readDocument(language: string, replacements: [from: string, to: string][]): string {
  const text = readFileSync(projectFolder('docs/behind-a-proxy.md'), 'utf8');
  let block = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? '';
  for (const [from, to] of replacements) {
    if (!block.includes(from)) throw new Error(`docs/behind-a-proxy.md has no "${from}" any more.`);
    block = block.replace(from, to);
  }
  return block;
}

interface Program {
  name: string;
  command: string;
  args: string[];
}

/** Runs it until the experiment is over. @returns once a node answers through it */
export async function startProgram(rig: Rig, port: number, { name, command, args }: Program): Promise<void> {
  const proxy = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  proxy.stderr.setEncoding('utf8').on('data', (text: string) => rig.log(text.trim()));
  rig.atEnd(() => void proxy.kill());
  await waitUntil(`${name} serves`, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return answer?.status === 200;
  });
}
