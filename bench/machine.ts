import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { projectFolder } from '../src/project-folder.js';

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, {
      cwd: projectFolder('.'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

/** What a reader needs to compare one run with another. */
export function describeMachine() {
  const changed = git('status', '--porcelain', '--', 'src', 'migrations') ? ' with changes' : '';
  return {
    commit: (git('rev-parse', '--short', 'HEAD') || 'unknown') + changed,
    at: new Date().toISOString(),
    node: process.version,
    machine: `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`,
  };
}
