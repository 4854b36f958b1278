/** The first sign-in of the README, pasted into a shell as it stands but for the address of the server. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { projectFolder } from '../../src/project-folder.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';
import { signInAndAllow } from './walk-through.js';

const run = promisify(execFile);
const CLONE = dirname(projectFolder('src'));

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'latchkey-readme-'));
  // A clone has it once the server has started.
  await mkdir(join(folder, 'data'));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** The indented blocks of "A first sign-in" that are commands, in order. */
async function readCommands(): Promise<string[]> {
  const readme = await readFile(join(CLONE, 'README.md'), 'utf8');
  const [, section = ''] = /\n## A first sign-in\n([\s\S]*?)\n## /.exec(readme) ?? [];
  const blocks = section.match(/(?<=\n\n)(?: {4}.*\n)+/g) ?? [];
  return blocks.map((block) => block.replace(/^ {4}/gm, '')).filter((block) => !block.startsWith('{'));
}

/** What the commands print, run one after the other in one shell in a folder of their own. */
async function paste(commands: string[]): Promise<string> {
  const script = commands
    .join('\n')
    .replaceAll('http://localhost:8000', server.url)
    .replaceAll('npm run', `npm --prefix '${CLONE}' run`);
  const env = { ...process.env, DATABASE_URL: server.databaseUrl, SECRET_KEY, PORT: String(server.port) };
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env });
  return stdout;
}

test('the commands lead to the profile, by password and by code', async () => {
  const [create = '', password = '', code = '', ...others] = await readCommands();
  expect(others).toEqual([]);
  const [showUrl = '', ...exchange] = code.split('\n');

  const byPassword = (await paste([create, password])).trim().split('\n').at(-1) ?? '';
  expect(JSON.parse(byPassword)).toEqual({
    id: expect.any(Number),
    username: 'ada',
    email: 'ada@example.com',
    first_name: '',
    last_name: '',
    groups: [],
  });

  // The second command of the first block fills CLIENT from the file that the first has written.
  const fillClient = create.slice(create.indexOf('CLIENT='));
  const callback = await signInAndAllow(server, (await paste([fillClient, showUrl])).trim(), 'ada');
  const received = new URL(callback).searchParams.get('code') ?? '';
  const tokens = JSON.parse(await paste([fillClient, exchange.join('\n').replace('THE_CODE', received)]));
  expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'read write groups' });
  expect(tokens.refresh_token).toBeTruthy();
});
