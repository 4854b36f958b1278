/** The collection of examples/postman and the one of the Connect page, run request by request as Postman would. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ApplicationSettings } from '../../src/applications/application.js';
import { paste } from '../applications/connect/site.js';
import { openStack, redirectUriOn, snippetOn } from '../applications/connect/snippets.js';
import type { Browser } from '../support/browser.js';
import { createApp, createPerson, PASSWORD, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { describeInstalled, exampleFolder } from './installed.js';

const run = promisify(execFile);
const FOLDER = exampleFolder('postman');
const COLLECTION = 'latchkey.postman_collection.json';
const ENVIRONMENT = 'latchkey.postman_environment.json';
const CALLBACK = 'http://localhost:3000/callback';

const EVERY_GRANT: Partial<ApplicationSettings> = {
  grantTypes: ['authorization_code', 'refresh_token', 'password'],
  redirectUris: [CALLBACK],
};

describeInstalled('postman')('the collection for Postman', () => {
  let server: TestServer;
  let developer: Browser;
  let ownerId: number;

  beforeAll(async () => {
    server = await startTestServer();
    ownerId = (await createPerson(server, 'ada')).id;
    developer = await signIn(server, 'ada');
  });
  afterAll(() => server.stop());

  async function open(settings: Partial<ApplicationSettings>) {
    const app = await createApp(server, settings, ownerId);
    const page = await openStack(developer, { application: `/applications/${app.id}`, stack: 'postman' });
    return { app, page };
  }

  /** What was asserted and how often, by the names of folder and request. @throws Error when an assertion fails */
  async function runCollection(folder: string): Promise<string[]> {
    const newman = join(FOLDER, 'node_modules', 'newman', 'bin', 'newman.js');
    const files = ['run', COLLECTION, '--environment', ENVIRONMENT];
    await run(
      process.execPath,
      [newman, ...files, '--reporters', 'json', '--reporter-json-export', 'report.json'],
      {
        cwd: folder,
      },
    );
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as {
      run: {
        executions: { item: { name: string }; assertions: { assertion: string; skipped?: boolean }[] }[];
      };
    };
    return report.run.executions.flatMap(({ item, assertions }) =>
      assertions.map(({ assertion, skipped }) => `${item.name}: ${assertion}${skipped ? ' (skipped)' : ''}`),
    );
  }

  const CODE = [
    '1. Ask for a sign-in: shows the sign-in page',
    '2. Sign in: asks for consent',
    '3. Allow it: leads on',
    '4. Come back with a code: comes back to the redirect URI',
    '4. Come back with a code: with the state it was sent',
    '5. Exchange the code: answers tokens',
    'Who signed in: says who signed in',
  ];
  const REFRESH = ['Refresh: answers tokens'];
  const PASSWORD_GRANT = ['A token for a password: answers tokens', 'Who signed in: says who signed in'];
  const IN_BROWSER = ['Who signed in: says who signed in (skipped)'];

  test.each<[string, Partial<ApplicationSettings>, string[]]>([
    [
      'every grant of a confidential client',
      EVERY_GRANT,
      [...CODE, ...REFRESH, ...PASSWORD_GRANT, ...REFRESH, ...IN_BROWSER],
    ],
    [
      'the code flow of a public client',
      { clientType: 'public', pkce: 'required', redirectUris: [CALLBACK] },
      [...CODE, ...REFRESH, ...IN_BROWSER],
    ],
    [
      'client credentials',
      { grantTypes: ['client_credentials'], redirectUris: [] },
      ['A token for the application itself: answers tokens'],
    ],
  ])('of the Connect page goes through %s', async (_, settings, steps) => {
    const { app, page } = await open(settings);
    const instead = { '"USERNAME"': '"ada"', '"PASSWORD"': JSON.stringify(PASSWORD) };
    const folder = paste(page, { secret: app.secret, files: [COLLECTION, ENVIRONMENT], instead });
    try {
      expect(await runCollection(folder.path)).toEqual(steps);
    } finally {
      folder.remove();
    }
  });

  test('of the Connect page is there to download, and says where Postman itself comes back to', async () => {
    const { app, page } = await open(EVERY_GRANT);
    expect(redirectUriOn(page)).toBe('https://oauth.pstmn.io/v1/callback');
    for (const file of [COLLECTION, ENVIRONMENT]) {
      const download = await developer.request(`/applications/${app.id}/connect/postman/files/${file}`);
      expect(download.headers.get('content-disposition')).toBe(`attachment; filename="${file}"`);
      expect(download.text).toBe(snippetOn(page, file));
    }
  });

  test('of the example is the same, and its command runs it', async () => {
    const { app, page } = await open(EVERY_GRANT);
    expect(readFileSync(join(FOLDER, COLLECTION), 'utf8')).toBe(snippetOn(page, COLLECTION));
    const folder = paste(page, { files: [] });
    try {
      // The example's environment is of a server at port 8000.
      const example = readFileSync(join(FOLDER, ENVIRONMENT), 'utf8');
      const environment = join(folder.path, ENVIRONMENT);
      writeFileSync(environment, example.replaceAll('http://localhost:8000', server.url));
      const given = {
        client_id: app.clientId,
        client_secret: app.secret,
        username: 'ada',
        password: PASSWORD,
      };
      const variables = Object.entries(given).flatMap(([name, value]) => ['--env-var', `${name}=${value}`]);
      const args = ['start', '--', '--environment', environment, ...variables];
      const { stdout } = await run('npm', args, { cwd: FOLDER });
      expect(stdout).toMatch(/assertions │ +12 │ +0 │/);
    } finally {
      folder.remove();
    }
  });
});
