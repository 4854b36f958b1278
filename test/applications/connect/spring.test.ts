/** Spring Boot with OAuth2 login: built by Maven from the files of the page, and signed in at. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { projectFolder } from '../../../src/project-folder.js';
import { createApp, createPerson, signIn } from '../../support/people.js';
import { findFreePort, type RunningProgram, start } from '../../support/program.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { describeWith, maven } from './programs.js';
import { follow, signInBy } from './sign-in.js';
import { type Folder, paste } from './site.js';
import { openStack, redirectUriOn, snippetOn } from './snippets.js';

const run = promisify(execFile);
const PROJECT = join(projectFolder('test'), 'applications', 'connect', 'spring');
const SOURCES = 'src/main/java/com/example/demo';

describeWith(maven)('the snippets for Spring Security', () => {
  let server: TestServer;
  let folder: Folder | undefined;
  let website: RunningProgram | undefined;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    await website?.stop();
    folder?.remove();
    await server.stop();
  });

  test('sign somebody in and, on both sides, out', async () => {
    const { id } = await createPerson(server, 'ada');
    const app = await createApp(server, {}, id);
    const port = await findFreePort();
    const site = `http://localhost:${port}`;
    const page = await openStack(await signIn(server, 'ada'), {
      application: `/applications/${app.id}`,
      stack: 'spring-security',
      site,
    });
    expect(redirectUriOn(page)).toBe(`${site}/login/oauth2/code/latchkey`);

    const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');
    const dependencies = `<dependencies>${snippetOn(page, 'pom.xml')}</dependencies>`;
    folder = paste(page, {
      secret: app.secret,
      files: {
        'application.yml': 'src/main/resources/application.yml',
        'SecurityConfiguration.java': `${SOURCES}/SecurityConfiguration.java`,
        'HomeController.java': `${SOURCES}/HomeController.java`,
      },
      rest: {
        'pom.xml': read('pom.xml').replace(/<dependencies>.*<\/dependencies>/s, dependencies),
        [`${SOURCES}/DemoApplication.java`]: read(`${SOURCES}/DemoApplication.java`),
      },
    });
    const build = [
      '--batch-mode',
      '--quiet',
      '--offline',
      `-Dmaven.repo.local=${maven.repository}`,
      'package',
    ];
    await run(maven.path!, build, { cwd: folder.path });
    const env = { SERVER_PORT: String(port) };
    website = start('java', ['-jar', 'target/demo-1.jar'], { cwd: folder.path, env });
    await website.untilAnswers(`${site}/`);

    const { page: home, browser } = await signInBy(server, `${site}/`, 'ada');
    expect(JSON.parse(home.text)).toEqual({ name: 'ada', email: 'ada@example.com' });

    const question = await browser.request(`${site}/logout`);
    const signedOut = await follow(browser, await browser.submit(question, {}, '/logout'));
    await browser.submit(signedOut, {}, '/confirm');
    expect((await browser.request(`${site}/`)).status).toBe(302);
    expect(new URL((await browser.open('/account')).url).pathname).toBe('/login');
  });
});
