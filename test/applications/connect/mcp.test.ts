/** A server and a client of the Model Context Protocol, both pasted from the page. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ApplicationSettings } from '../../../src/applications/application.js';
import type { Browser } from '../../support/browser.js';
import { exchange, signInAt } from '../../support/oauth.js';
import { createApp, createPerson, getCode, signIn, type TestApplication } from '../../support/people.js';
import { newPkce } from '../../support/pkce.js';
import { findFreePort, type RunningProgram, start } from '../../support/program.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { describeWith, nodePackages } from './programs.js';
import { signInBy } from './sign-in.js';
import { type Folder, paste } from './site.js';
import { openStack, redirectUriOn } from './snippets.js';

const KINDS: [string, Partial<ApplicationSettings>][] = [
  ['by introspection', {}],
  // Short-lived, since nobody hears of one that is revoked.
  ['by their signature', { clientType: 'public', pkce: 'required', tokenFormat: 'jwt', idTokenAlg: 'ES256' }],
];

describeWith(nodePackages).each(KINDS)(
  'the snippets for MCP, with tokens that are checked %s',
  (_, settings) => {
    let server: TestServer;
    let developer: Browser;
    let app: TestApplication;
    let folder: Folder;
    let mcpServer: RunningProgram;
    let url: string;
    let redirectUri: string;

    beforeAll(async () => {
      server = await startTestServer();
      const { id } = await createPerson(server, 'ada');
      developer = await signIn(server, 'ada');
      app = await createApp(server, settings, id);
      const site = `http://localhost:${await findFreePort()}`;
      url = `${site}/mcp`;
      const page = await openStack(developer, { application: `/applications/${app.id}`, stack: 'mcp', site });
      redirectUri = redirectUriOn(page);
      folder = paste(page, { secret: app.secret, files: ['server.mjs', 'client.mjs'] }, nodePackages.path);
      mcpServer = start(process.execPath, ['server.mjs'], { cwd: folder.path });
      await mcpServer.untilAnswers(url);
    });
    afterAll(async () => {
      await mcpServer?.stop();
      folder?.remove();
      await server.stop();
    });

    test('the client signs somebody in, and its tool knows who it is', async () => {
      const client = start(process.execPath, ['client.mjs'], { cwd: folder.path });
      try {
        const [, address = ''] = await client.untilSays(/^Open (\S+)$/m);
        expect(new URL(address).searchParams.get('redirect_uri')).toBe(redirectUri);
        const { page } = await signInBy(server, address, 'ada');
        expect(page.text).toContain('Signed in');
        await client.untilSays(/^ada$/m);
      } finally {
        await client.stop();
      }
    });

    test('the server says where its tokens come from (RFC 9728), to whoever has none', async () => {
      const refused = await fetch(url, { method: 'POST' });
      const challenge = refused.headers.get('www-authenticate') ?? '';
      expect([refused.status, challenge]).toEqual([401, expect.stringContaining('resource_metadata="')]);
      const metadata = await (await fetch(/resource_metadata="([^"]+)"/.exec(challenge)![1]!)).json();
      expect(metadata).toMatchObject({
        resource: url,
        authorization_servers: [server.url],
        scopes_supported: ['read'],
      });
    });

    async function refuses(token: string): Promise<void> {
      const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
      expect([answer.status, await answer.json()]).toEqual([
        401,
        { error: 'invalid_token', error_description: 'The token is not good here.' },
      ]);
    }

    test('the server takes no token of another application, no ID token, and nothing else', async () => {
      const other = await createApp(server, { tokenFormat: app.tokenFormat, idTokenAlg: app.idTokenAlg });
      await refuses((await signInAt(server, developer, other, { scope: 'read' })).access_token);
      const { verifier, challenge } = newPkce();
      const code = await getCode(developer, app, { scope: 'openid', ...challenge });
      await refuses((await exchange(server, app, code, { code_verifier: verifier })).body.id_token);
      await refuses('nothing');
    });
  },
);
