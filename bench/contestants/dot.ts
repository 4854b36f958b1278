/** Django OAuth Toolkit under gunicorn, on the same PostgreSQL in a database of its own. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../../src/project-folder.js';
import { newBrowser } from '../../test/support/browser.js';
import { type Client, OPERATIONS, type Target } from '../target.js';
import { type Arena, type Contestant, REDIRECT_URI } from './contestant.js';
import { handOutTokens } from './hand-out-tokens.js';
import { findFreePort, startServerProcess } from './server-process.js';

const run = promisify(execFile);

const PROJECT = join(projectFolder('bench'), 'contestants');
const PASSWORD = 'correct horse battery staple';
const DATABASE = 'dot';

export const HOW_TO_INSTALL = 'pip install django-oauth-toolkit gunicorn psycopg2-binary';

/** Whether this Python has all that is needed. */
export async function isInstalled(python: string): Promise<boolean> {
  return run(python, ['-c', 'import oauth2_provider, gunicorn, psycopg2']).then(
    () => true,
    () => false,
  );
}

interface Seeded {
  applications: Record<'authorization-code' | 'client-credentials' | 'password', Client>;
  versions: string;
}

async function seed({ options }: Arena, environment: Record<string, string>): Promise<Seeded> {
  const { connections, tokens, expired } = options;
  const wanted = { people: connections, password: PASSWORD, redirect_uri: REDIRECT_URI, tokens, expired };
  const program = join(PROJECT, 'dot_project.py');
  const { stdout } = await run(options.python, [program, 'seed', JSON.stringify(wanted)], {
    env: { ...process.env, ...environment },
  });
  return JSON.parse(stdout) as Seeded;
}

async function makeTarget({ options }: Arena, origin: string, { applications }: Seeded): Promise<Target> {
  const target: Target = {
    name: 'dot',
    origin,
    paths: {
      authorize: '/o/authorize/',
      token: '/o/token/',
      introspect: '/o/introspect/',
      profile: '/profile',
    },
    clients: {
      code: applications['authorization-code'],
      clientCredentials: applications['client-credentials'],
      password: applications.password,
    },
    scope: options.scope,
    people: [],
    accessTokens: [],
    operations: OPERATIONS,
  };
  for (let i = 1; i <= options.connections; i++) {
    const username = `person-${i}`;
    const browser = newBrowser(origin);
    await browser.submit(await browser.open('/accounts/login/'), { username, password: PASSWORD });
    const cookies = await browser.jar.getCookieString(`${origin}/o/authorize/`);
    target.people.push({ username, password: PASSWORD, cookies, refreshToken: '' });
  }
  await handOutTokens(target);
  return target;
}

export async function startDot(arena: Arena): Promise<Contestant> {
  const { postgres, options } = arena;
  await postgres.run('postgres', `CREATE DATABASE ${DATABASE}`);
  const environment = {
    BENCH_DATABASE_URL: postgres.urlOf(DATABASE),
    BENCH_SECRET_KEY: randomBytes(32).toString('hex'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const seeded = await seed(arena, environment);
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  // One worker, as our server is one process. Of gunicorn's workers only those with threads keep connections alive.
  const worker = ['--workers', '1', '--worker-class', 'gthread', '--threads', String(options.connections)];
  const server = await startServerProcess(arena, {
    name: 'dot',
    command: options.python,
    args: [
      '-m',
      'gunicorn',
      '--chdir',
      PROJECT,
      '--bind',
      `127.0.0.1:${port}`,
      '--keep-alive',
      '75',
      ...worker,
      'dot_project',
    ],
    environment,
    readyUrl: `${origin}/ready`,
  });
  try {
    const target = await makeTarget(arena, origin, seeded);
    const description = `${seeded.versions}, gunicorn, 1 worker of ${options.connections} threads, the same PostgreSQL`;
    return { target, description, pid: server.pid, database: DATABASE, stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
