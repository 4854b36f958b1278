/** A developer's site while a test lasts: the files of a Connect page in a folder, and the program that serves them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Page } from '../../support/browser.js';
import { snippetOn } from './snippets.js';

/** A port that was free a moment ago: the redirect URI, which has it, is registered before the site is there. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, 'localhost');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

export interface Paste {
  secret?: string;
  /** The names of snippets, and where in the folder they go when it is not there. */
  files: string[] | Record<string, string>;
  /** What is not on the page, such as the rest of a project. */
  rest?: Record<string, string>;
  /** Ports of other programs, which the page knows by their usual numbers. */
  instead?: Record<string, string>;
}

export interface Folder {
  path: string;
  remove(): void;
}

/** @param within where the folder is made, so that packages are found above it */
export function paste(
  page: Page,
  { secret, files, rest = {}, instead = {} }: Paste,
  within = tmpdir(),
): Folder {
  const path = mkdtempSync(join(within, 'latchkey-site-'));
  const places = Array.isArray(files) ? Object.fromEntries(files.map((file) => [file, file])) : files;
  const pasted = Object.entries(places).map(([file, place]): [string, string] => {
    let text = snippetOn(page, file);
    if (secret) text = text.replaceAll('CLIENT_SECRET', secret);
    for (const [usual, other] of Object.entries(instead)) text = text.replaceAll(usual, other);
    return [place, text];
  });
  for (const [place, text] of [...Object.entries(rest), ...pasted]) {
    mkdirSync(dirname(join(path, place)), { recursive: true });
    writeFileSync(join(path, place), text);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface RunningProgram {
  /** Waits until something answers at the address. @throws Error with all it has written when it ends before */
  untilAnswers(url: string): Promise<void>;
  written(): string;
  /** Ends it with everything it has started. */
  stop(): Promise<void>;
}

export function start(
  command: string,
  args: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): RunningProgram {
  const { PATH = '', HOME = '' } = process.env;
  const child: ChildProcess = spawn(command, args, {
    cwd,
    env: { PATH, HOME, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const note = (chunk: unknown) => {
    output += chunk;
  };
  child.stdout?.on('data', note);
  child.stderr?.on('data', note);
  child.once('error', note);
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve())).then(() => {
    hasEnded = true;
  });
  return {
    written: () => output,
    async untilAnswers(url) {
      const deadline = Date.now() + 55_000;
      while (!hasEnded && Date.now() < deadline) {
        const answers = await fetch(url, { redirect: 'manual' }).then(
          async (answer) => {
            await answer.body?.cancel();
            return true;
          },
          () => false,
        );
        if (answers) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`${command} ${hasEnded ? 'ended' : 'did not answer in time'}:\n${output}`);
    },
    async stop() {
      try {
        if (!hasEnded && child.pid) process.kill(-child.pid, 'SIGTERM');
      } catch {
        // It ended by itself meanwhile.
      }
      await ended;
    },
  };
}
