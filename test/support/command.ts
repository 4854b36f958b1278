/** The command line as people use it: a process of its own, with an environment and a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

const HERE = dirname(fileURLToPath(import.meta.url));
const MAIN = join(HERE, '..', '..', 'src', 'main.js');

export interface CommandOptions {
  environment?: Record<string, string>;
  /** For stdin. */
  input?: string;
  /** By default a folder without .env. */
  cwd?: string;
}

export interface RunningCommand {
  process: ChildProcess;
  /** Settles when it has ended. */
  ended: Promise<CommandResult>;
  /** What it has written so far. */
  written: CommandResult;
}

/** Starts `latchkey ...args` and lets it run. */
export function startCommand(
  args: string[],
  { environment = {}, input = '', cwd = HERE }: CommandOptions = {},
): RunningCommand {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { PATH, HOME, ...environment } });
  const written: CommandResult = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    written.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    written.stderr += text;
  });
  // A command that reads no stdin may be gone before it is written.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise<CommandResult>((resolve) => {
    child.on('close', (code) => resolve({ ...written, code }));
  });
  return { process: child, ended, written };
}

/** Runs `latchkey ...args` to its end. */
export function latchkey(args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  return startCommand(args, options).ended;
}
