/** Proxies that let nobody past who has not signed in, each set up by the files of its Connect page. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from '../../support/browser.js';
import { createApp, createPerson, signIn } from '../../support/people.js';
import { findFreePort, type RunningProgram, start } from '../../support/program.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { apache, describeWith, nginx, oauth2Proxy } from './programs.js';
import { newVisitor, signInBy } from './sign-in.js';
import { type Folder, type Paste, paste } from './site.js';
import { openStack, redirectUriOn } from './snippets.js';

let server: TestServer;
let developer: Browser;
let ownerId: number;
let behind: Server;
let behindUrl: string;
const running: RunningProgram[] = [];
const folders: Folder[] = [];

beforeAll(async () => {
  server = await startTestServer();
  ownerId = (await createPerson(server, 'ada')).id;
  await createPerson(server, 'unconfirmed');
  await server.database.knex('accounts').where({ username: 'ada' }).update({ email_verified_at: new Date() });
  developer = await signIn(server, 'ada');
  // What is protected: it shows what it is told.
  behind = createServer((request, response) => response.end(JSON.stringify(request.headers))).listen(
    0,
    '127.0.0.1',
  );
  await new Promise((resolve) => behind.once('listening', resolve));
  behindUrl = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const program of running.splice(0).reverse()) await program.stop();
  for (const folder of folders.splice(0)) folder.remove();
});
afterAll(async () => {
  behind.closeAllConnections();
  await new Promise((resolve) => behind.close(resolve));
  await server.stop();
});

interface Pasted {
  site: string;
  page: Page;
  folder: Folder;
}

async function pasteStack(stack: string, port: number, what: Omit<Paste, 'secret'>): Promise<Pasted> {
  const site = `http://localhost:${port}`;
  const app = await createApp(server, {}, ownerId);
  const page = await openStack(developer, { application: `/applications/${app.id}`, stack, site });
  const folder = paste(page, { ...what, secret: app.secret });
  folders.push(folder);
  return { site, page, folder };
}

async function run(command: string, args: string[], cwd: string, url: string): Promise<void> {
  const program = start(command, args, { cwd });
  running.push(program);
  await program.untilAnswers(url);
}

const headersOn = (page: Page) => JSON.parse(page.text) as Record<string, string>;

/** Somebody who is signed in may send what they like: what is behind the proxy is told what it was told before. */
async function ignoresForged(browser: Browser, site: string, names: string[]): Promise<void> {
  const told = async (headers: Record<string, string>) => {
    const shown = headersOn(await browser.request(`${site}/`, { headers }));
    return names.map((name) => shown[name]);
  };
  const honest = await told({});
  expect(honest).not.toContain(undefined);
  expect(await told(Object.fromEntries(names.map((name) => [name, 'root@example.com'])))).toEqual(honest);
}

describeWith(oauth2Proxy)('oauth2-proxy', () => {
  const CONFIG = ['--config', 'oauth2-proxy.cfg'];

  test('signs somebody in, and tells what is behind it who it is', async () => {
    const { site, page, folder } = await pasteStack('oauth2-proxy', await findFreePort(), {
      files: ['oauth2-proxy.cfg'],
      instead: { 'http://127.0.0.1:9000': behindUrl },
    });
    await run(oauth2Proxy.path!, CONFIG, folder.path, `${site}/ping`);
    expect(redirectUriOn(page)).toBe(`${site}/oauth2/callback`);

    const { page: shown, browser } = await signInBy(server, `${site}/some/page?a=b&c=d`, 'ada');
    expect(shown.url).toBe(`${site}/some/page?a=b&c=d`);
    expect(headersOn(shown)).toMatchObject({
      'x-forwarded-email': 'ada@example.com',
      'x-forwarded-preferred-username': 'ada',
    });
    await ignoresForged(browser, site, ['x-forwarded-email', 'x-forwarded-preferred-username']);
    // An address that anybody may have typed is not passed on as somebody's.
    const { page: refused } = await signInBy(server, site, 'unconfirmed');
    expect([refused.status, new URL(refused.url).pathname]).toEqual([403, '/oauth2/callback']);
  });

  describeWith(nginx)('with nginx in front of it', () => {
    test('signs somebody in, and headers from outside do not come through', async () => {
      const port = await findFreePort();
      const proxyPort = await findFreePort();
      const { site, page, folder } = await pasteStack('nginx', port, {
        files: ['oauth2-proxy.cfg', 'latchkey.conf'],
        instead: { 'http://127.0.0.1:9000': behindUrl, '127.0.0.1:4180': `127.0.0.1:${proxyPort}` },
        rest: { 'nginx.conf': nginxAround('latchkey.conf') },
      });
      await run(oauth2Proxy.path!, CONFIG, folder.path, `http://127.0.0.1:${proxyPort}/ping`);
      await run(nginx.path!, ['-p', folder.path, '-c', 'nginx.conf'], folder.path, site);
      expect(redirectUriOn(page)).toBe(`${site}/oauth2/callback`);

      const { page: shown, browser } = await signInBy(server, `${site}/some/page?a=b&c=d`, 'ada');
      expect(shown.url).toBe(`${site}/some/page?a=b&c=d`);
      expect(headersOn(shown)).toMatchObject({ 'x-user': 'ada', 'x-email': 'ada@example.com' });
      await ignoresForged(browser, site, ['x-user', 'x-email']);
      expect((await newVisitor(server).request(`${site}/`)).status).toBe(302);
    });
  });
});

describeWith(apache)('Apache with mod_auth_openidc', () => {
  test('signs somebody in, and tells what is behind it who it is', async () => {
    const port = await findFreePort();
    const { site, page, folder } = await pasteStack('mod-auth-openidc', port, {
      files: ['latchkey.conf'],
      rest: { 'apache.conf': apacheAround('latchkey.conf', port) },
    });
    await run(apache.path!, ['-d', folder.path, '-f', 'apache.conf', '-DFOREGROUND'], folder.path, site);
    expect(redirectUriOn(page)).toBe(`${site}/redirect_uri`);

    const { page: shown, browser } = await signInBy(server, `${site}/some/page?a=b&c=d`, 'ada');
    expect(shown.url).toBe(`${site}/some/page?a=b&c=d`);
    expect(headersOn(shown)).toMatchObject({
      oidc_claim_email: 'ada@example.com',
      oidc_claim_preferred_username: 'ada',
      'x-remote-user': 'ada',
    });
    await ignoresForged(browser, site, ['oidc_claim_email', 'x-remote-user']);
  });
});

/** The rest of a configuration, for somebody who is not root and has a folder of their own. */
function nginxAround(file: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${kind};`)
    .join('\n  ');
  return `daemon off;
pid nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  ${temporary}
  include ${file};
}
`;
}

function apacheAround(file: string, port: number): string {
  const modules = '/usr/lib/apache2/modules';
  const names = [
    'mpm_event',
    'authn_core',
    'authz_core',
    'authz_user',
    'headers',
    'proxy',
    'proxy_http',
    'auth_openidc',
  ];
  // Root's Apache hands the work to somebody else; another's stays who it is.
  return `ServerName localhost
User nobody
Group nogroup
Listen 127.0.0.1:${port}
PidFile apache.pid
ErrorLog error.log
${names.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
DefaultRuntimeDir .
ProxyPass / ${behindUrl}/
RequestHeader set X-Remote-User expr=%{REMOTE_USER}
Include ${file}
`;
}
