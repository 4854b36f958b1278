/** Runs the Django sites of examples/, each by the command of its README. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { projectFolder } from '../../src/project-folder.js';
import type { TestApplication } from '../support/people.js';

export const EXAMPLES = projectFolder('examples');
const RUN = join(EXAMPLES, 'run_django.py');

/** `describe`, or its skip with the reason printed. @param requirements below examples/, installed here when they are not yet */
export function describeWithDjango(requirements: string) {
  const { status, stderr, error } = spawnSync('python3', [RUN, '--install', join(EXAMPLES, requirements)], {
    encoding: 'utf8',
  });
  if (status === 0) return describe;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1);
  process.stderr.write(`Skipping Django sites: examples/${requirements} cannot be installed (${reason}).\n`);
  return describe.skip;
}

/** A port that was free a moment ago: the redirect URI, which has it, is registered before the site is there. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, 'localhost');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
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
  const child = spawn('python3', [RUN, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      PORT: String(port),
      DATABASE: join(scratch, 'db.sqlite3'),
      PYTHONDONTWRITEBYTECODE: '1',
      ...environment,
    },
  });
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = `http://localhost:${port}`;
  const stop = async () => {
    child.kill();
    await ended;
    rmSync(scratch, { recursive: true });
  };
  // It says nothing when it listens.
  for (;;) {
    if (child.exitCode !== null) {
      await stop();
      throw new Error(`${folder} ended before it listened\n${complaints}`);
    }
    if (await fetch(url).catch(() => undefined)) return { url, stop };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What an example reads of an application. */
export function environmentOf(server: { url: string }, app: TestApplication): Record<string, string> {
  return { LATCHKEY_URL: server.url, CLIENT_ID: app.clientId, CLIENT_SECRET: app.secret };
}
