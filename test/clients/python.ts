/** Runs the clients of test/clients/python, in the environment that .ci/run makes or a developer has. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe } from '@jest/globals';
import { projectFolder } from '../../src/project-folder.js';

const FOLDER = join(projectFolder('test'), 'clients', 'python');
const VARIABLE = 'LATCHKEY_TEST_PYTHON';
const MODULES = ['authlib', 'joserfc', 'requests_oauthlib'];

function hasModules(python: string): boolean {
  const question = `import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ${JSON.stringify(MODULES)})))`;
  return spawnSync(python, ['-c', question]).status === 0;
}

function findPython(): string | undefined {
  const named = process.env[VARIABLE];
  if (named && !hasModules(named))
    throw new Error(`${VARIABLE} is ${named}, which lacks some of: ${MODULES.join(', ')}`);
  const cached = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'latchkey-python',
    'bin',
    'python',
  );
  return [named, existsSync(cached) ? cached : undefined, 'python3'].find(
    (python) => python && hasModules(python),
  );
}

const python = findPython();
if (!python) {
  process.stderr.write(
    'Skipping the Python clients: no python3 with the packages of test/clients/python/requirements.txt was found.\n',
  );
}

export const describeWithPython = python ? describe : describe.skip;

interface Message {
  visit?: string;
  ready?: string;
  result?: unknown;
}

interface PythonClient {
  /** The next thing the client says. */
  listen(): Promise<Message>;
  answer(line: string): void;
  stop(): Promise<void>;
}

function startPython(script: string, settings: Record<string, unknown>): PythonClient {
  const child: ChildProcess = spawn(python ?? 'python3', [join(FOLDER, script), JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // oauthlib insists on https unless told that this is a test.
    env: { ...process.env, OAUTHLIB_INSECURE_TRANSPORT: '1', PYTHONDONTWRITEBYTECODE: '1' },
  });
  let complaints = '';
  child.stderr?.on('data', (chunk) => {
    complaints += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  if (!child.stdout) throw new Error('no stdout');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async listen() {
      const { value, done } = await lines.next();
      if (!done) return JSON.parse(value) as Message;
      await ended;
      throw new Error(`${script} ended without a word\n${complaints}`);
    },
    answer(line) {
      child.stdin?.write(`${line}\n`);
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}

/** Runs a client to its end. @param signIn takes the person from the URL to the callback */
export async function runPython<Result>(
  script: string,
  settings: Record<string, unknown>,
  signIn?: (url: string) => Promise<string>,
): Promise<Result> {
  const client = startPython(script, settings);
  try {
    for (;;) {
      const { visit, result } = await client.listen();
      if (result) return result as Result;
      if (!visit || !signIn) throw new Error(`${script} said what was not expected`);
      client.answer(await signIn(visit));
    }
  } finally {
    await client.stop();
  }
}
