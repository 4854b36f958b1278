/** A program of somebody else, such as a client's website, that runs while a test lasts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** A port that was free a moment ago: the redirect URI, which has it, is registered before the site is there. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, 'localhost');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

export interface RunningProgram {
  /** Waits until something answers at the address. @throws Error with all it has written when it ends before */
  untilAnswers(url: string): Promise<void>;
  /** Waits until it has written this. @throws Error as above */
  untilSays(pattern: RegExp): Promise<RegExpExecArray>;
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

  /** Asks again and again until there is an answer. */
  async function until<Answer>(ask: () => Promise<Answer | null>): Promise<Answer> {
    const deadline = Date.now() + 55_000;
    while (Date.now() < deadline) {
      const wasOver = hasEnded;
      const answer = await ask();
      if (answer) return answer;
      if (wasOver) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${command} ${hasEnded ? 'ended' : 'did not answer in time'}:\n${output}`);
  }

  return {
    untilSays: (pattern) => until(async () => pattern.exec(output)),
    async untilAnswers(url) {
      await until(() =>
        fetch(url, { redirect: 'manual' }).then(
          async (answer) => {
            await answer.body?.cancel();
            return true;
          },
          () => null,
        ),
      );
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
