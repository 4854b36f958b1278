/** Our server as `npm start` runs it, in a database of its own. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Database, openDatabase } from '../../src/database/database.js';
import { newBrowser } from '../../test/support/browser.js';
import { allow, createApp, createPerson, PASSWORD } from '../../test/support/people.js';
import { OPERATIONS, type Target } from '../target.js';
import { type Arena, type Contestant, REDIRECT_URI } from './contestant.js';
import { fillTables } from './fill-latchkey.js';
import { handOutTokens } from './hand-out-tokens.js';
import { findFreePort, nodeArguments, startServerProcess } from './server-process.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
// Seconds: no token of a run expires before its end, however long it is.
const DAY = 86_400;

async function seed(arena: Arena, database: Database, name: string, origin: string): Promise<Target> {
  const application = await createApp(
    { database },
    {
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
      redirectUris: [REDIRECT_URI],
      accessTokenLifetime: DAY,
    },
  );
  const client = { id: application.clientId, secret: application.secret, redirectUri: REDIRECT_URI };
  const target: Target = {
    name,
    origin,
    paths: { authorize: '/o/authorize', token: '/o/token', introspect: '/o/introspect', profile: '/profile' },
    clients: { code: client, clientCredentials: client, password: client },
    scope: arena.options.scope,
    people: [],
    accessTokens: [],
    operations: OPERATIONS,
  };
  for (let i = 1; i <= arena.options.connections; i++) {
    const username = `person-${i}`;
    await createPerson({ database }, username);
    const browser = newBrowser(origin);
    await browser.submit(await browser.open('/login'), { username, password: PASSWORD });
    await allow(browser, application, { scope: arena.options.scope });
    const cookies = await browser.jar.getCookieString(origin + target.paths.authorize);
    target.people.push({ username, password: PASSWORD, cookies, refreshToken: '' });
  }
  await handOutTokens(target);
  return target;
}

export const startLatchkey = (arena: Arena): Promise<Contestant> => startBuild(arena, 'latchkey', MAIN);

/** This build once more, with the tables of --beside-tokens and the processes of --beside-workers. */
export function startBeside({ options, ...arena }: Arena): Promise<Contestant> {
  const { besideTokens: tokens = options.tokens, besideWorkers: workers = options.workers } = options;
  return startBuild({ ...arena, options: { ...options, tokens, workers } }, 'beside', MAIN);
}

/** Another build of ours, made by `npx tsc` in the folder of --before. */
export const startBefore = (arena: Arena): Promise<Contestant> =>
  startBuild(arena, 'before', join(arena.options.before ?? '', 'dist/src/main.js'));

async function startBuild(arena: Arena, name: string, main: string): Promise<Contestant> {
  const { postgres, options, folder } = arena;
  // What the embedded PostgreSQL has made already is that of the first.
  if (name !== 'latchkey') await postgres.run('postgres', `CREATE DATABASE "${name}"`);
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  const server = await startServerProcess(arena, {
    name,
    command: process.execPath,
    args: [...nodeArguments(arena, name), main, 'serve'],
    environment: {
      HOST: '127.0.0.1',
      PORT: String(port),
      ISSUER: origin,
      DATABASE_URL: postgres.urlOf(name),
      DATA_DIR: folder,
      SECRET_KEY: randomBytes(32).toString('hex'),
      LOG_LEVEL: options.logLevel,
      WEB_CONCURRENCY: String(options.workers),
      // As the script `start` of package.json does.
      MALLOC_MMAP_THRESHOLD_: '1048576',
    },
    readyUrl: `${origin}/readyz`,
  });
  const database = openDatabase(postgres.urlOf(name), { poolSize: 2, preparedStatements: true });
  try {
    const target = await seed(arena, database, name, origin);
    await fillTables(postgres, name, target.clients.code.id, options);
    const description = `${main}, ${options.tokens} sign-ins beforehand, WEB_CONCURRENCY=${options.workers}, LOG_LEVEL=${options.logLevel}, PostgreSQL ${postgres.version}, fsync on`;
    return { target, description, pid: server.pid, database: name, stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    await database.close();
  }
}
