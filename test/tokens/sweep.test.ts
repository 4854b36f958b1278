import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { deleteEventsBefore } from '../../src/audit/delete-events.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { EXPIRING as SWEPT } from '../../src/tokens/expiring-tables.js';
import { sweep as sweepBy, sweepOnTime } from '../../src/tokens/sweep.js';
import { newBrowser } from '../support/browser.js';
import { backToPresent, travel } from '../support/clock.js';
import { byPassword, introspect, profile, refresh, token } from '../support/oauth.js';
import {
  authorizeUrl,
  createApp,
  createPerson,
  getCode,
  signIn,
  type TestApplication,
} from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { until } from '../support/until.js';

const DAY = 86_400;
// What expires, by the table it is in and the column that says when.
const EXPIRING = {
  access_tokens: 'expires_at',
  refresh_tokens: 'expires_at',
  authorization_codes: 'expires_at',
  grants: 'expires_at',
  sessions: 'expires_at',
  interactions: 'expires_at',
  device_codes: 'expires_at',
  one_time_links: 'expires_at',
  throttles: 'resets_at',
};

/** Columns that say when something is over, and not the row. */
const NOT_OF_THE_ROW = ['client_secrets.expires_at', 'outgoing_mails.expires_at'];

const RULES = { auditKeepDays: 365 };
const sweep = (database: Database, now: Date) => sweepBy(database, RULES, now);

let server: TestServer;
let otherNode: Database;
let app: TestApplication;
let longLived: TestApplication;

beforeAll(async () => {
  server = await startTestServer({ GRANT_EXPIRE_SECONDS: String(60 * DAY) });
  otherNode = openDatabase(server.databaseUrl, { poolSize: 5, preparedStatements: true });
  await createPerson(server, 'alice');
  app = await createApp(server, {
    grantTypes: [
      'authorization_code',
      'refresh_token',
      'password',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    skipConsent: true,
  });
  longLived = await createApp(server, {
    grantTypes: ['password', 'refresh_token'],
    accessTokenLifetime: 1000 * DAY,
    refreshTokenLifetime: 1000 * DAY,
  });
});

afterEach(backToPresent);
afterAll(async () => {
  await otherNode.close();
  await server.stop();
});

/** Something in every table that expires. */
async function useEverything(): Promise<void> {
  const browser = await signIn(server, 'alice');
  await getCode(browser, app);
  await newBrowser(server.url).open(authorizeUrl(app));
  await fetch(`${server.url}/o/device-authorization`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: app.clientId, client_secret: app.secret }),
  });
  await token(server, app, { grant_type: 'password', username: 'alice', password: 'wrong' });
  const soon = new Date(Date.now() + 60_000);
  await server.database
    .knex('one_time_links')
    .insert({ token_hash: Buffer.from([1]), purpose: 'x', created_at: new Date(), expires_at: soon });
}

async function countRows(where: 'expired' | 'all'): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [table, column] of Object.entries(EXPIRING)) {
    const rows = server.database.knex(table);
    const [row] = await (where === 'all' ? rows : rows.where(column, '<=', new Date())).count({ count: '*' });
    counts[table] = Number(row?.count);
  }
  return counts;
}

const nothing = Object.fromEntries(Object.keys(EXPIRING).map((table) => [table, 0]));

// Guards against a failure of CI: what applications do is counted in memory and written down within a second, which here may
// be after the clock has moved on by months, so that a round finds rows that were over when they were written.
const untilNothingIsToDo = (database: Database) =>
  until(async () =>
    isDeepStrictEqual(await sweep(database, new Date()), { partitions: [], rows: {}, problems: {} }),
  );

test('what has expired leaves every table, what lives stays and works, and a second round finds nothing to do (R-33)', async () => {
  await useEverything();
  await byPassword(server, app, 'alice');
  const kept = await byPassword(server, longLived, 'alice');
  for (const [table, count] of Object.entries(await countRows('all')))
    expect([table, count > 0]).toEqual([table, true]);

  travel(100 * DAY);
  const fresh = await byPassword(server, app, 'alice');
  const swept = await sweep(server.database, new Date());
  expect(swept.partitions).toEqual(expect.arrayContaining([expect.stringMatching(/^access_tokens_\d+$/)]));
  expect(await countRows('expired')).toEqual(nothing);

  expect((await profile(server, fresh.access_token)).status).toBe(200);
  expect((await profile(server, kept.access_token)).status).toBe(200);
  expect((await introspect(server, longLived, kept.access_token)).body.active).toBe(true);
  expect((await refresh(server, longLived, kept.refresh_token)).status).toBe(200);
  expect((await refresh(server, app, fresh.refresh_token)).status).toBe(200);

  await untilNothingIsToDo(server.database);
});

// Guards against a table that is forgotten: it would grow for ever, and nobody would see it for months.
test('every table with a column that says when a row is over is swept, by an index that begins with it', async () => {
  const { knex } = server.database;
  const { rows } = await knex.raw<{ rows: { table: string; column: string; isIndexed: boolean }[] }>(
    `SELECT c.relname AS table, a.attname AS column, EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND (i.indpred IS NULL
          OR pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', a.attname))) AS "isIndexed"
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped
        AND (a.attname IN ('expires_at', 'resets_at', 'leaves_at')) AND NOT (c.relispartition AND c.relname !~ '_0$')`,
  );
  const swept = rows.filter(({ table, column }) => !NOT_OF_THE_ROW.includes(`${table}.${column}`));
  expect(Object.fromEntries(swept.map(({ table, column }) => [table, column]))).toEqual(SWEPT);
  expect(swept.filter(({ isIndexed }) => !isIndexed)).toEqual([]);
});

test('what has just expired stays some minutes longer, since the clocks of two nodes differ', async () => {
  travel(200 * DAY);
  await sweep(server.database, new Date());
  const { refresh_token } = await byPassword(server, app, 'alice');
  await server.database.knex('sessions').delete();
  await signIn(server, 'alice');
  const ahead = new Date(Date.now() + server.config.lifetimes.session * 1000 + 120_000);
  await sweep(otherNode, ahead);
  expect(await server.database.knex('sessions')).toHaveLength(1);
  await sweep(otherNode, new Date(ahead.getTime() + 3_600_000));
  expect(await server.database.knex('sessions')).toHaveLength(0);
  expect((await refresh(server, app, refresh_token)).status).toBe(200);
});

test('nodes that sweep at the same moment, with people signing in meanwhile, do not get in the way of each other', async () => {
  travel(300 * DAY);
  for (let i = 0; i < 20; i++)
    await token(server, longLived, { grant_type: 'password', username: `nobody${i}`, password: 'x' });
  await server.database.knex('throttles').delete();
  await byPassword(server, app, 'alice');
  travel(100 * DAY);
  const rounds = [server.database, otherNode, server.database].map((database) => sweep(database, new Date()));
  const tokens = await byPassword(server, app, 'alice');
  await Promise.all(rounds);
  expect((await profile(server, tokens.access_token)).status).toBe(200);
  await sweep(server.database, new Date());
  expect(await countRows('expired')).toEqual(nothing);
  await untilNothingIsToDo(otherNode);
});

test('more expired rows than one statement takes leave in one round', async () => {
  const past = new Date(Date.now() - 86_400_000);
  const rows = Array.from({ length: 1_700 }, (_, i) => ({ key: `test:${i}`, attempts: 1, resets_at: past }));
  await server.database.knex.batchInsert('throttles', rows, 500);
  expect((await sweep(server.database, new Date())).rows.throttles).toBeGreaterThanOrEqual(1_700);
});

test('events of the audit trail leave when they have been kept for as long as AUDIT_KEEP_DAYS says, the others stay', async () => {
  const events = () => server.database.knex('audit_events');
  await deleteEventsBefore(server.database, new Date('2100-01-01'), () => false);
  const eventOf = (days: number) => ({ at: new Date(Date.now() - days * DAY * 1000), event: 'login.failed' });
  await server.database.knex.batchInsert(
    'audit_events',
    Array.from({ length: 1_200 }, () => eventOf(366)),
    400,
  );
  await events().insert([eventOf(364), eventOf(1)]);
  expect((await sweep(server.database, new Date())).rows).toMatchObject({ audit_events: 1_200 });
  expect(await events()).toHaveLength(2);
  expect((await sweep(server.database, new Date())).rows).toEqual({});
  expect((await sweepBy(server.database, { auditKeepDays: 30 }, new Date())).rows).toEqual({
    audit_events: 1,
  });
});

// Anybody can begin a sign-in. Guards against a flood of them filling the disk for a day.
test('sign-ins begun by the ten thousand leave after an hour, unless somebody has signed in within them', async () => {
  const interactions = () => server.database.knex('interactions');
  const begin = (from: number, to: number, hoursAgo: number, accountId: number | null) =>
    server.database.knex.raw(
      `INSERT INTO interactions (id_hash, account_id, details, expires_at)
        SELECT sha256(convert_to('flood' || n, 'UTF8')), ?, '{}', ? FROM generate_series(?::int, ?::int) n`,
      [accountId, new Date(Date.now() + (24 - hoursAgo) * 3_600_000), from, to],
    );
  await interactions().delete();
  await begin(1, 50_000, 2, null);
  expect((await sweep(server.database, new Date())).rows).toEqual({});
  await begin(50_001, 50_010, 20, null);
  await begin(50_011, 50_013, 20, 1);
  await begin(50_014, 50_017, 0, null);
  expect((await sweep(server.database, new Date())).rows).toEqual({ interactions: 50_010 });
  expect(await interactions()).toHaveLength(7);
});

// Guards against a nightly backup, whose transaction keeps every partition, also keeping all rows from being cleared.
test('a transaction that goes on for long keeps the partitions until it ends, and nothing else', async () => {
  travel(500 * DAY);
  await sweep(server.database, new Date());
  await byPassword(server, app, 'alice');
  travel(100 * DAY);
  const over = new Date(Date.now() - DAY * 1000);
  const impatient = openDatabase(`${server.databaseUrl}?options=-c%20statement_timeout%3D300`, {
    poolSize: 2,
    preparedStatements: false,
  });
  await otherNode.knex.transaction(async (backup) => {
    await backup('access_tokens').count();
    await backup('refresh_tokens').count();
    await backup('authorization_codes').count();
    // Begins to take the first one out, and finds the next time that it still cannot.
    await sweep(impatient, new Date());
    await server.database.knex('throttles').insert({ key: 'test:old', attempts: 1, resets_at: over });
    const { problems, rows } = await sweep(impatient, new Date());
    expect([Object.keys(problems), rows]).toEqual([['partitions'], { throttles: 1 }]);
    expect((await profile(server, (await byPassword(server, app, 'alice')).access_token)).status).toBe(200);
  });
  expect(await sweep(impatient, new Date())).toMatchObject({
    partitions: expect.arrayContaining([expect.stringMatching(/^access_tokens_\d+$/)]),
    problems: {},
  });
  await impatient.close();
});

// What is dropped does not come back: one machine with a wrong clock must not sign everybody out.
test('a node whose clock is ahead of the database does not sweep', async () => {
  const { refresh_token } = await byPassword(server, app, 'alice');
  travel(100 * DAY);
  await expect(sweepOnTime(otherNode, RULES, () => false)).rejects.toThrow(
    /clock is 86400\d\d seconds ahead/,
  );
  backToPresent();
  expect((await refresh(server, app, refresh_token)).status).toBe(200);
  expect(await sweepOnTime(otherNode, RULES, () => false)).toMatchObject({ problems: {} });
});
