import { readdirSync, readFileSync } from 'node:fs';

/** The parent of a process and its state, by the kernel; undefined when it is gone. */
function readStat(pid: number): { parent: number; state: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name comes in parentheses and may hold spaces: what follows the last one is regular (proc_pid_stat(5)).
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(parent), state };
  } catch {
    return undefined;
  }
}

/** A zombie, which nobody has waited for yet, is dead. */
export function isAlive(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.state !== 'Z';
}

/** The process and all that descend from it. */
export function findDescendants(root: number): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Boolean);
  const parents = new Map(pids.map((pid) => [pid, readStat(pid)?.parent]));
  const found = [root];
  // Grows while it is walked.
  for (const each of found) found.push(...pids.filter((pid) => parents.get(pid) === each));
  return found;
}
