import { spawn } from 'node:child_process';

/**
 * Runs a program to its end and resolves with its exit code. What stops this process stops the program as well: a
 * terminal signals both, a supervisor only this one.
 */
export function runCommand(command, args, { cwd, stdio }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio });
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}
