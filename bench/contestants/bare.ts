/** The engine alone, as it comes, in memory: the limit of what a server built on it could reach. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { newBrowser } from '../../test/support/browser.js';
import { OPERATIONS, type Target } from '../target.js';
import { type Arena, type Contestant, REDIRECT_URI } from './contestant.js';
import { handOutTokens } from './hand-out-tokens.js';
import { findFreePort, nodeArguments, startServerProcess } from './server-process.js';

const PROGRAM = fileURLToPath(new URL('../bare-engine.js', import.meta.url));

export async function startBare(arena: Arena): Promise<Contestant> {
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  const client = { id: 'bench', secret: randomBytes(32).toString('hex'), redirectUri: REDIRECT_URI };
  const server = await startServerProcess(arena, {
    name: 'bare',
    command: process.execPath,
    args: [...nodeArguments(arena, 'bare'), PROGRAM, origin, JSON.stringify(client), arena.options.scope],
    readyUrl: `${origin}/jwks`,
  });
  const target: Target = {
    name: 'bare',
    origin,
    paths: { authorize: '/auth', token: '/token', introspect: '/token/introspection', profile: '/profile' },
    clients: { code: client, clientCredentials: client, password: client },
    scope: arena.options.scope,
    people: [],
    accessTokens: [],
    // The engine has no passwords.
    operations: OPERATIONS.filter((name) => name !== 'password'),
  };
  for (let i = 1; i <= arena.options.connections; i++) {
    const username = `person-${i}`;
    const browser = newBrowser(origin);
    await browser.open(`/sign-in/${username}`);
    const cookies = await browser.jar.getCookieString(`${origin}/auth`);
    target.people.push({ username, password: '', cookies, refreshToken: '' });
  }
  await handOutTokens(target);
  return {
    target,
    description: 'oidc-provider, tokens in a Map, nothing kept',
    pid: server.pid,
    stop: server.stop,
  };
}
