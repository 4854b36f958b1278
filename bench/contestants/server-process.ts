import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Arena } from './contestant.js';

export interface ServerProcess {
  pid: number;
  stop(): Promise<void>;
}

// Milliseconds.
const START_PATIENCE = 60_000;
const STOP_PATIENCE = 15_000;
const POLL = 10;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isAnswering(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.ok ?? false;
}

interface Start {
  name: string;
  command: string;
  args: string[];
  environment?: Record<string, string>;
  /** Answers 200 once the server is ready. */
  readyUrl: string;
}

/** @throws Error with the end of its log when it does not become ready */
export async function startServerProcess({ folder }: Arena, start: Start): Promise<ServerProcess> {
  const { name, command, args, environment = {}, readyUrl } = start;
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'w');
  // In the run's own folder, where no .env is read; in a group of its own, so that Ctrl-C comes to it through us.
  const options: SpawnOptions = { cwd: folder, stdio: ['ignore', log, log], detached: true };
  const child = spawn(command, args, { ...options, env: { ...process.env, ...environment } });
  closeSync(log);
  const ended = once(child, 'exit');
  const isOver = () => child.exitCode !== null || child.signalCode !== null;

  const deadline = Date.now() + START_PATIENCE;
  while (!(await isAnswering(readyUrl))) {
    if (isOver() || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${name} does not start:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
    }
    await pause(POLL);
  }
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      await Promise.race([ended, pause(STOP_PATIENCE)]);
      if (!isOver()) child.kill('SIGKILL');
    },
  };
}

/** node with the arguments that --profile asks for. */
export function nodeArguments({ options: { profile } }: Arena, name: string): string[] {
  return profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${name}.cpuprofile`] : [];
}
