/** AD-10: people are found by the beginning of a name, page by page, and what is typed is never a pattern. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let root: Browser;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'root', { isSuperuser: true });
  root = await signIn(server, 'root');
  await createPerson(server, 'ada', {
    firstName: 'Ada',
    lastName: 'Lovelace',
    email: 'countess@example.com',
  });
  await createPerson(server, 'grace', { firstName: 'Grace', lastName: 'Hopper' });
  await createPerson(server, 'under_score', { firstName: '100%', lastName: 'Back\\slash' });
  const rows = Array.from({ length: 120 }, (_, index) => ({
    username: `crowd${index}`,
    email: `crowd${index}@example.org`,
    created_at: new Date(),
    updated_at: new Date(),
  }));
  await server.database.knex('accounts').insert(rows);
});

afterAll(() => server.stop());

const usersOn = async (query: Record<string, string>): Promise<string[]> => {
  const page = await root.open(`/admin/users?${new URLSearchParams(query)}`);
  expect(page.status).toBe(200);
  return page.html.querySelectorAll('tbody th a').map((link) => link.text);
};

test.each([
  ['the username', 'ad'],
  ['the username, in any case', 'ADA'],
  ['the email address', 'countess@'],
  ['the first name', 'Ad'],
  ['the whole name', 'ada love'],
  ['the last name', 'lovel'],
])('somebody is found by the beginning of %s', async (_, q) => {
  expect(await usersOn({ q })).toEqual(['ada']);
});

test('somebody is found by their id', async () => {
  const { id } = await server.database.knex('accounts').where({ username: 'grace' }).first('id');
  expect(await usersOn({ q: String(id) })).toContain('grace');
});

describe('a character that means something in a pattern or in SQL is that character', () => {
  test.each([
    ['%', []],
    ['_', []],
    ['under_', ['under_score']],
    ['underXscore', []],
    ['100%', ['under_score']],
    ['100_', []],
    ['back\\', ['under_score']],
    ['\\', []],
    ["' OR 1=1--", []],
    ['a; DROP TABLE accounts', []],
    ['ada\0', ['ada']],
    ['x'.repeat(10_000), []],
  ])('%j', async (q, found) => {
    expect(await usersOn({ q })).toEqual(found);
  });
});

test('a page has 50, however many are asked for, and the next goes on where it ended', async () => {
  const seen: string[] = [];
  let path: string | undefined = '/admin/users?q=crowd&limit=1000000000&sort=password_hash';
  while (path) {
    const page = await root.open(path);
    const users = page.html.querySelectorAll('tbody th a').map((link) => link.text);
    expect(users.length).toBeLessThanOrEqual(50);
    seen.push(...users);
    path = page.html.querySelector('a[rel=next]')?.getAttribute('href')?.replaceAll('&amp;', '&');
  }
  expect(new Set(seen).size).toBe(120);
  expect(seen).toHaveLength(120);
  expect(seen[0]).toBe('crowd119');
});
