/** A real Django OAuth Toolkit site, in the version that the environment of python/install.sh has. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe } from '@jest/globals';
import { projectFolder } from '../../src/project-folder.js';

export type Version = '1.7' | '3.4';

const FOLDER = join(projectFolder('test'), 'moving-in', 'python');
const ENVIRONMENTS = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'latchkey-python-dot');

/** Makes the environment when it is not there, which takes half a minute and a package index. */
function findPython(version: Version): string | undefined {
  const made = spawnSync(join(FOLDER, 'install.sh'), [version, ENVIRONMENTS], { encoding: 'utf8' });
  if (made.status === 0) return join(ENVIRONMENTS, `dot-${version}`, 'bin', 'python');
  const reason = made.stderr?.trim().split('\n').at(-1) ?? made.error?.message;
  process.stderr.write(
    `Skipping Django OAuth Toolkit ${version}: its packages cannot be installed (${reason}).\n`,
  );
  return undefined;
}

export interface DotSite {
  url: string;
  /** Runs Python within the site. @returns what it leaves in `answer` */
  run<Answer>(python: string): Promise<Answer>;
  stop(): Promise<void>;
}

/** @param settings for python/dot_site.py */
export async function startDotSite(version: Version, settings: Record<string, unknown>): Promise<DotSite> {
  const python = join(ENVIRONMENTS, `dot-${version}`, 'bin', 'python');
  const child: ChildProcess = spawn(python, [join(FOLDER, 'dot_site.py'), JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  let complaints = '';
  child.stderr?.on('data', (chunk) => {
    complaints += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  if (!child.stdout) throw new Error('no stdout');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function listen<Message>(): Promise<Message> {
    const { value, done } = await lines.next();
    if (!done) return JSON.parse(value) as Message;
    await ended;
    throw new Error(`the site ended without a word\n${complaints}`);
  }

  const { ready } = await listen<{ ready: string }>();
  return {
    url: ready,
    async run<Answer>(program: string) {
      child.stdin?.write(`${JSON.stringify(program)}\n`);
      return (await listen<{ answer: Answer }>()).answer;
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}

/** `describe`, or its skip with the reason printed. */
export const describeWithDot = (version: Version) => (findPython(version) ? describe : describe.skip);

/** A database of the URL as Django's settings have it. */
export function djangoPostgres(databaseUrl: string): Record<string, string> {
  const url = new URL(databaseUrl);
  return {
    ENGINE: 'django.db.backends.postgresql',
    NAME: url.pathname.slice(1),
    USER: decodeURIComponent(url.username),
    PASSWORD: decodeURIComponent(url.password),
    HOST: url.hostname,
    PORT: url.port,
  };
}

export const djangoSqlite = (path: string) => ({ ENGINE: 'django.db.backends.sqlite3', NAME: path });
