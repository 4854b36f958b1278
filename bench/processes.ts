/** What the kernel knows of processes: the CPU they have used, the memory they hold, the cores they may run on. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

interface ProcessStat {
  pid: number;
  parent: number;
  /** Ticks, user and system, of the process and of its children that have ended and were waited for. */
  ticks: number;
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

function readStat(pid: number): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name comes in parentheses and may hold spaces: what follows the last one is regular (proc_pid_stat(5)).
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
    return { pid, parent: fields[1] ?? 0, ticks: utime + stime + cutime + cstime };
  } catch {
    return undefined;
  }
}

/** The process and all that descend from it. */
function readTree(root: number): ProcessStat[] {
  const pids = readdirSync('/proc').map(Number).filter(Boolean);
  const all = pids.map(readStat).filter((stat) => stat !== undefined);
  const tree = all.filter(({ pid }) => pid === root);
  // Grows while it is walked.
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
}

/** CPU seconds used so far by the process, its descendants, and those of them that have ended. */
export function readCpuSeconds(root: number): number {
  return readTree(root).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND;
}

/** Proportional set size in bytes of the process and its descendants: pages shared with others are counted in parts. */
export function readMemory(root: number): number {
  const kilobytes = readTree(root).map(({ pid }) => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  });
  return kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
}

/** The load generator has the last core to itself, the servers have the others. */
export interface Cores {
  load: string;
  servers: string;
}

/** Undefined where there is one core only, or no taskset. */
export function findCores(servers?: string): Cores | undefined {
  const last = availableParallelism() - 1;
  const isInstalled = ['/usr/bin/taskset', '/bin/taskset'].some((path) => existsSync(path));
  return last > 0 && isInstalled
    ? { load: String(last), servers: servers ?? (last === 1 ? '0' : `0-${last - 1}`) }
    : undefined;
}

/** Pins the process, its threads, and what it starts from now on. */
export function pin(root: number, cores: string): void {
  for (const { pid } of readTree(root))
    execFileSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' });
}
