import { readdirSync, readFileSync } from 'node:fs';

/** Bytes of a process that are in memory. */
export function readResident(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Open files and sockets of a process. */
export const countHandles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
