/** Websites on Node.js: each is pasted from its Connect page, started, and signs somebody in. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { ApplicationSettings } from '../../../src/applications/application.js';
import type { Browser, Page } from '../../support/browser.js';
import { createApp, createPerson, signIn } from '../../support/people.js';
import { findFreePort, type RunningProgram, start } from '../../support/program.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { describeWith, nodePackages } from './programs.js';
import { follow, newVisitor, passThrough, signInBy } from './sign-in.js';
import { paste } from './site.js';
import { openStack, redirectUriOn } from './snippets.js';

const KINDS: [string, Partial<ApplicationSettings>][] = [
  ['a confidential client', {}],
  [
    'a public client whose ID tokens are signed with ES256',
    { clientType: 'public', pkce: 'required', idTokenAlg: 'ES256' },
  ],
];

describeWith(nodePackages)('the snippets for Node.js', () => {
  let server: TestServer;
  let developer: Browser;
  let ownerId: number;
  const running: RunningProgram[] = [];
  const folders: { remove(): void }[] = [];

  beforeAll(async () => {
    server = await startTestServer();
    ownerId = (await createPerson(server, 'ada')).id;
    developer = await signIn(server, 'ada');
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((program) => program.stop()));
    for (const folder of folders.splice(0)) folder.remove();
  });
  afterAll(() => server.stop());

  interface Pasted {
    site: string;
    page: Page;
  }

  async function startSite(
    stack: string,
    settings: Partial<ApplicationSettings>,
    { files, args, rest = {} }: { files: string[]; args: string[]; rest?: Record<string, string> },
  ): Promise<Pasted> {
    const port = await findFreePort();
    const site = `http://localhost:${port}`;
    const app = await createApp(server, settings, ownerId);
    const page = await openStack(developer, { application: `/applications/${app.id}`, stack, site });
    const folder = paste(page, { secret: app.secret, files, rest }, nodePackages.path);
    folders.push(folder);
    const env = { PORT: String(port), NEXT_TELEMETRY_DISABLED: '1' };
    const program = start(process.execPath, args, { cwd: folder.path, env });
    running.push(program);
    await program.untilAnswers(`${site}/`);
    return { site, page };
  }

  test.each(KINDS)('openid-client, %s', async (_, settings) => {
    const { site, page } = await startSite('openid-client', settings, {
      files: ['server.mjs'],
      args: ['server.mjs'],
    });
    expect(redirectUriOn(page)).toBe(`${site}/callback`);
    const { page: home, browser } = await signInBy(server, `${site}/login`, 'ada');
    expect(JSON.parse(home.text)).toMatchObject({ preferred_username: 'ada', email: 'ada@example.com' });

    const signedOut = await follow(browser, await browser.request(`${site}/logout`));
    await browser.submit(signedOut, {}, '/confirm');
    expect((await browser.request(`${site}/`)).text).toContain('Sign in');
    expect(new URL((await browser.open('/account')).url).pathname).toBe('/login');
  });

  test.each(KINDS)('Passport, %s', async (_, settings) => {
    const { site, page } = await startSite('passport', settings, {
      files: ['server.mjs'],
      args: ['server.mjs'],
    });
    expect(redirectUriOn(page)).toBe(`${site}/auth/latchkey/callback`);
    const { page: home } = await signInBy(server, `${site}/auth/latchkey`, 'ada');
    expect(JSON.parse(home.text)).toEqual({
      provider: 'latchkey',
      id: String(ownerId),
      username: 'ada',
      name: { givenName: 'Ada', familyName: 'Example' },
      emails: [{ value: 'ada@example.com' }],
    });
  });

  test.each(KINDS)('Auth.js in Express, %s', async (_, settings) => {
    const { site, page } = await startSite('authjs-express', settings, {
      files: ['server.mjs', '.env'],
      args: ['--env-file=.env', 'server.mjs'],
    });
    expect(redirectUriOn(page)).toBe(`${site}/auth/callback/latchkey`);
    const browser = newVisitor(server);
    const button = await browser.request(`${site}/auth/signin`);
    const home = await passThrough(browser, await browser.submit(button, {}, '/signin/latchkey'), 'ada');
    expect(JSON.parse(home.text)).toMatchObject({ name: 'Ada Example', email: 'ada@example.com' });
  });

  test('Auth.js in Next.js', async () => {
    const { site, page } = await startSite(
      'authjs-nextjs',
      {},
      {
        files: ['.env.local', 'auth.ts', 'app/api/auth/[...nextauth]/route.ts', 'app/page.tsx'],
        // What every Next.js project has.
        rest: {
          'app/layout.tsx': `export default function Layout({ children }: { children: React.ReactNode }) {
          return <html lang="en"><body>{children}</body></html>;
        }`,
        },
        args: ['../node_modules/next/dist/bin/next', 'dev'],
      },
    );
    expect(redirectUriOn(page)).toBe(`${site}/api/auth/callback/latchkey`);
    const browser = newVisitor(server);
    const led = await press(browser, await browser.request(`${site}/`));
    const home = await passThrough(browser, led, 'ada');
    expect(home.html.querySelector('p')?.text).toBe('Signed in as ada@example.com');
    expect((await follow(browser, await press(browser, home))).html.querySelector('button')?.text).toBe(
      'Sign in',
    );
  });
});

/** The one button of a page of Next.js, whose forms are multipart. */
async function press(browser: Browser, page: Page): Promise<Page> {
  const body = new FormData();
  for (const input of page.html.querySelectorAll('form input'))
    body.set(input.getAttribute('name') ?? '', input.getAttribute('value') ?? '');
  return browser.request(page.url, { method: 'POST', body, headers: { origin: new URL(page.url).origin } });
}
