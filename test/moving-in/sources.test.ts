/** What `latchkey import dot` cannot read is refused with a sentence that says what to do, and nothing is changed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { latchkey } from '../support/command.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { SECRET_KEY } from '../support/server.js';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-sources-'));
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

const importDot = (...args: string[]) =>
  latchkey(['import', 'dot', ...args], { environment: { DATABASE_URL: database.url, SECRET_KEY } });

function write(name: string, content: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The first page of an SQLite file, as far as anybody looks. */
function sqliteHead(format: number): Buffer {
  const head = Buffer.alloc(100);
  head.write('SQLite format 3\0');
  head[18] = format;
  return head;
}

test('a database of something else', async () => {
  const { code, stderr } = await importDot('--from', database.url);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/no table oauth2_provider_application/)]);
  expect(stderr).not.toContain(new URL(database.url).password);
});

test.each([
  ['that is not there', () => join(folder, 'nothing.sqlite3'), /There is no file/],
  ['that is no SQLite database', () => write('settings.py', 'DEBUG = True'), /is no SQLite database/],
  ['in WAL mode', () => write('wal.sqlite3', sqliteHead(2)), /PRAGMA journal_mode=DELETE/],
  [
    'that somebody is writing to',
    () => {
      write('busy.sqlite3-journal', '');
      return write('busy.sqlite3', sqliteHead(1));
    },
    /Somebody is writing/,
  ],
])('a file %s', async (_, path, complaint) => {
  for (const from of [path(), `sqlite:${path()}`])
    expect(await importDot('--from', from)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(complaint),
    });
});

test('a server that does not answer', async () => {
  const { code, stderr } = await importDot('--from', 'postgres://reader:hidden@localhost:1/site');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/ECONNREFUSED/)]);
  expect(stderr).not.toContain('hidden');
});
