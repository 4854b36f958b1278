/**
 * Django websites on the same host as the server, and another port: cookies ignore ports, so the two would log each
 * other out if they had cookies of one name. One site uses django-allauth, one python-social-auth.
 */
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Browser, newBrowser, type Page } from '../support/browser.js';
import { profile } from '../support/oauth.js';
import { createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeWithPython, type PythonClient, startPython } from './python.js';

const ADA = { username: 'ada', email: 'ada@example.com', first_name: 'Ada', last_name: 'Example' };

/** A port that was free a moment ago: the redirect URI, which has it, is registered before the site is there. */
async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, 'localhost');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

describeWithPython('a Django website', () => {
  let server: TestServer;
  let site: PythonClient | undefined;

  beforeAll(async () => {
    server = await startTestServer();
    await createPerson(server, 'ada');
  });
  afterEach(async () => {
    await site?.stop();
    site = undefined;
  });
  afterAll(() => server.stop());

  async function startSite(script: string, port: number, app: TestApplication, more = {}): Promise<string> {
    const { url } = server;
    site = startPython(script, {
      server: url,
      port,
      client_id: app.clientId,
      client_secret: app.secret,
      ...more,
    });
    const { ready } = await site.listen();
    return ready ?? '';
  }

  /** Follows redirects from one to the other, as a browser does. */
  async function follow(browser: Browser, page: Page): Promise<Page> {
    let current = page;
    for (let hops = 0; current.location && hops < 20; hops++)
      current = await browser.request(current.location);
    return current;
  }

  /** From the website's button to the page it shows afterwards. */
  async function signIn(browser: Browser, loginUrl: string): Promise<Page> {
    let page = await follow(browser, await browser.submit(await browser.open(loginUrl)));
    if (page.html.querySelector('input[name=password]')) {
      page = await follow(browser, await browser.submit(page, { username: 'ada', password: PASSWORD }));
    }
    return page.html.querySelector('form[action$="/consent"]')
      ? follow(browser, await browser.submit(page, {}, '/consent'))
      : page;
  }

  test.each([
    ['with PKCE', true],
    ['without PKCE', false],
  ])(
    'signs a person in through a custom django-allauth provider %s, and neither side loses its session',
    async (_, pkce) => {
      const port = await findFreePort();
      const app = await createApp(server, {
        redirectUris: [`http://localhost:${port}/accounts/latchkey/login/callback/`],
        pkce: pkce ? 'required' : 'optional',
      });
      const website = await startSite('allauth_site.py', port, app, { pkce });
      const browser = newBrowser(server.url);

      const page = await signIn(browser, `${website}/accounts/latchkey/login/`);
      const { user, cookies } = JSON.parse(page.text) as { user: object; cookies: string[] };
      expect(page.url).toBe(`${website}/me/`);
      expect(user).toEqual(ADA);
      // The website's own, and what the browser sends it of ours.
      expect(cookies).toEqual(expect.arrayContaining(['csrftoken', 'sessionid']));
      expect(cookies.filter((name) => !name.startsWith('latchkey'))).toEqual([
        'csrftoken',
        'messages',
        'sessionid',
      ]);
      expect((await browser.open('/account')).text).toContain('ada@example.com');

      // Signing out of the website, with its cookies, leaves the session here.
      await follow(browser, await browser.submit(await browser.open(`${website}/accounts/logout/`)));
      expect(JSON.parse((await browser.request(`${website}/me/`)).text)).toMatchObject({ user: null });
      expect((await browser.open('/account')).text).toContain('ada@example.com');
    },
  );

  test('signs a person in through python-social-auth, whose redirect URI carries a redirect_state', async () => {
    const port = await findFreePort();
    const app = await createApp(server, {
      redirectUris: [`http://localhost:${port}/social/complete/latchkey/`],
      redirectMatch: 'extra-query',
    });
    const website = await startSite('social_auth_site.py', port, app);
    const browser = newBrowser(server.url);

    let page = await browser.submit(await browser.open(`${website}/button/`));
    page = await browser.submit(page, { username: 'ada', password: PASSWORD });
    const back = await browser.submit(page, {}, '/consent');
    expect(new URL(back.location ?? '').searchParams.get('redirect_state')).toBeTruthy();
    page = await follow(browser, back);
    expect(JSON.parse(page.text)).toMatchObject({ user: ADA });

    const tokens = JSON.parse((await browser.request(`${website}/tokens/`)).text) as {
      before: string;
      after: string;
    };
    expect((await profile(server, tokens.before)).status).toBe(401);
    expect((await profile(server, tokens.after)).status).toBe(200);
  });
});
