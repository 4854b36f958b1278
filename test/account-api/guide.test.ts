/** The commands of docs/account-api.md, pasted into a shell as they stand but for the address of the server. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { projectFolder } from '../../src/project-folder.js';
import { startTestServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'latchkey-guide-'));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** The indented blocks of the part about curl. */
async function readBlocks(): Promise<string[]> {
  const guide = await readFile(join(dirname(projectFolder('src')), 'docs/account-api.md'), 'utf8');
  const [, section = ''] = /\n## A first front end, by curl\n([\s\S]*?)\n## /.exec(guide) ?? [];
  const blocks = section.match(/(?<=\n\n)(?: {4}.*\n)+/g) ?? [];
  return blocks.map((block) => block.replace(/^ {4}/gm, ''));
}

test('the commands join, change the profile, sign out and in, and answer what the guide says', async () => {
  const blocks = await readBlocks();
  const isJson = (block: string) => block.startsWith('{');
  const commands = blocks.filter((block) => !isJson(block) && !block.startsWith('await'));
  const [joined, refused] = blocks.filter(isJson).map((block) => JSON.parse(block));
  const script = commands.join('\n').replaceAll('http://localhost:8000', server.url);
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder });
  const answers = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(answers).toEqual([
    joined,
    expect.objectContaining({ first_name: 'Grace', birthdate: '1906-12-09' }),
    { ...refused, hint: expect.any(String), request_id: expect.any(String) },
    { ...joined, person: { ...joined.person, first_name: 'Grace' } },
  ]);
});
