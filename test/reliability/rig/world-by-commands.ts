/**
 * People and an application for a load, made by the commands of a version: the functions of this one may write columns
 * that the tables of another do not have.
 */
import { latchkey } from './command.js';
import type { EverydayWorld } from './everyday-actions.js';
import { REDIRECT_URI } from './requests.js';
import type { ServerNode } from './server-node.js';
import { cookiesOf, signInBrowser } from './world.js';

const PASSWORD = 'correct horse battery staple';

interface Deps {
  /** The compiled main.ts of that version. */
  main: string;
  databaseUrl: string;
  /** At which the people sign in, by turns. */
  nodes: ServerNode[];
}

/** @param count people */
export async function makeWorldByCommands(
  { main, databaseUrl, nodes }: Deps,
  count: number,
): Promise<EverydayWorld> {
  const run = (args: string[], input?: string) => latchkey(main, databaseUrl, args, input);
  const people: EverydayWorld['people'] = [];
  for (let i = 1; i <= count; i++) {
    const username = `person-${i}`;
    const whose = ['--username', username, '--email', `${username}@example.com`, '--password-stdin'];
    await run(['user', 'create', ...whose], PASSWORD);
    const node = nodes[i % nodes.length]!;
    const browser = await signInBrowser(node, username, PASSWORD);
    people.push({ username, password: PASSWORD, cookies: await cookiesOf(browser, node.issuer) });
  }
  const printed = await run([
    ...['app', 'create', '--json', '--name', 'Upgrade', '--owner', 'person-1', '--type', 'confidential'],
    ...['--grant', 'authorization-code', 'refresh-token', 'password', '--redirect-uri', REDIRECT_URI],
    ...['--skip-consent', '--access-token-lifetime', '86400'],
  ]);
  const { client_id: clientId, client_secret: secret } = JSON.parse(printed) as Record<string, string>;
  return { app: { clientId: clientId!, secret: secret! }, people };
}
