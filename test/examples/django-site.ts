/** Runs the Django sites of examples/, each by the command of its README. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import type { TestApplication } from '../support/people.js';
import { start } from '../support/program.js';
import { exampleFolder } from './installed.js';

const RUN = exampleFolder('run_django.py');

/** @returns why its packages, which are installed here when they are not yet, cannot be used */
function findProblem(example: string): string | undefined {
  const [requirements = ''] = [example, join(example, '..')]
    .map((folder) => join(exampleFolder(folder), 'requirements.txt'))
    .filter((path) => existsSync(path));
  const installed = spawnSync('python3', [RUN, '--install', requirements], { encoding: 'utf8' });
  if (installed.error) return installed.error.message;
  if (installed.status !== 0) return installed.stderr.trim().split('\n').at(-1);
  // Old releases of Django install on a newer Python than they run on.
  const tried = spawnSync(installed.stdout.trim(), ['-c', 'import django.http, django.urls'], {
    encoding: 'utf8',
  });
  return tried.status === 0 ? undefined : tried.stderr.trim().split('\n').at(-1);
}

/** `describe`, or its skip with the reason printed. */
export function describeWithDjango(example: string): typeof describe | typeof describe.skip {
  const problem = findProblem(example);
  if (problem === undefined) return describe;
  process.stderr.write(`Skipping examples/${example}: ${problem}\n`);
  return describe.skip;
}

export interface DjangoSite {
  url: string;
  stop(): Promise<void>;
}

/**
 * @param folder of the example, or of files like it
 * @param environment LATCHKEY_URL and the like; the database is a new one
 */
export async function startDjango(
  folder: string,
  port: number,
  environment: Record<string, string> = {},
): Promise<DjangoSite> {
  const scratch = mkdtempSync(join(tmpdir(), 'latchkey-django-'));
  const { XDG_CACHE_HOME } = process.env;
  const program = start('python3', [RUN, folder], {
    cwd: scratch,
    env: {
      PORT: String(port),
      DATABASE: join(scratch, 'db.sqlite3'),
      PYTHONDONTWRITEBYTECODE: '1',
      ...(XDG_CACHE_HOME && { XDG_CACHE_HOME }),
      ...environment,
    },
  });
  const url = `http://localhost:${port}`;
  const stop = async () => {
    await program.stop();
    rmSync(scratch, { recursive: true });
  };
  try {
    await program.untilAnswers(url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** What an example reads of an application. */
export function environmentOf(server: { url: string }, app: TestApplication): Record<string, string> {
  return { LATCHKEY_URL: server.url, CLIENT_ID: app.clientId, CLIENT_SECRET: app.secret };
}
