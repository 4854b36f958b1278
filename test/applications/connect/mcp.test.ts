/** A server and a client of the Model Context Protocol, both pasted from the page. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from '../../support/browser.js';
import { basic, post, signInAt } from '../../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { findFreePort, type RunningProgram, start } from '../../support/program.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { describeWith, nodePackages } from './programs.js';
import { signInBy } from './sign-in.js';
import { type Folder, paste } from './site.js';
import { openStack, redirectUriOn } from './snippets.js';

describeWith(nodePackages)('the snippets for MCP', () => {
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
    app = await createApp(server, {}, id);
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

  test.each([
    ['of another application', async () => createApp(server, {})],
    ['that was revoked', async () => app],
  ])('the server takes no token %s', async (_, findApp) => {
    const issuedTo = await findApp();
    const { access_token: token } = await signInAt(server, developer, issuedTo, { scope: 'read' });
    if (issuedTo === app) await post(server, '/o/revoke_token', { token }, basic(app));
    const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { error: 'invalid_token', error_description: 'The token is not good here.' },
    ]);
  });
});
