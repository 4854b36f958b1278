/** The demo of docker-compose.yml without Docker: its two scripts, run as the containers run them. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { projectFolder } from '../../src/project-folder.js';
import { follow, newVisitor } from '../applications/connect/sign-in.js';
import { findFreePort, start } from '../support/program.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';
import { describeWithDjango } from './django-site.js';
import { personOn } from './django-walks.js';
import { exampleFolder } from './installed.js';

const run = promisify(execFile);
const SCRIPTS = exampleFolder('compose');

describeWithDjango('django-allauth/custom_provider')('the demo of docker-compose.yml', () => {
  let server: TestServer;
  let folder: string;
  let site: string;

  beforeAll(async () => {
    server = await startTestServer();
    site = `http://localhost:${await findFreePort()}`;
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-demo-'));
    // In the image it is in the PATH as well.
    writeFileSync(
      join(folder, 'latchkey'),
      `#!/bin/sh\nexec "${process.execPath}" "${projectFolder('dist/src/main.js')}" "$@"\n`,
    );
    chmodSync(join(folder, 'latchkey'), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What it says, which ends with where to sign in. */
  async function register(): Promise<{ said: string; password: string }> {
    const env = {
      PATH: `${folder}:${process.env.PATH}`,
      DATABASE_URL: server.databaseUrl,
      SECRET_KEY,
      ISSUER: server.url,
      SITE_URL: site,
    };
    const { stdout: said } = await run('sh', [join(SCRIPTS, 'register.sh'), folder], { env });
    return { said, password: / as demo, with the password (\S+)\n$/.exec(said)?.[1] ?? said };
  }

  const applications = () => server.database.knex('applications').select('client_id');

  test('is registered once however often it is started, and again when its volume is gone', async () => {
    const first = await register();
    const made = await applications();
    expect(made).toHaveLength(1);
    expect(await register()).toMatchObject({ password: first.password });
    expect(await applications()).toEqual(made);

    for (const file of ['application.json', 'password']) rmSync(join(folder, file));
    const second = await register();
    expect(second.password).not.toBe(first.password);
    expect(await applications()).toHaveLength(2);
    const signedIn = [];
    for (const { password } of [first, second]) {
      const browser = newVisitor(server);
      await browser.submit(await browser.open('/login'), { username: 'demo', password });
      signedIn.push(new URL((await browser.open('/account')).url).pathname);
    }
    expect(signedIn).toEqual(['/login', '/account']);
  });

  test('its site signs the person in that it has made, and shows the profile', async () => {
    const { password } = await register();
    const website = start('sh', [join(SCRIPTS, 'start-site.sh'), folder], {
      cwd: folder,
      env: {
        ...(process.env.XDG_CACHE_HOME && { XDG_CACHE_HOME: process.env.XDG_CACHE_HOME }),
        LATCHKEY_URL: server.url,
        HOST: '127.0.0.1',
        PORT: new URL(site).port,
        DATABASE: join(folder, 'site.sqlite3'),
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    try {
      await website.untilAnswers(site);
      const browser = newVisitor(server);
      let page = await follow(browser, await browser.submit(await browser.open(`${site}/`)));
      page = await follow(browser, await browser.submit(page, { username: 'demo', password }));
      page = await follow(browser, await browser.submit(page, {}, '/consent'));
      expect([page.url, personOn(page)]).toEqual([
        `${site}/accounts/profile/`,
        { username: 'demo', email: 'demo@example.com', first_name: 'Demo', last_name: 'Person' },
      ]);
    } finally {
      await website.stop();
    }
    // Both are secrets, in files that only their owner reads.
    for (const file of ['application.json', 'password'])
      expect([file, statSync(join(folder, file)).mode & 0o077]).toEqual([file, 0]);
  });
});
