/** latchkey stats: how large the tables are, how they grow, what leaves when, at a cost that does not grow with them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { latchkey } from '../support/command.js';
import { byPassword } from '../support/oauth.js';
import { createApp, createPerson, signIn } from '../support/people.js';
import { SECRET_KEY, startTestServer, type TestServer } from '../support/server.js';

const DAY = 86_400_000;
const LARGE = 60_000;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await createPerson(server, 'alice');
  await createPerson(server, 'bob');
  const app = await createApp(server, { grantTypes: ['password', 'refresh_token'] });
  const longLived = await createApp(server, {
    grantTypes: ['password', 'refresh_token'],
    accessTokenLifetime: 100 * 86_400,
  });
  await byPassword(server, app, 'alice');
  await byPassword(server, longLived, 'alice');
  await signIn(server, 'bob');
  const { knex } = server.database;
  const at = (days: number) => new Date(Date.now() + days * DAY);
  await knex('throttles').delete();
  await knex('throttles').insert(
    [-1, -1, 0.5, 3].map((days, i) => ({ key: `test:${i}`, attempts: 1, resets_at: at(days) })),
  );
  await knex('audit_events').insert({ at: at(-40), event: 'login.failed' });
  await knex.transaction(async (transaction) => {
    // Made over six days, an equal number on each.
    await transaction.raw(
      `INSERT INTO grants (id, account_id, client_id, details, created_at, expires_at)
        SELECT 'large' || n, 1, 'c', '{}', ?::timestamptz - ((n - 1) * 6 / ${LARGE}) * interval '1 day', ?
        FROM generate_series(1, ${LARGE}) n`,
      [at(0), at(100)],
    );
    // PostgreSQL counts at once what it would count within ten seconds.
    await transaction.raw('SELECT pg_stat_force_next_flush()');
  });
});

afterAll(() => server.stop());

const environment = (more: Record<string, string> = {}) => ({
  DATABASE_URL: server.databaseUrl,
  SECRET_KEY,
  ...more,
});

interface StatsJson {
  sizes: { what: string; rows: number; is_estimate: boolean; table_bytes: number; index_bytes: number }[];
  growth: { what: string; is_estimate: boolean; days: Record<string, number> }[];
  leaving: {
    partitions: { what: string; table: string; leaves_after: string; rows: number }[];
    rows: { table: string; expired: number; within_a_day: number; within_a_week: number; is_more: boolean }[];
    audit_events: { keep_days: number; oldest: string; leaves_after: string };
    stays: string[];
  };
}

async function readStats(more: Record<string, string> = {}): Promise<StatsJson> {
  const { code, stdout, stderr } = await latchkey(['stats', '--json'], { environment: environment(more) });
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as StatsJson;
}

describe('latchkey stats --json', () => {
  test('counts what is small, by what it is to people', async () => {
    const { sizes } = await readStats();
    const of = (what: string) => sizes.find((size) => size.what === what);
    expect(of('accounts')).toMatchObject({ rows: 2, is_estimate: false });
    expect(of('applications')).toMatchObject({ rows: 2, is_estimate: false });
    // Two partitions, told as one thing.
    expect(of('access tokens')).toMatchObject({ rows: 2, is_estimate: false });
    expect(of('refresh tokens')?.rows).toBe(2);
    expect(of('throttle counters')?.rows).toBe(4);
    for (const size of sizes) expect(size.index_bytes).toBeGreaterThan(0);
    expect(new Set(sizes.map(({ what }) => what)).size).toBe(sizes.length);
  });

  test('estimates what is large, before and after PostgreSQL has looked at it', async () => {
    const grants = async () =>
      (await readStats()).sizes.find(({ what }) => what === 'sign-ins at applications');
    const expectAboutRight = async () => {
      const { rows = 0, is_estimate } = (await grants()) ?? {};
      expect([is_estimate, Math.abs(rows - LARGE) < LARGE / 100]).toEqual([true, true]);
    };
    await expectAboutRight();
    await server.database.knex.raw('ANALYZE grants');
    await expectAboutRight();
  });

  test('tells what came in on each of the last days', async () => {
    const { growth } = await readStats();
    const days = growth.find(({ what }) => what === 'sign-ins at applications')!.days;
    expect(Object.keys(days)).toHaveLength(7);
    const [, yesterday, , , , , aWeekAgo] = Object.values(days);
    expect(yesterday).toBe(LARGE / 6);
    expect(aWeekAgo).toBe(0);
    const today = new Date().toISOString().slice(0, 10);
    expect(growth.find(({ what }) => what === 'accounts')!.days[today]).toBe(2);
  });

  test('tells which partition leaves when, and what is in it', async () => {
    const { partitions } = (await readStats()).leaving;
    const access = partitions.filter(({ what }) => what === 'access tokens');
    expect(access.length).toBeGreaterThanOrEqual(3);
    expect(access.reduce((sum, { rows }) => sum + rows, 0)).toBe(1);
    for (const { table, leaves_after } of access) {
      expect(leaves_after).toMatch(/T00:00:00\.000Z$/);
      expect(Date.parse(leaves_after) / DAY - 1).toBe(Number(/\d+$/.exec(table)?.[0]));
    }
    expect(partitions.map(({ table }) => table)).not.toContain('access_tokens_0');
  });

  test('tells what waits for the sweep, and what leaves within a day and a week', async () => {
    const { rows, stays } = (await readStats()).leaving;
    const of = (table: string) => rows.find((each) => each.table === table);
    expect(of('throttles')).toMatchObject({
      expired: 2,
      within_a_day: 3,
      within_a_week: 4,
      is_more: false,
    });
    expect(of('access_tokens_0')).toMatchObject({ expired: 0, within_a_week: 0 });
    await server.database
      .knex('grants')
      .where('id', 'like', 'large%')
      .update({ expires_at: new Date(0) });
    expect((await readStats()).leaving.rows.find(({ table }) => table === 'grants')).toMatchObject({
      expired: 10_000,
      is_more: true,
    });
    expect(stays).toEqual(expect.arrayContaining(['accounts', 'applications', 'consents']));
    expect(stays).not.toContain('audit events');
  });

  test('tells how old the audit trail is, and until when it keeps its oldest event', async () => {
    const { audit_events } = (await readStats({ AUDIT_KEEP_DAYS: '50' })).leaving;
    expect(audit_events.keep_days).toBe(50);
    const { knex } = server.database;
    const [first] = await knex('audit_events').orderBy('id').limit(1);
    expect(audit_events.oldest).toBe(first.at.toISOString());
    expect(Date.parse(audit_events.leaves_after) - Date.parse(audit_events.oldest)).toBe(50 * DAY);
  });
});

test('latchkey stats prints tables for people, and says "about" where it has not counted', async () => {
  const { code, stdout } = await latchkey(['stats'], { environment: environment() });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^accounts +2 +\d/m);
  expect(stdout).toMatch(/^sign-ins at applications +about \d+,\d{3} +\d+(\.\d)? MB/m);
  expect(stdout).toMatch(/^access tokens +\d{4}-\d\d-\d\d 00:00 +\d/m);
  expect(stdout).toMatch(/Audit events leave after 365 days \(AUDIT_KEEP_DAYS\)/);
});

test('without a database it says so in a sentence', async () => {
  const DATABASE_URL = 'postgres://latchkey:canary-value@127.0.0.1:1/latchkey';
  const { code, stdout, stderr } = await latchkey(['stats'], { environment: environment({ DATABASE_URL }) });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/127\.0\.0\.1:1/);
  expect(stderr).not.toMatch(/canary|\n +at /);
});
