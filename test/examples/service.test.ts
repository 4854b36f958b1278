/** examples/service, each program started by the command of its README. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { projectFolder } from '../../src/project-folder.js';
import { createApp, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const FOLDER = join(projectFolder('examples'), 'service');

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server, { grantTypes: ['client_credentials'], redirectUris: [] });
});
afterAll(() => server.stop());

describe.each([
  ['curl', './service.sh', []],
  ['Node.js', process.execPath, ['service.mjs']],
])('a service with %s', (_, command, args) => {
  const start = (secret: string) => {
    const { PATH = '' } = process.env;
    const env = { PATH, LATCHKEY_URL: server.url, CLIENT_ID: app.clientId, CLIENT_SECRET: secret };
    return run(command, args, { cwd: FOLDER, env });
  };

  test('gets a token for itself and is told what it is good for', async () => {
    const { stdout } = await start(app.secret);
    expect(JSON.parse(stdout)).toMatchObject({ active: true, client_id: app.clientId, scope: 'read' });
  });

  test('says what is wrong when the secret is', async () => {
    await expect(start('wrong')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('client_id or client_secret is wrong'),
    });
  });
});
